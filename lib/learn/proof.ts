/** What proofs need again and again: connections, waits that are counted, and what is closed after. */
import { type FileDescriptorLike, POLLIN, poll } from 'fdselect';
import { close } from 'fdselect/os';
import { createConnection, createServer, type Socket } from 'fdselect/socket';

type Closable = number | { close(): void };

/** Makes sure that something is closed when the proof is over. */
export type Own = <T extends Closable | readonly Closable[]>(thing: T) => T;

/** A proof that closes what it owns, whether it holds or not. */
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
      for (const thing of owned.reverse()) {
        if (typeof thing === 'number') close(thing);
        else thing.close();
      }
    }
  };
}

/** Two ends of a TCP connection on this machine. */
export function tcp(own: Own): [client: Socket, server: Socket] {
  const listener = own(createServer(['127.0.0.1', 0]));
  const client = own(createConnection(listener.getsockname()));
  const [server] = listener.accept();
  return [client, own(server)];
}

/** Returns when the fd has one of these events, and says which; fails after two seconds. */
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

/** How many waits return within 50 ms where nothing is done about their answers. */
export function countWaits(fd: FileDescriptorLike, events: number, milliseconds = 50): number {
  const poller = poll();
  poller.register(fd, events);
  const end = performance.now() + milliseconds;
  let count = 0;
  for (let left = milliseconds; left > 0; left = end - performance.now()) {
    poller.poll(left);
    count++;
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

/** Reads until the end of the connection, or until an error, whose name it gives. */
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

/** The code of the error that the call throws. */
export function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'no error';
}
