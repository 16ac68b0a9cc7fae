/** Characters as Python counts them: code points, not the code units that JavaScript counts. */

/** Where the first `size` characters of a text end; -1 if it has fewer. */
export function endOf(text: string, size: number): number {
  if (size > text.length) return -1; // a text has at most as many characters as code units
  let end = 0;
  let left = size;
  for (; left > 0 && end < text.length; left--) end += isPair(text, end) ? 2 : 1;
  return left > 0 ? -1 : end;
}

/** How many characters a text has. */
export function lengthOf(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; length++) i += isPair(text, i) ? 2 : 1;
  return length;
}

/** Whether there is a character of two UTF-16 code units. */
function isPair(text: string, index: number): boolean {
  return (text.codePointAt(index) as number) > 0xffff;
}
