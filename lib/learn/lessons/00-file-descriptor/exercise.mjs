// Exercise of lesson 0. The message arrives, but the reader waits for its end for ever.
// Mend sendAndEnd: when it returns, no number of the writing end may be open.
import { close, dup, write } from 'fdselect/os';

/** Writes the message into a pipe and ends it. `writer`: the only number of its writing end. */
export function sendAndEnd(writer, message) {
  const out = dup(writer); // as a library might, to be safe if the caller closes its own
  write(out, message);
  close(writer);
}
