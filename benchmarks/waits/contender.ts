/**
 * One way to be told that a file descriptor is ready, in a process of its own: measures a batch
 * whenever the parent asks. Arguments: the way's name, how many become ready together,
 * and who makes them ready: another `thread` or this one, `self`.
 */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Socket as NetSocket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { EPOLLIN, epoll, POLLIN, poll } from 'fdselect';
import { type Socket, socketpair } from 'fdselect/socket';
import type { WriterData } from './writer.js';

const [name = '', count = '1', by = 'thread'] = process.argv.slice(2);
const pairs = Array.from({ length: Number(count) }, () => socketpair());
const readers = pairs.map(([reader]) => reader);
const stamp = new BigUint64Array(1);
const bytes = Buffer.from(stamp.buffer);

/** Reads what the writer has sent. */
function take(socket: Socket): void {
  socket.recvInto(bytes);
}

/** When the code that waits was told of the last file descriptor. */
let told = 0n;

/** Sets `told` and calls `onReady` for each file descriptor that becomes ready, once it is read. */
type Way = (onReady: () => void) => void;

const ways: Record<string, Way> = {
  pollAsync(onReady) {
    const poller = poll();
    const byFd = new Map(readers.map((socket) => [socket.fileno(), socket]));
    for (const socket of readers) poller.register(socket, POLLIN);
    void (async () => {
      for (;;) {
        const events = await poller.pollAsync();
        told = process.hrtime.bigint();
        for (const [fd] of events) {
          take(byFd.get(fd) as Socket);
          onReady();
        }
      }
    })();
  },
  epollAsync(onReady) {
    const set = epoll();
    const byFd = new Map(readers.map((socket) => [socket.fileno(), socket]));
    for (const socket of readers) set.register(socket, EPOLLIN);
    void (async () => {
      for (;;) {
        const events = await set.pollAsync();
        told = process.hrtime.bigint();
        for (const [fd] of events) {
          take(byFd.get(fd) as Socket);
          onReady();
        }
      }
    })();
  },
  net(onReady) {
    for (const reader of readers) {
      new NetSocket({ fd: reader.detach() }).on('data', (data) => {
        told = process.hrtime.bigint();
        bytes.set(data);
        onReady();
      });
    }
  },
  npmEpoll(onReady) {
    const require = createRequire(process.env.FDSELECT_CONTENDERS as string);
    const { Epoll } = require('epoll');
    const byFd = new Map(readers.map((socket) => [socket.fileno(), socket]));
    const watcher = new Epoll((error: Error | null, fd: number) => {
      told = process.hrtime.bigint();
      if (error !== null) throw error;
      take(byFd.get(fd) as Socket);
      onReady();
    });
    for (const fd of byFd.keys()) watcher.add(fd, Epoll.EPOLLIN);
  },
};

let left = 0;
let samples: number[] = [];
let seen = 0;

/** Lets another thread make them ready, at a moment when this one sleeps. */
async function startWriter(): Promise<() => void> {
  const rounds = new Int32Array(new SharedArrayBuffer(4));
  const fds = pairs.map(([, other]) => other.fileno());
  const workerData: WriterData = { fds, rounds: rounds.buffer as SharedArrayBuffer };
  const writer = new Worker(new URL('writer.js', import.meta.url), { workerData });
  await once(writer, 'message');
  return () => {
    Atomics.add(rounds, 0, 1);
    Atomics.notify(rounds, 0);
  };
}

/** Makes them ready in this thread, on its way to the event loop. */
function write(): void {
  stamp[0] = process.hrtime.bigint();
  for (const [, other] of pairs) other.send(bytes);
}

const makeReady = by === 'thread' ? await startWriter() : write;

function next(): void {
  seen = 0;
  makeReady();
}

ways[name]?.(() => {
  if (++seen < pairs.length) return;
  // From the first write until the last one was told: what one reads with is not compared.
  samples.push(Number(told - (stamp[0] as bigint)));
  if (--left > 0) {
    // In a turn of its own, so that whoever has been told can sleep again.
    setImmediate(next);
    return;
  }
  process.send?.(samples);
});

process.on('message', (size: number) => {
  left = size;
  samples = [];
  next();
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
