/**
 * The waiter: reports to asynchronous waits when they may be ready. The main thread and each worker
 * have their own.
 */
import { errnoName, isNode, native, type WaiterKind } from '../native/index.js';
import { check } from '../values/index.js';

/** A wait, as the waiter sees it. */
export interface Pending {
  /** Makes the real call, because something may be ready. */
  report(): void;
  /** Arms the wait again, because the kernel's sets were emptied. */
  armAgain(): void;
  /** Makes the real call, and ends the wait if that finds something. */
  look(): void;
  /** Ends the wait with an error. */
  fail(reason: unknown): void;
}

// native.openWaiter's kinds.
const UV: WaiterKind = 0;
const THREAD: WaiterKind = 1;

/** One of the native drivers, with its waits by their ids. */
class Driver {
  readonly kind: WaiterKind;
  readonly place: number;
  readonly #waits: (Pending | undefined)[] = [];
  /** Ids whose registration has ended are reused, so that no id exceeds 32 bits. */
  readonly #freeIds: number[] = [];
  readonly #ready = new Int32Array(256);
  /** Separate from `#ready`: a report may close an fd while `#ready` still has waits to report. */
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

  /** The waits that watch an fd, and whether it is their only one. */
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
   * Calls `call` while the waiter's epoll set is empty, and arms all waits again.
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

/** The driver of new waits; null before the first wait. */
let first: Driver | null = null;
let thread: Driver | null = null;

/** The error if FDSELECT_WAITER names a waiter that does not exist here. */
function driverError(name: string, why: string): Error {
  return new Error(`FDSELECT_WAITER=${name}: ${why}`);
}

/**
 * Opens the environment's waiter. In Node on Linux it uses libuv's own loop. Other runtimes have no
 * libuv, and other systems have no epoll: there it uses a thread.
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

/** The driver in libuv's loop; null if the system has no epoll. */
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
 * Opens the environment's waiter, unless it is open. A program calls it at its start, so that its
 * first wait does not fail because no fd is left.
 * @throws OSError such as `EMFILE`, `EAGAIN`
 */
export function openWaiter(): void {
  first ??= open();
}

/** The waits that watch an fd, and whether it is their only one. */
export function waitsFor(fd: number): { wait: Pending; isAlone: boolean }[] {
  const drivers = first === thread ? [first] : [first, thread];
  return drivers.flatMap((driver) => driver?.waitsFor(fd) ?? []);
}

/**
 * The errors of epoll_ctl(2) for an fd that the waiter's epoll set cannot watch: a program's epoll set
 * that is nested too deeply, a file that hundreds of sets and fds share, or no memory or no watches
 * left in the kernel. A thread in poll(2) has none of these limits.
 */
const REFUSALS = new Set<string | undefined>(['EINVAL', 'ELOOP', 'ENOMEM', 'ENOSPC']);

/**
 * Repeats an epoll_ctl(2) on a program's set if the waiter may be the reason why it failed: the
 * program's set may be nested in the waiter's, and the depth of nested sets is limited.
 *
 * @param errno - what the call returned the first time
 * @returns what it returns now
 */
export function unhindered(errno: number, call: () => number): number {
  if (first?.kind !== UV || !REFUSALS.has(errnoName(errno))) return errno;
  return first.without(call);
}

/**
 * The fds of a wait, registered with the waiter. If it is kept for the next wait, that wait needs no
 * system call for them.
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

  /** Whether libuv's own loop reports: then a report comes as soon as a look would find it. */
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

  /** Arms the wait: `wait` will get one report. @returns as `native.armWait` */
  arm(wait: Pending): number {
    this.#driver.setWait(this.#id, wait);
    return native.armWait(this.#driver.place, this.#id);
  }

  /** Continues after a report, because the real call found nothing. @returns 0, or `-errno` */
  rearm(): number {
    return native.rearmWait(this.#driver.place, this.#id);
  }

  /** Stops reports; the fds are kept for the next {@link arm}. */
  disarm(isArmed: boolean): void {
    this.#driver.setWait(this.#id, undefined);
    if (isArmed) native.disarmWait(this.#driver.place, this.#id);
  }

  /** Removes the registration. Call it once. */
  end(): void {
    native.endWait(this.#driver.place, this.#id);
    this.#driver.freeId(this.#id);
  }

  /**
   * Moves to the driver with a thread, if an error of the kernel requires it. The fds must be
   * registered again there.
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
