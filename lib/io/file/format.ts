/** The arguments of `Socket.makefile()` and `fdopen()`, and the file that they describe. */

import { INT_MAX, integer, rangeError, toOptions, typeError } from '../../values/index.js';
import type { Direction } from './base.js';
import { BufferedFile } from './buffered.js';
import { toEncoding } from './encoding.js';
import { type Newline, toNewline } from './newlines.js';
import type { RawFile } from './raw.js';
import { TextFile } from './text.js';

/** The size of a buffer unless another one is asked for, as in Python. */
export const DEFAULT_BUFFER_SIZE = 8192;

/** Options of `Socket.makefile`; those for text only have an effect in text modes. */
export interface MakefileOptions {
  /**
   * Bytes that the buffer holds; negative or undefined: 8192. 0, in binary modes only: none, a
   * `SocketIO` or `FileIO`. 1 in text modes: lines are sent as soon as they are written.
   */
  buffering?: number | null;
  /**
   * utf8 (the default), utf16le, latin1 or ascii, by any of Node's names for them.
   */
  encoding?: BufferEncoding | null;
  /** The end of a line; by default any newline, which is read as `\n`. See {@link Newline}. */
  newline?: Newline;
}

/** The checked arguments. */
export interface FileFormat {
  readonly direction: Direction;
  /** Makes the file over a raw file. */
  readonly open: <Raw extends RawFile>(raw: Raw) => Raw | BufferedFile | TextFile;
}

/** @throws TypeError, RangeError for invalid arguments */
export function fileFormat(mode: unknown, options: MakefileOptions): FileFormat {
  const direction = toDirection(mode);
  const isText = !(mode as string).includes('b');
  const buffering = integer('buffering', toOptions(options).buffering ?? -1, -INT_MAX - 1, INT_MAX);
  if (isText && buffering === 0) {
    throw rangeError('buffering', 'other than 0 in text modes', buffering);
  }
  if (!isText && buffering === 0) return { direction, open: (raw) => raw };
  const isLineBuffered = isText && buffering === 1;
  const size = buffering < 0 || isLineBuffered ? DEFAULT_BUFFER_SIZE : buffering;
  const buffered = (raw: RawFile) => new BufferedFile(raw, direction, size);
  if (!isText) return { direction, open: buffered };
  const encoding = toEncoding(options.encoding);
  const format = { encoding, newline: toNewline(options.newline), isLineBuffered };
  return { direction, open: (raw) => new TextFile(buffered(raw), direction, format) };
}

function toDirection(mode: unknown): Direction {
  if (typeof mode !== 'string') throw typeError('mode', 'a string', mode);
  if (/[^rwb]/.test(mode)) throw rangeError('mode', 'made of r, w and b', mode);
  if (!mode.includes('w')) return 'r';
  return mode.includes('r') ? 'rw' : 'w';
}
