/** The length of a line of the chat servers. */

const CR = 0x0d;

/** The length without the CR that telnet sends before the newline. */
export function textLength(line: Uint8Array): number {
  return line.at(-1) === CR ? line.length - 1 : line.length;
}
