/**
 * The constants of fcntl(2) and flock(2), from the system's headers; one that a system lacks is
 * `undefined` there. Made by native/constants/generate.mjs from native/constants/fcntl.txt.
 *
 * Mirrors https://docs.python.org/3/library/fcntl.html
 */
import { headersOf } from '../native/index.js';

const header = headersOf('fcntl');

export const DN_ACCESS: number = header('DN_ACCESS');
export const DN_ATTRIB: number = header('DN_ATTRIB');
export const DN_CREATE: number = header('DN_CREATE');
export const DN_DELETE: number = header('DN_DELETE');
export const DN_MODIFY: number = header('DN_MODIFY');
export const DN_MULTISHOT: number = header('DN_MULTISHOT');
export const DN_RENAME: number = header('DN_RENAME');
export const FASYNC: number = header('FASYNC');
export const FD_CLOEXEC: number = header('FD_CLOEXEC');
export const F_ADD_SEALS: number = header('F_ADD_SEALS');
export const F_BARRIERFSYNC: number = header('F_BARRIERFSYNC');
export const F_CREATED_QUERY: number = header('F_CREATED_QUERY');
export const F_DUP2FD: number = header('F_DUP2FD');
export const F_DUP2FD_CLOEXEC: number = header('F_DUP2FD_CLOEXEC');
export const F_DUPFD: number = header('F_DUPFD');
export const F_DUPFD_CLOEXEC: number = header('F_DUPFD_CLOEXEC');
export const F_DUPFD_QUERY: number = header('F_DUPFD_QUERY');
export const F_EXLCK: number = header('F_EXLCK');
export const F_FULLFSYNC: number = header('F_FULLFSYNC');
export const F_GETFD: number = header('F_GETFD');
export const F_GETFL: number = header('F_GETFL');
export const F_GETLEASE: number = header('F_GETLEASE');
export const F_GETLK: number = header('F_GETLK');
export const F_GETLK64: number = header('F_GETLK64');
export const F_GETOWN: number = header('F_GETOWN');
export const F_GETOWN_EX: number = header('F_GETOWN_EX');
export const F_GETPATH: number = header('F_GETPATH');
export const F_GETPIPE_SZ: number = header('F_GETPIPE_SZ');
export const F_GETSIG: number = header('F_GETSIG');
export const F_GET_FILE_RW_HINT: number = header('F_GET_FILE_RW_HINT');
export const F_GET_RW_HINT: number = header('F_GET_RW_HINT');
export const F_GET_SEALS: number = header('F_GET_SEALS');
export const F_NOCACHE: number = header('F_NOCACHE');
export const F_NOTIFY: number = header('F_NOTIFY');
export const F_OFD_GETLK: number = header('F_OFD_GETLK');
export const F_OFD_SETLK: number = header('F_OFD_SETLK');
export const F_OFD_SETLKW: number = header('F_OFD_SETLKW');
export const F_RDADVISE: number = header('F_RDADVISE');
export const F_RDLCK: number = header('F_RDLCK');
export const F_SEAL_EXEC: number = header('F_SEAL_EXEC');
export const F_SEAL_FUTURE_WRITE: number = header('F_SEAL_FUTURE_WRITE');
export const F_SEAL_GROW: number = header('F_SEAL_GROW');
export const F_SEAL_SEAL: number = header('F_SEAL_SEAL');
export const F_SEAL_SHRINK: number = header('F_SEAL_SHRINK');
export const F_SEAL_WRITE: number = header('F_SEAL_WRITE');
export const F_SETFD: number = header('F_SETFD');
export const F_SETFL: number = header('F_SETFL');
export const F_SETLEASE: number = header('F_SETLEASE');
export const F_SETLK: number = header('F_SETLK');
export const F_SETLK64: number = header('F_SETLK64');
export const F_SETLKW: number = header('F_SETLKW');
export const F_SETLKW64: number = header('F_SETLKW64');
export const F_SETOWN: number = header('F_SETOWN');
export const F_SETOWN_EX: number = header('F_SETOWN_EX');
export const F_SETPIPE_SZ: number = header('F_SETPIPE_SZ');
export const F_SETSIG: number = header('F_SETSIG');
export const F_SET_FILE_RW_HINT: number = header('F_SET_FILE_RW_HINT');
export const F_SET_RW_HINT: number = header('F_SET_RW_HINT');
export const F_SHLCK: number = header('F_SHLCK');
export const F_UNLCK: number = header('F_UNLCK');
export const F_WRLCK: number = header('F_WRLCK');
export const LOCK_EX: number = header('LOCK_EX');
export const LOCK_MAND: number = header('LOCK_MAND');
export const LOCK_NB: number = header('LOCK_NB');
export const LOCK_READ: number = header('LOCK_READ');
export const LOCK_RW: number = header('LOCK_RW');
export const LOCK_SH: number = header('LOCK_SH');
export const LOCK_UN: number = header('LOCK_UN');
export const LOCK_WRITE: number = header('LOCK_WRITE');
