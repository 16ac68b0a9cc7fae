// and not ["é"]
import { StringDecoder } from 'node:string_decoder';
import { read } from 'fdselect/os';
export class LineReader {
  ended = false;
  buffer = '';
  decoder = new StringDecoder('utf8');
  constructor(fd) {
    this.fd = fd;
  }
  readLines() {
    const bytes = read(this.fd, 4096);
    if (bytes.length === 0) this.ended = true;
    this.buffer += String(bytes);
    const lines = this.buffer.split('\n');
    this.buffer = lines.pop();

    return lines;
  }
}
