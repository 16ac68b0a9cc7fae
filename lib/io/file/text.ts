/** A text file over a file of bytes. */
import { typeError } from '../../values/index.js';
import { type Direction, nothingToRead, SocketFile, sizeLimit } from './base.js';
import type { BufferedFile } from './buffered.js';
import { endOf, lengthOf } from './characters.js';
import { Decoder, type Encoding, encode } from './encoding.js';
import { encodeNewlines, type Newline, NewlineDecoder } from './newlines.js';

export interface TextFormat {
  readonly encoding: Encoding;
  readonly newline: Newline;
  /** Whether a line that was written is sent at once. */
  readonly isLineBuffered: boolean;
}

/**
 * The file of `makefile` and `fdopen` in the modes `'r'`, `'w'` and `'rw'`. A character that comes
 * in two packets is decoded correctly; invalid bytes become U+FFFD. Sizes are in characters (code
 * points), as in Python, so no character is ever split.
 *
 * Mirrors https://docs.python.org/3/library/io.html#io.TextIOWrapper. Unlike there, writing loses no
 * data that was read ahead, and an error or a timeout loses no data that has come before.
 * @platform POSIX
 */
export class TextFile extends SocketFile<string, string> {
  readonly #bytes: BufferedFile;
  readonly #format: TextFormat;
  readonly #decoder: Decoder;
  readonly #newlines: NewlineDecoder;
  /** Text that was decoded and not read yet. */
  #text = '';

  /** @internal */
  constructor(bytes: BufferedFile, direction: Direction, format: TextFormat) {
    super(direction, bytes.calls);
    this.#bytes = bytes;
    this.#format = format;
    this.#decoder = new Decoder(format.encoding);
    this.#newlines = new NewlineDecoder(format.newline);
  }

  override get mode(): string {
    return super.mode.slice(0, -1);
  }

  /** The encoding: utf8, utf16le, latin1 or ascii. */
  get encoding(): string {
    return this.#format.encoding.name;
  }

  override fileno(): number {
    this.checkOpen();
    return this.#bytes.fileno();
  }

  /**
   * Reads until it has `size` characters or the stream is at its end.
   * @param size - undefined, null or negative: all up to the end of the stream
   * @returns the text; empty at the end of the stream
   * @throws OSError `EAGAIN` if a non-blocking socket has nothing; if it has a part, that is
   *   returned
   */
  read(size?: number | null): string {
    this.checkReadable();
    let missing = sizeLimit('size', size);
    return this.#readUntil((piece) => {
      const end = endOf(piece, missing);
      missing -= end < 0 ? lengthOf(piece) : 0;
      return end;
    });
  }

  override readline(limit?: number | null): string {
    this.checkReadable();
    let missing = sizeLimit('limit', limit);
    let last = '';
    return this.#readUntil((piece) => {
      const end = this.#newlines.endOfLine(piece, last);
      const longest = endOf(piece, missing);
      if (longest >= 0) return end < 0 ? longest : Math.min(end, longest);
      if (missing !== Infinity) missing -= lengthOf(piece);
      last = piece.at(-1) ?? last;
      return end;
    });
  }

  /**
   * Writes text.
   * @param text - encoded with {@link encoding}, its newlines as `newline` says
   * @returns the number of characters
   * @throws RangeError if the encoding lacks a character of the text; the errors of
   *   {@link BufferedFile.write}, with `charactersWritten` in bytes
   */
  override write(text: string): number {
    this.checkWritable();
    if (typeof text !== 'string') throw typeError('text', 'a string', text);
    const { encoding, newline, isLineBuffered } = this.#format;
    this.#bytes.write(encode(encodeNewlines(text, newline), encoding));
    if (isLineBuffered && /[\r\n]/.test(text)) this.#bytes.flush();
    return lengthOf(text);
  }

  /** Sends the text in the buffer; see {@link BufferedFile.flush}. */
  override flush(): void {
    this.checkOpen();
    this.#bytes.flush();
  }

  protected override release(): void {
    this.#bytes.close();
  }

  /**
   * Reads piece by piece, and searches each piece once.
   * @param endIn - the position in a piece where the wanted text ends; -1 if it does not end there
   */
  #readUntil(endIn: (piece: string) => number): string {
    const pieces: string[] = [];
    let piece: string | null = this.#text;
    this.#text = '';
    try {
      while (piece !== null) {
        const end = endIn(piece);
        if (end >= 0) {
          this.#text = piece.slice(end);
          piece = piece.slice(0, end);
        }
        pieces.push(piece);
        if (end >= 0) break;
        piece = this.#receive(pieces);
      }
    } catch (error) {
      this.#text = pieces.join('');
      throw error;
    }
    return pieces.join('');
  }

  /** The next piece of text; null at the end of the stream. */
  #receive(before: readonly string[]): string | null {
    for (;;) {
      const bytes = this.#bytes.read1();
      if (bytes === null) {
        if (before.some((piece) => piece !== '')) return null;
        throw nothingToRead(this.#bytes.calls);
      }
      const isLast = bytes.length === 0;
      const text = isLast ? this.#decoder.end() : this.#decoder.decode(bytes);
      const piece = this.#newlines.decode(text, isLast);
      if (piece !== '') return piece;
      if (isLast) return null;
    }
  }
}
