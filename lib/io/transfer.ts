/** One read or write with a deadline: blocking, or as a promise. */
import { errnoNumber, loadRest, native } from '../native/index.js';
import { check, OSError } from '../values/index.js';
import { POLLIN, POLLOUT } from '../waits/index.js';
import { lookOrWait, orNotYet } from '../waits/internal.js';
import type { Deadline } from './deadline.js';

loadRest();

const EAGAIN = errnoNumber('EAGAIN');
const ETIMEDOUT = errnoNumber('ETIMEDOUT');

/** The result of a wait whose time is over. */
const TOO_LATE = Symbol();

export function timedOut(syscall: string): OSError {
  return new OSError(ETIMEDOUT, syscall);
}

function finished(result: number, syscall: string): number {
  if (result === -EAGAIN) throw timedOut(syscall);
  return check(result, syscall);
}

/** Reads once. @returns how many bytes; 0 at the end */
export function readOnce(fd: number, buffer: Uint8Array, deadline: Deadline): number {
  return finished(native.readWithin(fd, buffer, deadline.left), 'read');
}

/** Writes once, from `offset` on. @returns how many bytes were taken */
export function writeOnce(
  fd: number,
  data: Uint8Array,
  offset: number,
  deadline: Deadline,
): number {
  return finished(native.writeWithin(fd, data, offset, deadline.left), 'write');
}

/** The file descriptor and the limits of an asynchronous call. */
export interface Place {
  fd: number;
  deadline: Deadline;
  signal: AbortSignal | undefined;
}

async function whenReady(
  { fd, deadline, signal }: Place,
  events: number,
  syscall: string,
  attempt: () => number,
): Promise<number> {
  const look = () => orNotYet(attempt(), syscall);
  const none = (): typeof TOO_LATE => TOO_LATE;
  const result = await lookOrWait<number | typeof TOO_LATE>(
    { look, none, milliseconds: deadline.left, signal },
    (wait) => wait.watch(fd, events),
  );
  if (typeof result === 'number') return result;
  throw timedOut(syscall);
}

/** {@link readOnce} as a promise. An aborted one has read nothing. */
export function readOnceAsync(place: Place, buffer: Uint8Array): Promise<number> {
  return whenReady(place, POLLIN, 'read', () => native.readWithin(place.fd, buffer, 0));
}

/** {@link writeOnce} as a promise. An aborted one has written nothing. */
export function writeOnceAsync(place: Place, data: Uint8Array, offset: number): Promise<number> {
  return whenReady(place, POLLOUT, 'write', () => native.writeWithin(place.fd, data, offset, 0));
}
