/** The npm package `epoll`. */
import { readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cacheOf } from '../../runner/paths.js';
import type { Wake } from '../roles.js';
import { STAMP_SIZE } from '../stamps.js';

interface Watcher {
  add(fd: number, events: number): Watcher;
}

interface EpollPackage {
  Epoll: {
    new (callback: (error: Error | null, fd: number) => void): Watcher;
    EPOLLIN: number;
  };
}

export const wake: Wake = (stamps) => {
  const { Epoll } = createRequire(cacheOf('contenders'))('epoll') as EpollPackage;
  const buffer = Buffer.allocUnsafeSlow(STAMP_SIZE);
  const watcher = new Epoll((error, fd) => {
    stamps.told();
    if (error !== null) throw error;
    readSync(fd, buffer); // as the package's own examples do
    stamps.took(buffer);
  });
  for (const fd of stamps.fds) watcher.add(fd, Epoll.EPOLLIN);
  return undefined;
};
