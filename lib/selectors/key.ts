/** What a selector knows of one registered file object. */
import type { FileDescriptorLike } from '../values/index.js';

/** Wait until there is something to read: data, end of file, a connection to accept. */
export const EVENT_READ = 1;
/** Wait until writing will not block. */
export const EVENT_WRITE = 2;
/**
 * Wait for an exceptional condition: on Linux, out-of-band data. Python's selectors do not have it,
 * and those of the public API refuse it; `fdselect/loop` needs it.
 */
export const EVENT_EXCEPT = 4;

/**
 * A registration: immutable; `modify` makes a new one.
 *
 * Mirrors https://docs.python.org/3/library/selectors.html#selectors.SelectorKey
 */
export class SelectorKey<Data = unknown> {
  /** What was registered. */
  readonly fileobj: FileDescriptorLike;
  /** Its file descriptor at that time. */
  readonly fd: number;
  /** EVENT_READ, EVENT_WRITE or both. */
  readonly events: number;
  /** What the caller has attached; undefined by default. */
  readonly data: Data;

  constructor(fileobj: FileDescriptorLike, fd: number, events: number, data: Data) {
    this.fileobj = fileobj;
    this.fd = fd;
    this.events = events;
    this.data = data;
    Object.freeze(this);
  }
}
