/** The encodings of text files: Node's names for utf8, utf16le, latin1 and ascii. */
import { rangeError, typeError } from '../../values/index.js';

export interface Encoding {
  readonly name: 'utf8' | 'utf16le' | 'latin1' | 'ascii';
  /** The name for Node's Buffer. */
  readonly codec: 'utf8' | 'utf16le' | 'latin1';
  /** Its last character. */
  readonly last: number;
}

const utf8: Encoding = { name: 'utf8', codec: 'utf8', last: 0x10ffff };
const utf16le: Encoding = { name: 'utf16le', codec: 'utf16le', last: 0x10ffff };
const latin1: Encoding = { name: 'latin1', codec: 'latin1', last: 0xff };
// Not Node's own decoder for ASCII: it clears the eighth bit, which would hide bytes that are not
// ASCII.
const ascii: Encoding = { name: 'ascii', codec: 'latin1', last: 0x7f };

const ENCODINGS = new Map<string, Encoding>([
  ['utf8', utf8],
  ['utf-8', utf8],
  ['utf16le', utf16le],
  ['utf-16le', utf16le],
  ['ucs2', utf16le],
  ['ucs-2', utf16le],
  ['latin1', latin1],
  ['latin-1', latin1],
  ['binary', latin1],
  ['ascii', ascii],
]);

export function toEncoding(value: unknown): Encoding {
  if (value === undefined || value === null) return utf8;
  if (typeof value !== 'string') throw typeError('encoding', 'a string', value);
  const encoding = ENCODINGS.get(value.toLowerCase());
  if (encoding === undefined) {
    throw rangeError('encoding', `one of ${[...ENCODINGS.keys()].join(', ')}`, value);
  }
  return encoding;
}

/** Decodes bytes that come in pieces. */
export class Decoder {
  /** null for latin1: TextDecoder, as browsers, takes this name for another encoding. */
  readonly #decoder: InstanceType<typeof TextDecoder> | null;

  constructor({ codec }: Encoding) {
    // Node's StringDecoder tears UTF-16 pairs apart. That a byte order mark is ignored means that
    // it is text like any other, as in Python.
    this.#decoder =
      codec === 'latin1'
        ? null
        : new TextDecoder(codec === 'utf8' ? 'utf-8' : 'utf-16le', { ignoreBOM: true });
  }

  /** The decoded characters; the beginning of a character waits for its other bytes. */
  decode(bytes: Buffer): string {
    return this.#decoder?.decode(bytes, { stream: true }) ?? bytes.toString('latin1');
  }

  /** U+FFFD if the bytes have ended within a character, else nothing. */
  end(): string {
    return this.#decoder?.decode() ?? '';
  }
}

/** @throws RangeError for a character that the encoding does not have */
export function encode(text: string, encoding: Encoding): Buffer {
  if (encoding.codec === 'latin1') {
    for (const character of text) {
      if ((character.codePointAt(0) as number) > encoding.last) {
        throw rangeError('text', `of characters up to ${encoding.last}`, character);
      }
    }
  }
  return Buffer.from(text, encoding.codec);
}
