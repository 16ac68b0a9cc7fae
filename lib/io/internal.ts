/** What other floors may use of `io` beside its public names. */
export { EOFError } from './errors.js';
export type { Direction, SystemCalls } from './file/base.js';
export { SocketFile } from './file/base.js';
export { BufferedFile } from './file/buffered.js';
export { toEncoding } from './file/encoding.js';
export { DEFAULT_BUFFER_SIZE, fileFormat, type MakefileOptions } from './file/format.js';
export type { Newline } from './file/newlines.js';
export { RawFile, type RawIO } from './file/raw.js';
export { TextFile } from './file/text.js';
