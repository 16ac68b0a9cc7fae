/** The errors of channels: which of them end a connection, and how errors are logged. */
import { native } from '../native/index.js';
import { OSError, typeError } from '../values/index.js';

/** The connection is over: handleClose is called instead of handleError. */
const DISCONNECTED = new Set([
  ...['ECONNRESET', 'ENOTCONN', 'ESHUTDOWN', 'ECONNABORTED', 'EPIPE', 'EBADF'],
]);

export function isDisconnected(error: unknown): boolean {
  return error instanceof OSError && DISCONNECTED.has(error.code);
}

/** Whether an error is an `OSError` with one of these codes. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof OSError && codes.includes(error.code);
}

/**
 * The C library's text for an error number; strerror(3).
 *
 * Mirrors `asyncore._strerror`.
 * @param errno - such as 32 or -32; the sign does not matter
 * @returns such as `Broken pipe`
 * @platform POSIX
 */
export function _strerror(errno: number): string {
  return native.strerror(Math.abs(errno));
}

/** Escapes control characters: a peer may have sent them, and a terminal would execute them. */
export function printable(text: string): string {
  // The opposite of the control characters; V8 takes long to parse \p.
  return text.replace(/[^ -~\xa0-\uffff]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

/** A place in the source: file, function, and line as text. */
export type Place = [file: string, name: string, line: string];

/**
 * Describes where an error comes from.
 *
 * Mirrors `asyncore.compact_traceback`. That uses the exception that is being handled; JavaScript has
 * no such thing, so the error is an argument.
 * @param error - an error with a stack
 * @returns the place where the error was made, its class, the error itself, and its stack in one line:
 *   `[file|function|line] …`, the innermost last
 * @throws TypeError for a value without a stack
 * @platform POSIX
 */
export function compactTraceback<E extends Error>(
  error: E,
): [place: Place, type: unknown, value: E, info: string] {
  const places = placesOf(error);
  const innermost = places.at(-1);
  if (innermost === undefined) throw typeError('error', 'an Error with a stack', error);
  const info = places.map((place) => `[${place.join('|')}]`).join(' ');
  return [innermost, error.constructor, error, info];
}

/** A thrown value in one line: `Error:message [file|function|line] …`. */
export function describeThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const places = placesOf(thrown).map((place) => ` [${place.join('|')}]`);
  return `${thrown.name}:${thrown.message}${places.join('')}`;
}

/** `    at name (file:line:column)`, or without a name and parentheses. */
const FRAME = /^\s*at (?:(.+) \()?(.+?):(\d+):\d+\)?$/;

function placesOf(error: unknown): Place[] {
  const stack = error instanceof Error ? error.stack : undefined;
  const places = (stack ?? '').split('\n').flatMap((line): Place[] => {
    const [, name = '<anonymous>', file, number] = FRAME.exec(line) ?? [];
    if (file === undefined || number === undefined) return [];
    return [[file.startsWith('file://') ? pathOf(file) : file, name, number]];
  });
  return places.reverse();
}

function pathOf(url: string): string {
  return process.getBuiltinModule('node:url').fileURLToPath(url);
}
