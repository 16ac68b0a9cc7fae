/**
 * The constants of poll(2) and epoll(7), from the system's headers.
 *
 * POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP and POLLNVAL exist everywhere; the others are
 * `undefined` on a system that lacks them.
 * Mirrors https://docs.python.org/3/library/select.html#poll-objects
 */
import { header } from '../native/index.js';

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
/** How many bytes a pipe accepts, at least, in one piece when it is reported writable. */
export const PIPE_BUF: number = header('PIPE_BUF');
/** There is data to read. Linux. */
export const EPOLLIN: number = header('EPOLLIN');
/** There is urgent data to read, such as TCP's out-of-band byte. Linux. */
export const EPOLLPRI: number = header('EPOLLPRI');
/** Writing will not block. Linux. */
export const EPOLLOUT: number = header('EPOLLOUT');
/** An error is pending; reported whether asked for or not. Linux. */
export const EPOLLERR: number = header('EPOLLERR');
/** The peer has hung up; reported whether asked for or not, and there may still be data. Linux. */
export const EPOLLHUP: number = header('EPOLLHUP');
/** The peer of a stream socket has shut down its writing half. Linux. */
export const EPOLLRDHUP: number = header('EPOLLRDHUP');
/** Normal data may be read. Linux. */
export const EPOLLRDNORM: number = header('EPOLLRDNORM');
/** Priority data may be read. Linux. */
export const EPOLLRDBAND: number = header('EPOLLRDBAND');
/** Normal data may be written. Linux. */
export const EPOLLWRNORM: number = header('EPOLLWRNORM');
/** Priority data may be written. Linux. */
export const EPOLLWRBAND: number = header('EPOLLWRBAND');
/** Unused. Linux. */
export const EPOLLMSG: number = header('EPOLLMSG');
/** If several epoll sets watch a file with it, not all of them are woken. `register` only. Linux. */
export const EPOLLEXCLUSIVE: number = header('EPOLLEXCLUSIVE');
/** Keeps the system from suspending while the event is pending. Linux. */
export const EPOLLWAKEUP: number = header('EPOLLWAKEUP');
/** Reports once; the file descriptor stays registered, without reports until `modify`. Linux. */
export const EPOLLONESHOT: number = header('EPOLLONESHOT');
/** Edge-triggered: reports when data arrives, not while data is there. 2^31, positive. Linux. */
export const EPOLLET: number = header('EPOLLET');
/** The only flag of `epoll()`, which sets it in any case. Linux. */
export const EPOLL_CLOEXEC: number = header('EPOLL_CLOEXEC');
