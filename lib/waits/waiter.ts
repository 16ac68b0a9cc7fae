/**
 * The environment's waiter, which tells waits that do not block when they may be ready. The main
 * thread and each worker have one of their own.
 */
import { errnoName, isNode, native, type WaiterKind } from '../native/index.js';
import { check } from '../values/index.js';

/** What the waiter has to know of a wait, whatever it is a wait for. */
export interface Pending {
  /** Makes the real call, and ends the wait where that finds something. */
  look(): void;
  /** Ends the wait with an error. */
  fail(reason: unknown): void;
}

// native.openWaiter's kinds.
const UV = 0;
const THREAD = 1;

/**
 * What epoll_ctl(2) says of an fd that an epoll set inside Node's own one cannot watch: one of an
 * epoll set that is nested itself, or a file that hundreds of sets and fds share. A thread can.
 */
const REFUSALS = new Set<string | undefined>(['EINVAL', 'ELOOP', 'ENOSPC']);

/** By their ids. An id is used again when its wait is over, so that none exceeds native's 32 bits. */
const waits: (Pending | undefined)[] = [];
const freeIds: number[] = [];
const ready = new Int32Array(256);
/** The kind that waits begin with; null before the first one. */
let first: WaiterKind | null = null;
let isThreadOpen = false;

/** Thrown where FDSELECT_WAITER names a waiter that does not exist here. */
function driverError(name: string, why: string): Error {
  return new Error(`FDSELECT_WAITER=${name}: ${why}`);
}

/**
 * Opens the environment's waiter. Under Node on Linux it sits in libuv's own loop; other runtimes
 * have no libuv, or another one than Node's, and elsewhere there is no epoll: there it is a thread.
 */
function open(): WaiterKind {
  const name = process.env.FDSELECT_WAITER;
  if (name !== undefined && name !== 'uv' && name !== 'thread') {
    throw driverError(name, 'must be uv or thread');
  }
  if (name === 'uv' && !isNode) throw driverError(name, 'this runtime has no libuv');
  if (name !== 'thread' && isNode && openUv()) return UV;
  if (name === 'uv') throw driverError(name, 'this system has no epoll');
  openThread();
  return THREAD;
}

/**
 * Opens the environment's waiter, unless it is open: for programs whose first wait must not be the
 * one that finds no fd left.
 * @throws OSError such as `EMFILE`
 */
export function openWaiter(): void {
  first ??= open();
}

/** Whether the waiter that sits in libuv's loop is open now; the system may have no such thing. */
function openUv(): boolean {
  const opened = native.openWaiter(UV, dispatch);
  if (opened < 0 && errnoName(opened) === 'ENOSYS') return false;
  check(opened, 'epoll_create1');
  return true;
}

function openThread(): void {
  if (isThreadOpen) return;
  check(native.openWaiter(THREAD, dispatch), 'eventfd');
  isThreadOpen = true;
}

/** Adds a wait, which keeps the process alive until {@link removeWait}. @returns its id */
export function addWait(wait: Pending): number {
  openWaiter();
  if (waits.length === freeIds.length) native.keepAlive(first as WaiterKind, 1);
  const id = freeIds.pop() ?? waits.length;
  waits[id] = wait;
  return id;
}

/** Undoes {@link addWait}; the waiter forgets what the wait watched. */
export function removeWait(id: number): void {
  waits[id] = undefined;
  freeIds.push(id);
  native.endWait(id, waits.length === freeIds.length ? (first as WaiterKind) : -1);
}

/** Watches an fd for poll(2)'s `events`. @returns as `native.watchWait` */
export function watchFd(id: number, fd: number, events: number): number {
  const watched = native.watchWait(first as WaiterKind, id, fd, events);
  if (first !== UV || watched >= 0 || !REFUSALS.has(errnoName(watched))) return watched;
  openThread();
  return native.watchWait(THREAD, id, fd, events);
}

/** Called by the waiter when waits may be ready. */
function dispatch(first?: number, second?: number): void {
  if (first !== undefined) {
    waits[first]?.look();
    if (second === undefined) return;
    waits[second]?.look();
  }
  let count: number;
  do {
    count = native.collectWaits(ready);
    for (let i = 0; i < count; i++) waits[ready[i] as number]?.look();
  } while (count === ready.length);
}

/** The waits that watch an fd, and whether they watch nothing else. */
export function waitsFor(fd: number): { wait: Pending; isAlone: boolean }[] {
  if (first === null) return [];
  let ids = ready;
  let count = native.waitsFor(fd, ids);
  if (count > ids.length) {
    ids = new Int32Array(count);
    count = native.waitsFor(fd, ids);
  }
  return Array.from(ids.subarray(0, count), (id) => ({
    wait: waits[id < 0 ? ~id : id] as Pending,
    isAlone: id < 0,
  }));
}
