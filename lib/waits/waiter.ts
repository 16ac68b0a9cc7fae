/**
 * The environment's waiter, which reports to waits that do not block when they may be ready. The
 * main thread and each worker have one of their own.
 */
import { errnoName, isNode, native, type WaiterKind } from '../native/index.js';
import { check } from '../values/index.js';

/** What the waiter has to know of a wait, whatever it is a wait for. */
export interface Pending {
  /** Makes the real call, because something may be ready. */
  report(): void;
  /** Arms the wait anew: the waiter has forgotten what it watches. */
  armAgain(): void;
  /** Makes the real call, and ends the wait where that finds something. */
  look(): void;
  /** Ends the wait with an error. */
  fail(reason: unknown): void;
}

// native.openWaiter's kinds.
const UV: WaiterKind = 0;
const THREAD: WaiterKind = 1;

/** One of the native drivers, and the waits that it knows by their ids. */
class Driver {
  readonly kind: WaiterKind;
  readonly place: number;
  readonly #waits: (Pending | undefined)[] = [];
  /** An id is used again when its registration has ended, so that none exceeds native's 32 bits. */
  readonly #freeIds: number[] = [];
  readonly #ready = new Int32Array(256);
  /** Not `#ready`: a report may close an fd while others of the same turn have yet to be made. */
  #watching = new Int32Array(16);

  /** @throws OSError such as `EMFILE`, `EAGAIN` */
  constructor(kind: WaiterKind) {
    this.kind = kind;
    const opened = native.openWaiter(kind, (first, second) => this.#dispatch(first, second));
    this.place = check(opened, kind === UV ? 'epoll_create1' : 'pthread_create');
  }

  newId(): number {
    return this.#freeIds.pop() ?? this.#waits.push(undefined) - 1;
  }

  freeId(id: number): void {
    this.#waits[id] = undefined;
    this.#freeIds.push(id);
  }

  setWait(id: number, wait: Pending | undefined): void {
    this.#waits[id] = wait;
  }

  /** The waits that watch an fd, and whether they watch nothing else. */
  waitsFor(fd: number): { wait: Pending; isAlone: boolean }[] {
    let count = native.waitsFor(this.place, fd, this.#watching);
    if (count > this.#watching.length) {
      this.#watching = new Int32Array(count);
      count = native.waitsFor(this.place, fd, this.#watching);
    }
    return Array.from(this.#watching.subarray(0, count), (id) => ({
      wait: this.#waits[id < 0 ? ~id : id] as Pending,
      isAlone: id < 0,
    }));
  }

  /**
   * Makes `call` while the kernel knows of none of our fds, and arms all waits anew.
   * @returns what `call` returns
   */
  without(call: () => number): number {
    native.forgetWaits(this.place);
    const result = call();
    for (const wait of [...this.#waits]) wait?.armAgain();
    return result;
  }

  /** Called by the native driver when waits may be ready. */
  #dispatch(first: number | undefined, second: number | undefined): void {
    if (first !== undefined) {
      this.#waits[first]?.report();
      if (second === undefined) return;
      this.#waits[second]?.report();
    }
    let count: number;
    do {
      count = native.collectWaits(this.place, this.#ready);
      for (let i = 0; i < count; i++) this.#waits[this.#ready[i] as number]?.report();
    } while (count === this.#ready.length);
  }
}

/** The driver that waits begin with; null before the first one. */
let first: Driver | null = null;
let thread: Driver | null = null;

/** Thrown where FDSELECT_WAITER names a waiter that does not exist here. */
function driverError(name: string, why: string): Error {
  return new Error(`FDSELECT_WAITER=${name}: ${why}`);
}

/**
 * Opens the environment's waiter. Under Node on Linux it sits in libuv's own loop; other runtimes
 * have no libuv, or another one than Node's, and elsewhere there is no epoll: there it is a thread.
 */
function open(): Driver {
  const name = process.env.FDSELECT_WAITER;
  if (name !== undefined && name !== 'uv' && name !== 'thread') {
    throw driverError(name, 'must be uv or thread');
  }
  if (name === 'uv' && !isNode) throw driverError(name, 'this runtime has no libuv');
  const uv = name !== 'thread' && isNode ? openUv() : null;
  if (uv !== null) return uv;
  if (name === 'uv') throw driverError(name, 'this system has no epoll');
  return openThread();
}

/** The driver that sits in libuv's loop; null where the system has no such thing. */
function openUv(): Driver | null {
  try {
    return new Driver(UV);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSYS') return null;
    throw error;
  }
}

function openThread(): Driver {
  thread ??= new Driver(THREAD);
  return thread;
}

/**
 * Opens the environment's waiter, unless it is open: for programs whose first wait must not be the
 * one that finds no fd left.
 * @throws OSError such as `EMFILE`, `EAGAIN`
 */
export function openWaiter(): void {
  first ??= open();
}

/** The waits that watch an fd, and whether they watch nothing else. */
export function waitsFor(fd: number): { wait: Pending; isAlone: boolean }[] {
  const drivers = first === thread ? [first] : [first, thread];
  return drivers.flatMap((driver) => driver?.waitsFor(fd) ?? []);
}

/**
 * What epoll_ctl(2) says of an fd that an epoll set inside Node's own one cannot watch: one of an
 * epoll set that is nested itself, or a file that hundreds of sets and fds share; or the kernel has no
 * memory or no watch left for it. A thread in poll(2) needs neither.
 */
const REFUSALS = new Set<string | undefined>(['EINVAL', 'ELOOP', 'ENOMEM', 'ENOSPC']);

/**
 * Makes an epoll_ctl(2) on a program's set again where the waiter may be the reason of its failure:
 * the program's set may be in the waiter's one, and a chain of sets has a longest length.
 *
 * @param errno - what the call returned the first time
 * @returns what it returns now
 */
export function unhindered(errno: number, call: () => number): number {
  if (first?.kind !== UV || !REFUSALS.has(errnoName(errno))) return errno;
  return first.without(call);
}

/**
 * The fds that a wait watches, as the waiter knows them. One that is kept for the next wait costs
 * that wait no system call.
 */
export class Registration {
  #driver: Driver;
  #id: number;

  /** @throws OSError such as `EMFILE` if there is no waiter yet */
  constructor() {
    openWaiter();
    this.#driver = first as Driver;
    this.#id = this.#driver.newId();
  }

  /** Whether a report comes from libuv's own loop: as soon as a look of ours would be. */
  get isInLoop(): boolean {
    return this.#driver.kind === UV;
  }

  /** @returns as `native.watchWait` */
  watch(fd: number, events: number, isOwn = false): number {
    return native.watchWait(this.#driver.place, this.#id, fd, events, isOwn ? 1 : 0);
  }

  unwatch(fd: number): void {
    native.unwatchWait(this.#driver.place, this.#id, fd);
  }

  /** From now on `wait` gets a report, once. @returns as `native.armWait` */
  arm(wait: Pending): number {
    this.#driver.setWait(this.#id, wait);
    return native.armWait(this.#driver.place, this.#id);
  }

  /** The real call has found nothing. */
  rearm(): void {
    native.rearmWait(this.#driver.place, this.#id);
  }

  /** No more reports; what is watched is kept for the next {@link arm}. */
  disarm(isArmed: boolean): void {
    this.#driver.setWait(this.#id, undefined);
    if (isArmed) native.disarmWait(this.#driver.place, this.#id);
  }

  /** Forgets everything. Once. */
  end(): void {
    native.endWait(this.#driver.place, this.#id);
    this.#driver.freeId(this.#id);
  }

  /**
   * Goes over to the waiter's thread where an error of the kernel says that only this helps; there
   * nothing is watched yet.
   * @returns whether it did
   */
  moveToThread(errno: number): boolean {
    if (!this.isInLoop || !REFUSALS.has(errnoName(errno))) return false;
    const driver = openThread();
    this.end();
    this.#driver = driver;
    this.#id = driver.newId();
    return true;
  }
}
