/** The ends of lines in text files, and their translation. */
import { rangeError, typeError } from '../../values/index.js';

/**
 * The newlines of a text file.
 *
 * - null: `\n`, `\r` and `\r\n` end a line and are read as `\n`; `\n` is written unchanged
 * - `''`: the same three end a line, and are not changed
 * - `'\n'`, `'\r'`, `'\r\n'`: this one ends a line; `\n` is written as it
 */
export type Newline = null | '' | '\n' | '\r' | '\r\n';

const NEWLINES: readonly unknown[] = [null, '', '\n', '\r', '\r\n'];

export function toNewline(value: unknown): Newline {
  if (value === undefined) return null;
  if (value !== null && typeof value !== 'string') throw typeError('newline', 'a string', value);
  if (!NEWLINES.includes(value)) {
    throw rangeError('newline', "null, '', '\\n', '\\r' or '\\r\\n'", value);
  }
  return value as Newline;
}

/** Finds the ends of lines in text that comes in pieces; Python's `IncrementalNewlineDecoder`. */
export class NewlineDecoder {
  readonly #newline: Newline;
  /** A `\r` was at the end of a piece: the next piece shows whether it ends a line by itself. */
  #hasReturn = false;

  constructor(newline: Newline) {
    this.#newline = newline;
  }

  /** Decodes a piece. With null and `''` a `\r\n` is never split. */
  decode(piece: string, isLast: boolean): string {
    if (this.#newline !== null && this.#newline !== '') return piece;
    let text = piece;
    if (this.#hasReturn && (piece !== '' || isLast)) {
      text = `\r${piece}`;
      this.#hasReturn = false;
    }
    if (!isLast && text.endsWith('\r')) {
      text = text.slice(0, -1);
      this.#hasReturn = true;
    }
    return this.#newline === null ? text.replace(/\r\n?/g, '\n') : text;
  }

  /**
   * The end of the first line of decoded text, newline included; -1 if there is no end.
   * @param before - the last character before the text
   */
  endOfLine(text: string, before: string): number {
    switch (this.#newline) {
      case null:
        return text.indexOf('\n') + 1 || -1;
      case '': {
        const end = /\r\n|\r|\n/.exec(text);
        return end === null ? -1 : end.index + end[0].length;
      }
      case '\r\n': {
        if (before === '\r' && text.startsWith('\n')) return 1;
        const index = text.indexOf('\r\n');
        return index < 0 ? -1 : index + 2;
      }
      default:
        return text.indexOf(this.#newline) + 1 || -1;
    }
  }
}

/** Translates the newlines of text that is written. */
export function encodeNewlines(text: string, newline: Newline): string {
  return newline === '\r' || newline === '\r\n' ? text.replaceAll('\n', newline) : text;
}
