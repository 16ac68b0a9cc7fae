// EBADF
import { close, write } from 'fdselect/os';
export function sendAndEnd(writer, message) {
  close(writer);
  write(writer, message);
}
