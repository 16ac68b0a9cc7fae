/** libc's select, poll and epoll through koffi, a foreign function interface for Node. */
import { createRequire } from 'node:module';
import { cacheOf } from '../../runner/paths.js';

type Foreign = (...args: (number | Uint8Array | null)[]) => number;

interface Koffi {
  load(path: string): { func(prototype: string): Foreign };
}

const koffi = createRequire(cacheOf('contenders'))('koffi') as Koffi;
const libc = koffi.load('libc.so.6');

export const select = libc.func(
  'int select(int nfds, _Inout_ uint8_t *r, uint8_t *w, uint8_t *x, _Inout_ uint8_t *timeout)',
);
export const poll = libc.func('int poll(_Inout_ uint8_t *fds, unsigned long nfds, int timeout)');
export const epollCreate = libc.func('int epoll_create1(int flags)');
export const epollControl = libc.func('int epoll_ctl(int epfd, int op, int fd, uint8_t *event)');
export const epollWait = libc.func(
  'int epoll_wait(int epfd, _Out_ uint8_t *events, int maxevents, int timeout)',
);
