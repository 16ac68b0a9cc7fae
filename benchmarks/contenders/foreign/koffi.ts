/** libc through koffi, a foreign function interface for Node from the package registry. */
import { createRequire } from 'node:module';
import { cacheOf } from '../../runner/paths.js';
import { epollCalls } from './epoll.js';
import type { Libc } from './libc.js';
import { pollCalls } from './poll.js';
import { selectCalls } from './select.js';

interface Koffi {
  load(path: string): { func<F>(prototype: string): F };
}

const koffi = createRequire(cacheOf('contenders'))('koffi') as Koffi;
const lib = koffi.load('libc.so.6');

const libc: Libc<Uint8Array> = {
  pointer: (bytes) => bytes,
  select: lib.func(
    'int select(int nfds, _Inout_ uint8_t *r, uint8_t *w, uint8_t *x, _Inout_ uint8_t *timeout)',
  ),
  poll: lib.func('int poll(_Inout_ uint8_t *fds, unsigned long nfds, int timeout)'),
  epollCreate: lib.func('int epoll_create1(int flags)'),
  epollControl: lib.func('int epoll_ctl(int epfd, int op, int fd, uint8_t *event)'),
  epollWait: lib.func(
    'int epoll_wait(int epfd, _Out_ uint8_t *events, int maxevents, int timeout)',
  ),
};

export const select = selectCalls(libc);
export const poll = pollCalls(libc);
export const epoll = epollCalls(libc);
