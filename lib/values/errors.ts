/** The errors that fdselect throws, and the one place that turns `-errno` into one of them. */

import { errnoName, getSystemErrorMap, inspect, native } from '../native/index.js';
import type { ErrorCode } from './codes.js';

function describeErrno(errno: number): [code: string, text: string] {
  const known = getSystemErrorMap().get(errno);
  if (known !== undefined) return known;
  const text = native.strerror(-errno);
  return [errnoName(errno) ?? `E${-errno}`, text.charAt(0).toLowerCase() + text.slice(1)];
}

/**
 * A system call failed. Python's `OSError`, in the shape of Node's system errors: one class, told
 * apart by `code`.
 *
 * @example
 * try { socket.recv(1) } catch (error) { if (error.code !== 'EAGAIN') throw error }
 */
export class OSError extends Error {
  /** The error's name, such as `'EBADF'`. */
  readonly code: string;
  /** The error's number, negative as in Node: `util.getSystemErrorName(errno) === code`. */
  readonly errno: number;
  /** The system call that failed, such as `'poll'`. */
  readonly syscall: string;
  /** Of bind, connect, sendto and accept: the host, or the name of a Unix socket. */
  declare readonly address?: string | Uint8Array;
  /** Of the same calls, for addresses that have one. */
  declare readonly port?: number;

  static {
    OSError.prototype.name = 'OSError';
  }

  /**
   * @param errno - the error's number; the sign does not matter.
   * @param syscall - the system call that failed.
   * @param detail - goes to the end of the message.
   */
  constructor(errno: number, syscall: string, detail = '') {
    const negative = -Math.abs(errno);
    const [code, text] = describeErrno(negative);
    super(`${code}: ${text}, ${syscall}${detail}`);
    this.code = code;
    this.errno = negative;
    this.syscall = syscall;
  }
}

/** Something was looked up that is not there, or added that is there already. Python's `KeyError`. */
export class KeyError extends Error {
  readonly code: 'ERR_NOT_REGISTERED' | 'ERR_ALREADY_REGISTERED';
  /** The argument that was given. */
  readonly key: unknown;

  static {
    KeyError.prototype.name = 'KeyError';
  }

  constructor(
    key: unknown,
    code: 'ERR_NOT_REGISTERED' | 'ERR_ALREADY_REGISTERED' = 'ERR_NOT_REGISTERED',
  ) {
    super(`${show(key)} is ${code === 'ERR_NOT_REGISTERED' ? 'not' : 'already'} registered`);
    this.code = code;
    this.key = key;
  }
}

/** Returns `result`, the answer of a native function, or throws the error that it stands for. */
export function check(result: number, syscall: string): number {
  if (result >= 0) return result;
  throw new OSError(result, isLookupFailure(result) ? 'getaddrinfo' : syscall);
}

/** Whether a negative result is getaddrinfo's and not an errno: libuv numbers these from -3000. */
export function isLookupFailure(result: number): boolean {
  return result <= -3000 && result > -4000;
}

/** Python's TypeError: `name` is not what it must be. */
export function typeError(name: string, expected: string, value: unknown): TypeError {
  return withCode(
    new TypeError(`${name} must be ${expected}, received ${show(value)}`),
    'ERR_INVALID_ARG_TYPE',
  );
}

/** Python's ValueError and OverflowError: `name` is of the right type but not a possible value. */
export function rangeError(name: string, expected: string, value: unknown): RangeError {
  return withCode(
    new RangeError(`${name} must be ${expected}, received ${show(value)}`),
    'ERR_OUT_OF_RANGE',
  );
}

/** "I/O operation on closed …". */
export function closedError(what: string): Error {
  return withCode(new Error(`I/O operation on closed ${what}`), 'ERR_CLOSED');
}

/** Python's RuntimeError "concurrent poll() invocation". */
export function concurrentPollError(): Error {
  return withCode(new Error('another wait on this object is pending'), 'ERR_CONCURRENT_POLL');
}

function withCode<E extends Error>(error: E, code: ErrorCode): E {
  return Object.assign(error, { code });
}

/** A value in one line: enough to recognise it by, whatever it is. */
function show(value: unknown): string {
  const text = inspect(value, {
    depth: 0,
    customInspect: false,
    breakLength: Infinity,
    compact: true,
    maxArrayLength: 10,
  });
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
