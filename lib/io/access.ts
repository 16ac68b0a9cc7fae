/** The access mode of a file descriptor: reading, writing or both. */
import { errnoNumber, native } from '../native/index.js';
import { check, OSError } from '../values/index.js';
import type { Direction } from './file/base.js';

const { O_RDONLY, O_RDWR, O_WRONLY } = process.getBuiltinModule('node:fs').constants;
const EBADF = errnoNumber('EBADF');

/** fcntl(2)'s F_GETFL and open(2)'s O_PATH, O_ACCMODE: node:fs has no names for them. */
const F_GETFL = 3;
const O_ACCMODE = O_RDONLY | O_WRONLY | O_RDWR;
const O_PATH = process.platform === 'linux' ? 0o10000000 : 0;

/**
 * The directions for which a file descriptor is open.
 * @throws OSError `EBADF` if it is closed, or open as a path only
 */
export function accessMode(fd: number, syscall: string): Direction {
  const flags: number[] = [];
  check(native.fcntl(fd, F_GETFL, 0, flags), syscall);
  const [bits = 0] = flags;
  if ((bits & O_PATH) !== 0) throw new OSError(EBADF, syscall);
  const mode = bits & O_ACCMODE;
  if (mode === O_RDWR) return 'rw';
  return mode === O_WRONLY ? 'w' : 'r';
}
