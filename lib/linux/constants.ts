/**
 * The constants of inotify, from the system's headers; one that a system lacks is
 * `undefined` there. Made by native/constants/generate.mjs from native/constants/inotify.txt.
 *
 * Mirrors inotify(7)
 */
import { headersOf } from '../native/index.js';

const header = headersOf('inotify');

export const IN_ACCESS: number = header('IN_ACCESS');
export const IN_ALL_EVENTS: number = header('IN_ALL_EVENTS');
export const IN_ATTRIB: number = header('IN_ATTRIB');
export const IN_CLOEXEC: number = header('IN_CLOEXEC');
export const IN_CLOSE: number = header('IN_CLOSE');
export const IN_CLOSE_NOWRITE: number = header('IN_CLOSE_NOWRITE');
export const IN_CLOSE_WRITE: number = header('IN_CLOSE_WRITE');
export const IN_CREATE: number = header('IN_CREATE');
export const IN_DELETE: number = header('IN_DELETE');
export const IN_DELETE_SELF: number = header('IN_DELETE_SELF');
export const IN_DONT_FOLLOW: number = header('IN_DONT_FOLLOW');
export const IN_EXCL_UNLINK: number = header('IN_EXCL_UNLINK');
export const IN_IGNORED: number = header('IN_IGNORED');
export const IN_ISDIR: number = header('IN_ISDIR');
export const IN_MASK_ADD: number = header('IN_MASK_ADD');
export const IN_MASK_CREATE: number = header('IN_MASK_CREATE');
export const IN_MODIFY: number = header('IN_MODIFY');
export const IN_MOVE: number = header('IN_MOVE');
export const IN_MOVED_FROM: number = header('IN_MOVED_FROM');
export const IN_MOVED_TO: number = header('IN_MOVED_TO');
export const IN_MOVE_SELF: number = header('IN_MOVE_SELF');
export const IN_NONBLOCK: number = header('IN_NONBLOCK');
export const IN_ONESHOT: number = header('IN_ONESHOT');
export const IN_ONLYDIR: number = header('IN_ONLYDIR');
export const IN_OPEN: number = header('IN_OPEN');
export const IN_Q_OVERFLOW: number = header('IN_Q_OVERFLOW');
export const IN_UNMOUNT: number = header('IN_UNMOUNT');
