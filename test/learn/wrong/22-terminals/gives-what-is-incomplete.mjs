// it gave ["one","two",""] and not ["one","two"]
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
    this.buffer += this.decoder.write(bytes);
    const lines = this.buffer.split('\n');
    this.buffer = '';

    return lines;
  }
}
