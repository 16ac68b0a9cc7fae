/** Paths as users give them, as the bytes that the kernel takes. */
import { byteString } from './bytes.js';
import { rangeError } from './errors.js';

/** A path: text, which is UTF-8, or its bytes where it is not. */
export type PathLike = string | Uint8Array;

/** @throws TypeError, RangeError for a value that is not a path: the kernel ends one at the first NUL */
export function toPath(name: string, path: unknown): Uint8Array {
  const bytes = byteString(name, path);
  if (bytes.includes(0)) throw rangeError(name, 'free of NUL', path);
  return bytes;
}
