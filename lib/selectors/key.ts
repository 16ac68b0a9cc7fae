/** The key of one registered file object, and the events. */
import { type FileDescriptorLike, showAs } from '../values/index.js';

/** Wait until reading will not block: data, end of file, a connection to accept. */
export const EVENT_READ = 1;
/** Wait until writing will not block. */
export const EVENT_WRITE = 2;
/**
 * Wait for an exceptional condition: on Linux, out-of-band data. Python's selectors do not have it,
 * and the public selectors refuse it; `fdselect/loop` needs it.
 */
export const EVENT_EXCEPT = 4;

/**
 * A registration: immutable; `modify` makes a new one.
 *
 * Mirrors https://docs.python.org/3/library/selectors.html#selectors.SelectorKey
 * @platform POSIX
 */
export class SelectorKey<Data = unknown> {
  /** The registered file object. */
  readonly fileobj: FileDescriptorLike;
  /** Its file descriptor at the time of the registration. */
  readonly fd: number;
  /** EVENT_READ, EVENT_WRITE or both. */
  readonly events: number;
  /** The caller's data; undefined by default. */
  readonly data: Data;

  /**
   * @param fileobj - the file object
   * @param fd - its file descriptor; not checked
   * @param events - EVENT_READ, EVENT_WRITE or both
   * @param data - any value
   */
  constructor(fileobj: FileDescriptorLike, fd: number, events: number, data: Data) {
    this.fileobj = fileobj;
    this.fd = fd;
    this.events = events;
    this.data = data;
    Object.freeze(this);
  }

  static {
    showAs(SelectorKey.prototype, 'SelectorKey', (key) => ({ ...key }));
  }
}
