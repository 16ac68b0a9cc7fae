// the reader still waits: some number of the writing end is open
import { close, dup, write } from 'fdselect/os';
export function sendAndEnd(writer, message) {
  const out = dup(writer);
  write(out, message);
  close(out);
}
