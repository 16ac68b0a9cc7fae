/** Tools for proofs: connections, counted waits, and closing everything afterwards. */
import { type FileDescriptorLike, POLLIN, poll } from 'fdselect';
import { createConnection, createServer, type Socket } from 'fdselect/socket';
import { closeAll } from './kernel.js';

type Closable = number | { close(): void };

/** Passes a thing on, and closes it when the proof is over. */
export type Own = <T extends Closable | readonly Closable[]>(thing: T) => T;

/** A proof that closes the things it owns, whether it holds or not. */
export function proof(body: (own: Own) => void | Promise<void>): () => Promise<void> {
  return async () => {
    const owned: Closable[] = [];
    const own: Own = (thing) => {
      owned.push(...(Array.isArray(thing) ? thing : [thing as Closable]));
      return thing;
    };
    try {
      await body(own);
    } finally {
      closeAll(...owned.reverse());
    }
  };
}

/** Two ends of a TCP connection on this machine. */
export function tcpPair(): [client: Socket, server: Socket] {
  const listener = createServer(['127.0.0.1', 0]);
  const client = createConnection(listener.getsockname());
  const [server] = listener.accept();
  listener.close();
  return [client, server];
}

/** A {@link tcpPair} that the proof owns. */
export function tcp(own: Own): [client: Socket, server: Socket] {
  return own(tcpPair());
}

/** Waits until the fd has one of these events, and returns those it has; fails after two seconds. */
export function until(fd: FileDescriptorLike, events = POLLIN): number {
  const poller = poll();
  poller.register(fd, events);
  const [answer] = poller.poll(2000);
  if (answer === undefined) throw new Error(`after 2 s none of the events ${events} has come`);
  return answer[1];
}

/** The events that the fd has now. */
export function eventsOf(fd: FileDescriptorLike, events: number): number {
  const poller = poll();
  poller.register(fd, events);
  return poller.poll(0)[0]?.[1] ?? 0;
}

/** How many waits return within 50 ms if nothing is done about their events. */
export function countWaits(fd: FileDescriptorLike, events: number): number {
  const poller = poll();
  poller.register(fd, events);
  return countPolls(poller);
}

/** Where waits do not sleep, so many are made even if the process had no CPU for the whole time. */
const ENOUGH = 200;

/** As {@link countWaits}, with a poll object; each wait is as long as the remaining time. */
export function countPolls(
  poller: { poll(timeout: number): readonly unknown[] },
  milliseconds = 50,
): number {
  const end = performance.now() + milliseconds;
  let count = 0;
  for (let left = milliseconds; left > 0 || count < ENOUGH; left = end - performance.now()) {
    count++;
    if (poller.poll(Math.max(left, 1)).length === 0) break; // it has slept until the end
  }
  return count;
}

/** Sends until the kernel takes no more. Makes the socket non-blocking. */
export function fill(socket: Socket, chunk = Buffer.alloc(65536)): number {
  socket.setblocking(false);
  let sent = 0;
  for (;;) {
    const size = socket.trySend(chunk);
    if (size === null) return sent;
    sent += size;
  }
}

/** Reads until the end of the connection, or until an error, whose code it returns. */
export function readToEnd(socket: Socket): { bytes: number; end: string } {
  let bytes = 0;
  try {
    for (;;) {
      const { length } = socket.recv(65536);
      if (length === 0) return { bytes, end: 'end of file' };
      bytes += length;
    }
  } catch (error) {
    return { bytes, end: (error as { code: string }).code };
  }
}

/** The code of the error that the call throws; 'no error' if it throws none. */
export function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'no error';
}
