/** The errors that fdselect throws, and the conversion of `-errno` to an OSError. */

import { errnoName, getSystemErrorMap, inspect, native } from '../native/index.js';
import type { ErrorCode } from './codes.js';

function describeErrno(errno: number): [code: string, text: string] {
  const known = getSystemErrorMap().get(errno);
  if (known !== undefined) return known;
  const text = native.strerror(-errno);
  return [errnoName(errno) ?? `E${-errno}`, text.charAt(0).toLowerCase() + text.slice(1)];
}

/**
 * The failure of a system call. Python's `OSError`, with the properties of Node's system errors:
 * one class for all errors, distinguished by `code`.
 *
 * Mirrors https://docs.python.org/3/library/exceptions.html#OSError and errno(3).
 * @platform POSIX
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
  /** For bind, connect, sendto and accept: the host, or the name of a Unix socket. */
  declare readonly address?: string | Uint8Array;
  /** For the same calls: the port, if the address has one. */
  declare readonly port?: number;

  static {
    OSError.prototype.name = 'OSError';
  }

  /**
   * @param errno - the error's number; the sign does not matter.
   * @param syscall - the system call that failed.
   * @param detail - appended to the message.
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

/**
 * A key that is not registered was looked up, or a registered one was added.
 *
 * Mirrors https://docs.python.org/3/library/exceptions.html#KeyError
 * @platform POSIX
 */
export class KeyError extends Error {
  /** Whether the key is missing, or there already. */
  readonly code: 'ERR_NOT_REGISTERED' | 'ERR_ALREADY_REGISTERED';
  /** The key that was passed. */
  readonly key: unknown;

  static {
    KeyError.prototype.name = 'KeyError';
  }

  /**
   * @param key - shown in the message
   * @param code - default: 'ERR_NOT_REGISTERED'
   */
  constructor(
    key: unknown,
    code: 'ERR_NOT_REGISTERED' | 'ERR_ALREADY_REGISTERED' = 'ERR_NOT_REGISTERED',
  ) {
    super(`${show(key)} is ${code === 'ERR_NOT_REGISTERED' ? 'not' : 'already'} registered`);
    this.code = code;
    this.key = key;
  }
}

/** Returns `result`, the result of a native function; throws an OSError if it is `-errno`. */
export function check(result: number, syscall: string): number {
  if (result >= 0) return result;
  throw new OSError(result, isLookupFailure(result) ? 'getaddrinfo' : syscall);
}

/** Whether a negative result is an error of getaddrinfo(3): libuv numbers these from -3000. */
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

/** Any value in one line of at most 80 characters, for error messages. */
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
