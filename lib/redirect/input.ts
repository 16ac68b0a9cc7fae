/** The lines of standard input: the process's own input, or a socket. */

import type { RawIO } from '../io/internal.js';
import { BufferedFile, DEFAULT_BUFFER_SIZE, TextFile, toEncoding } from '../io/internal.js';
import type { Socket } from '../socket/index.js';
import { StandardInput, WaitingIO } from './waiting.js';

export { EOFError } from '../io/internal.js';

/** Text in UTF-8 with every kind of newline. */
function openText(raw: RawIO): TextFile {
  const bytes = new BufferedFile(new WaitingIO(raw), 'r', DEFAULT_BUFFER_SIZE);
  return new TextFile(bytes, 'r', {
    encoding: toEncoding(undefined),
    newline: null,
    isLineBuffered: false,
  });
}

export function openInput(socket: Socket): TextFile {
  return openText(socket.makefile('rb', { buffering: 0 }));
}

/** One for the whole process: it keeps the bytes that it has read ahead. */
export const standardInput: TextFile = openText(new StandardInput());
