/** A buffer of text that grows. Writing bytes costs less than strings, which are garbage after it. */

const [MINUS, ZERO] = [45, 48];
const BILLION = 1_000_000_000;

export class Bytes {
  length = 0;
  #bytes: Buffer;

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  /** What was written; valid until the next change. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  /** @param text - of ASCII */
  ascii(text: string): void {
    this.#reserve(text.length);
    const bytes = this.#bytes;
    let at = this.length;
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
    this.length = at;
  }

  utf8(text: string): void {
    this.#reserve(3 * text.length);
    this.length += this.#bytes.write(text, this.length);
  }

  json(value: unknown): void {
    this.utf8(JSON.stringify(value));
  }

  /** In decimal digits. */
  number(value: number): void {
    if (!Number.isSafeInteger(value)) {
      this.ascii(String(value));
      return;
    }
    this.#reserve(24);
    if (value < 0) this.#bytes[this.length++] = MINUS;
    this.#natural(Math.abs(value));
  }

  #natural(value: number): void {
    if (value < BILLION) {
      this.#digits(value, countOf(value));
      return;
    }
    const high = Math.floor(value / BILLION);
    this.#natural(high);
    this.#digits(value - high * BILLION, 9);
  }

  /** @param value - below a billion, so that V8 computes with int32 */
  #digits(value: number, count: number): void {
    const bytes = this.#bytes;
    const begin = this.length;
    this.length = begin + count;
    for (let at = begin + count - 1, rest = value | 0; at >= begin; at--) {
      const tenth = (rest / 10) | 0;
      bytes[at] = ZERO + rest - 10 * tenth;
      rest = tenth;
    }
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * needed);
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }
}

/** How many decimal digits a number below a billion has. */
function countOf(value: number): number {
  let count = 1;
  for (let power = 10; value >= power; power *= 10) count++;
  return count;
}
