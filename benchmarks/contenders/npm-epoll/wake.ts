/** The npm package `epoll`. */
import { createRequire } from 'node:module';
import { cacheOf } from '../../runner/paths.js';
import type { Wake } from '../roles.js';

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
  const watcher = new Epoll((error, fd) => {
    stamps.told();
    if (error !== null) throw error;
    stamps.take(fd);
  });
  for (const fd of stamps.fds) watcher.add(fd, Epoll.EPOLLIN);
  return undefined;
};
