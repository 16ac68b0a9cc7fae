/** The file descriptors that contenders in JavaScript wait for. */
import { close, dup, pipe, write } from 'fdselect/os';
import { createServer, socketpair } from 'fdselect/socket';

/** Duplicates of a pipe with data and of an empty pipe. */
export function openFds(count: number, ready: number): { fds: number[] } & Disposable {
  const [full, idle] = [pipe(), pipe()];
  write(full[1], Buffer.from('x'));
  const fds = Array.from({ length: count }, (_, i) => dup((i < ready ? full : idle)[0]));
  return {
    fds,
    [Symbol.dispose]() {
      for (const fd of [...fds, ...full, ...idle]) close(fd);
    },
  };
}

/** Sockets that become readable together, with the time at which they did. */
export function openStampPairs(count: number): { readers: number[]; stamp: () => void } {
  const pairs = Array.from({ length: count }, () => socketpair());
  const now = new BigUint64Array(1);
  return {
    readers: pairs.map(([reader]) => reader.detach()),
    stamp() {
      now[0] = process.hrtime.bigint();
      for (const [, writer] of pairs) writer.send(now);
    },
  };
}

/** A TCP port that was free just now, for a server that does not print its port. */
export function freePort(): number {
  using listener = createServer(['127.0.0.1', 0]);
  return (listener.getsockname() as [string, number])[1];
}
