// Solution of lesson 0: the function closes the number that it was given and the one it has made.
import { close, dup, write } from 'fdselect/os';

export function sendAndEnd(writer, message) {
  const out = dup(writer);
  try {
    write(out, message);
  } finally {
    close(out);
    close(writer);
  }
}
