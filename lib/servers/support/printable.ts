/** How text that others have sent is shown to the operator. */

/** Characters that a terminal obeys, or that change the direction in which it writes. */
const CONTROL = /(?!^\t)[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Shows control characters escaped, as in `\x1b`: what clients send must not control the operator's
 * terminal. A tab at the beginning stays, as lines of the chat have one.
 */
export function printable(line: string): string {
  return line.replace(CONTROL, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code}`;
  });
}
