/** Cuts a stream of bytes into lines. */

const LF = 0x0a;
const CR = 0x0d;

/** The longest line that goes through, without its newline. */
export const MAX_LINE = 16384;

/** The bytes of a line that has not come to its end, and what ends it. */
export class LineBuffer {
  /** One line at its longest with CR LF, and one byte that is too much. */
  readonly #unfinished = Buffer.allocUnsafeSlow(MAX_LINE + 2);
  #size = 0;

  /**
   * Takes what was received; no byte is searched twice, however the stream was cut. Yields the
   * lines that are complete now, each with its own newline (LF or CR LF), and null instead of a
   * line that is too long; nothing comes after that.
   */
  *push(bytes: Uint8Array): Generator<Buffer | null> {
    for (let begin = 0; begin < bytes.length; ) {
      const newline = bytes.indexOf(LF, begin);
      const end = newline < 0 ? bytes.length : newline + 1;
      const piece = bytes.subarray(begin, end);
      begin = end;
      if (!this.#append(piece)) {
        yield null;
        return;
      }
      if (newline >= 0) yield this.rest();
    }
  }

  /** The unfinished line, which it forgets; empty where there is none. */
  rest(): Buffer {
    const line = Buffer.from(this.#unfinished.subarray(0, this.#size));
    this.#size = 0;
    return line;
  }

  /** Returns whether the line may still become one that is not too long. */
  #append(piece: Uint8Array): boolean {
    const size = this.#size + piece.length;
    if (size > this.#unfinished.length) return false;
    this.#unfinished.set(piece, this.#size);
    this.#size = size;
    return textLength(this.#unfinished.subarray(0, size)) <= MAX_LINE;
  }
}

/** The length of a line without its newline, half of which may still be on its way. */
export function textLength(line: Uint8Array): number {
  const withoutLf = line.at(-1) === LF ? line.length - 1 : line.length;
  return line[withoutLf - 1] === CR ? withoutLf - 1 : withoutLf;
}
