/** Converts the paths that users pass to bytes. */
import { byteString } from './bytes.js';
import { rangeError } from './errors.js';

/** A path: text, which is encoded as UTF-8, or bytes. */
export type PathLike = string | Uint8Array;

/** @throws TypeError, RangeError for a value that is not a path, or contains NUL, which would end it */
export function toPath(name: string, path: unknown): Uint8Array {
  const bytes = byteString(name, path);
  if (bytes.includes(0)) throw rangeError(name, 'free of NUL', path);
  return bytes;
}
