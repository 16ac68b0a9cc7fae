// Exercise of lesson 22. Reads lines from an fd. A second line that came with the first one hides.
// Mend it: each call gives all lines that are complete. What is incomplete waits for the next call, and
// is given as the last line at the end of the file. Text is UTF-8; a character may come in two pieces.
import { read } from 'fdselect/os';

export class LineReader {
  ended = false;
  buffer = '';

  constructor(fd) {
    this.fd = fd;
  }

  /** Called when the fd is readable; reads once. Gives lines without their newline. */
  readLines() {
    const bytes = read(this.fd, 4096);
    if (bytes.length === 0) this.ended = true;
    this.buffer += String(bytes);
    const end = this.buffer.indexOf('\n');
    if (end === -1) return [];
    const line = this.buffer.slice(0, end);
    this.buffer = this.buffer.slice(end + 1);
    return [line];
  }
}
