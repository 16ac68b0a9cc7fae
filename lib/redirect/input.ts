/** Standard input, line by line: the process's own, or over a socket. */

import type { RawIO } from '../io/internal.js';
import { DEFAULT_BUFFER_SIZE, toEncoding } from '../io/internal.js';
import type { Socket } from '../socket/index.js';
import { BufferedFile, TextFile } from '../socket/index.js';
import { StandardInput, WaitingIO } from './waiting.js';

/**
 * There is no line any more. Python's `EOFError`.
 */
export class EOFError extends Error {
  readonly code = 'ERR_EOF';

  static {
    EOFError.prototype.name = 'EOFError';
  }

  constructor() {
    super('EOF when reading a line');
  }
}

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

/** One for the process: it keeps what it has read ahead. */
export const standardInput: TextFile = openText(new StandardInput());
