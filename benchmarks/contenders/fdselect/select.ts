/** fdselect's select(), in a loop that owns the thread. */
import { select } from 'fdselect';
import { since } from '../clock.js';
import type { Calls, Echo, Wake } from '../roles.js';
import { EchoServer, NOTHING, READ, WRITE } from './echo-server.js';
import { stampReader } from './stamp-reader.js';

/** A list of file descriptors without duplicates. */
class FdList {
  readonly fds: number[] = [];
  readonly #places: (number | undefined)[] = [];

  add(fd: number): void {
    this.#places[fd] ??= this.fds.push(fd) - 1;
  }

  /** The last one moves to the free place. */
  delete(fd: number): void {
    const place = this.#places[fd];
    if (place === undefined) return;
    this.#places[fd] = undefined;
    const last = this.fds.pop() as number;
    if (last === fd) return;
    this.fds[place] = last;
    this.#places[last] = place;
  }
}

export const echo: Echo = () => {
  const server = new EchoServer();
  const listener = server.listener.fileno();
  const readers = new FdList();
  const writers = new FdList();
  readers.add(listener);
  const settle = (fd: number, next: number) => {
    if (next !== READ) readers.delete(fd);
    if (next !== WRITE) writers.delete(fd);
    if (next === READ) readers.add(fd);
    if (next === WRITE) writers.add(fd);
    if (next === NOTHING) server.close(fd);
  };
  for (;;) {
    const [readable, writable] = select(readers.fds, writers.fds, []);
    for (const fd of readable) {
      if (fd === listener) {
        for (const newcomer of server.accept()) readers.add(newcomer);
        continue;
      }
      const next = server.onReadable(fd);
      if (next !== READ) settle(fd, next);
    }
    for (const fd of writable) settle(fd, server.onWritable(fd));
  }
};

export const calls: Calls = (fds, rounds) => {
  let [found, sum] = [0, 0];
  const start = process.hrtime.bigint();
  for (let i = 0; i < rounds; i++) {
    const [readable] = select(fds, [], [], 0);
    for (const fd of readable) sum += fd;
    found = readable.length;
  }
  return { ns: since(start, rounds), found, sum };
};

export const wake: Wake = (stamps) => {
  const take = stampReader(stamps);
  return () => {
    while (!stamps.isComplete) {
      const [readable] = select(stamps.fds, [], []);
      stamps.told();
      for (const fd of readable) take(fd);
    }
  };
};
