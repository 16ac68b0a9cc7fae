/** What a terminal sends for a key, as the key's name. */

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

/** The names of the keys in what was read; a character without a name is its own. */
export function keysOf(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes).toString();
  return (text.match(KEY) ?? []).map((key) => NAMES[key] ?? key);
}
