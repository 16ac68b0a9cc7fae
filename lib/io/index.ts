/**
 * `fdselect/io`: blocking I/O with a deadline on any file descriptor, with or without O_NONBLOCK. It
 * never changes that flag: other processes, such as the shell, may share the open file.
 */
export type { TimeoutOptions } from './deadline.js';
export { EOFError } from './errors.js';
export { type FdopenOptions, FileIO, fdopen } from './fdopen.js';
export { BufferedFile } from './file/buffered.js';
export { TextFile } from './file/text.js';
export { getpass } from './getpass.js';
export { type InputOptions, input, inputAsync } from './input.js';
export { type ReadAllOptions, read, readAll, readAllAsync, readAsync } from './read.js';
export { writeAll, writeAllAsync } from './write.js';
