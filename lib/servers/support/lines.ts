/** The length of a chat line. */

const CR = 0x0d;

/** Without the CR that telnet sends before the newline. */
export function textLength(line: Uint8Array): number {
  return line.at(-1) === CR ? line.length - 1 : line.length;
}
