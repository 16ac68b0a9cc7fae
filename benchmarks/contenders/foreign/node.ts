/** libc through node:ffi, the experimental foreign function interface of Node 26. */
import { epollCalls } from './epoll.js';
import type { Libc } from './libc.js';
import { pollCalls } from './poll.js';
import { selectCalls } from './select.js';

interface Signature {
  arguments: string[];
  return: string;
}

/** The types of Node 20, which this suite is compiled with, do not have it. */
interface NodeFfi {
  DynamicLibrary: new (path: string) => { getFunction<F>(name: string, signature: Signature): F };
  getRawPointer(bytes: Uint8Array): bigint;
}

const ffi = (await import('node:ffi' as string)) as NodeFfi;
const lib = new ffi.DynamicLibrary('libc.so.6');

function bind<F>(name: string, ...types: string[]): F {
  return lib.getFunction<F>(name, { arguments: types, return: 'int32' });
}

// A pointer is quicker than a buffer: the page of its manual on call paths says why.
const libc: Libc<bigint> = {
  pointer: (bytes) => ffi.getRawPointer(bytes),
  select: bind('select', 'int32', 'pointer', 'pointer', 'pointer', 'pointer'),
  poll: bind('poll', 'pointer', 'uint64', 'int32'),
  epollCreate: bind('epoll_create1', 'int32'),
  epollControl: bind('epoll_ctl', 'int32', 'int32', 'int32', 'pointer'),
  epollWait: bind('epoll_wait', 'int32', 'pointer', 'int32', 'int32'),
};

export const select = selectCalls(libc);
export const poll = pollCalls(libc);
export const epoll = epollCalls(libc);
