/** Makes text from clients safe to print on a terminal. */

/** Characters that control a terminal, or change the direction of text. */
const CONTROL = /(?!^\t)[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Escapes control characters, as in `\x1b`: the input of clients must not control the operator's
 * terminal. A tab at the beginning is kept, because lines of the chat have one.
 */
export function printable(line: string): string {
  return line.replace(CONTROL, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code}`;
  });
}
