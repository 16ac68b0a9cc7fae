/**
 * The constants of poll(2), from the system's headers.
 *
 * The first six exist everywhere; the others are `undefined` on a system that lacks them.
 * Mirrors https://docs.python.org/3/library/select.html#poll-objects
 */
import { header } from './headers.js';

/** There is data to read. */
export const POLLIN: number = header('POLLIN');
/** There is urgent data to read, such as TCP's out-of-band byte. */
export const POLLPRI: number = header('POLLPRI');
/** Writing will not block. */
export const POLLOUT: number = header('POLLOUT');
/** An error is pending; reported whether asked for or not. */
export const POLLERR: number = header('POLLERR');
/** The peer has hung up; reported whether asked for or not, and there may still be data. */
export const POLLHUP: number = header('POLLHUP');
/** The file descriptor is not open; reported whether asked for or not. */
export const POLLNVAL: number = header('POLLNVAL');
/** Normal data may be read. */
export const POLLRDNORM: number = header('POLLRDNORM');
/** Priority data may be read. */
export const POLLRDBAND: number = header('POLLRDBAND');
/** Normal data may be written. */
export const POLLWRNORM: number = header('POLLWRNORM');
/** Priority data may be written. */
export const POLLWRBAND: number = header('POLLWRBAND');
/** Unused on Linux. */
export const POLLMSG: number = header('POLLMSG');
/** The peer of a stream socket has shut down its writing half. */
export const POLLRDHUP: number = header('POLLRDHUP');
/** How many bytes a pipe that is reported writable takes at least, in one piece. */
export const PIPE_BUF: number = header('PIPE_BUF');
