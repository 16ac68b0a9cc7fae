/** Paths as users give them, as the bytes that the kernel takes. */
import { rangeError, typeError } from './errors.js';

/** A path: text, which is UTF-8, or its bytes where it is not. */
export type PathLike = string | Uint8Array;

/** @throws TypeError, RangeError for what is no path: the kernel ends one at the first NUL */
export function toPath(name: string, path: unknown): Uint8Array {
  if (typeof path !== 'string' && !ArrayBuffer.isView(path)) {
    throw typeError(name, 'a string or a Buffer', path);
  }
  const bytes =
    typeof path === 'string'
      ? Buffer.from(path)
      : Buffer.from(path.buffer, path.byteOffset, path.byteLength);
  if (bytes.includes(0)) throw rangeError(name, 'free of NUL', path);
  return bytes;
}
