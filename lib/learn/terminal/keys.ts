/** What a terminal sends for a key, as the key's name. */
import { StringDecoder } from 'node:string_decoder';

const NAMES: Record<string, string> = {
  '\x1b[C': 'right',
  '\x1bOC': 'right',
  '\x1b[D': 'left',
  '\x1bOD': 'left',
  '\x1b[1;2C': 'shift-right',
  '\x1b[1;2D': 'shift-left',
  '\x1b[H': 'home',
  '\x1bOH': 'home',
  '\x1b[1~': 'home',
  '\x1b[7~': 'home',
  '\x1b[F': 'end',
  '\x1bOF': 'end',
  '\x1b[4~': 'end',
  '\x1b[8~': 'end',
  ' ': 'space',
  '\r': 'enter',
  '\n': 'enter',
  '\x1b': 'escape',
  '\x04': 'escape',
};

/** A control sequence (CSI or SS3), or one character. */
const ESCAPE = String.fromCharCode(27);
const KEY = new RegExp(`${ESCAPE}(?:\\[[0-?]*[ -/]*[@-~]|O[@-~])|[^]`, 'gu');
/** The beginning of a control sequence whose rest has not been read. */
const UNFINISHED = new RegExp(`${ESCAPE}(?:\\[[0-?]*[ -/]*|O)?$`, 'u');

/**
 * Finds the keys in what is read from a terminal, where the bytes of one key may come in several
 * reads. The Escape key sends what other keys begin with: only a pause after it shows that it was it.
 */
export class KeyReader {
  readonly #decoder = new StringDecoder('utf8');
  #unfinished = '';

  /** Whether what was read last may be the beginning of a key. */
  get isUnfinished(): boolean {
    return this.#unfinished !== '';
  }

  /** The names of the keys that are complete; a character without a name is its own. */
  keys(bytes: Uint8Array): string[] {
    const text = this.#unfinished + this.#decoder.write(bytes);
    this.#unfinished = UNFINISHED.exec(text)?.[0] ?? '';
    return keysOf(text.slice(0, text.length - this.#unfinished.length));
  }

  /** After a pause: the keys in what was taken for a beginning. */
  rest(): string[] {
    const text = this.#unfinished;
    this.#unfinished = '';
    return keysOf(text);
  }
}

function keysOf(text: string): string[] {
  return (text.match(KEY) ?? []).map((key) => NAMES[key] ?? key);
}
