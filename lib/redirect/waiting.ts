/** Raw files that wait even if O_NONBLOCK is set: another process may have set it. */
import type { RawIO, SystemCalls } from '../io/internal.js';
import { errnoNumber, native } from '../native/index.js';
import { check } from '../values/index.js';
import { POLLIN, POLLOUT, Poll } from '../waits/index.js';

const EAGAIN = errnoNumber('EAGAIN');
const EWOULDBLOCK = errnoNumber('EWOULDBLOCK');

function waitFor(fd: number, events: number): void {
  const poller = new Poll();
  poller.register(fd, events);
  poller.poll();
}

/** A raw file whose calls never return null: they wait instead. */
export class WaitingIO implements RawIO {
  readonly #raw: RawIO;

  constructor(raw: RawIO) {
    this.#raw = raw;
  }

  get calls(): SystemCalls {
    return this.#raw.calls;
  }

  fileno(): number {
    return this.#raw.fileno();
  }

  readinto(buffer: Uint8Array): number {
    for (;;) {
      const received = this.#raw.readinto(buffer);
      if (received !== null) return received;
      waitFor(this.fileno(), POLLIN);
    }
  }

  write(data: Uint8Array): number {
    for (;;) {
      const sent = this.#raw.write(data);
      if (sent !== null) return sent;
      waitFor(this.fileno(), POLLOUT);
    }
  }

  close(): void {
    this.#raw.close();
  }
}

/** The process's own standard input, for reading. */
export class StandardInput implements RawIO {
  readonly calls: SystemCalls = { read: 'read', write: 'write' };

  fileno(): number {
    return 0;
  }

  readinto(buffer: Uint8Array): number | null {
    // The end of a worker ends poll(2), but not read(2).
    waitFor(0, POLLIN);
    const received = native.read(0, buffer);
    if (received === -EAGAIN || received === -EWOULDBLOCK) return null;
    return check(received, 'read');
  }

  write(): never {
    throw new Error('standard input is for reading');
  }

  close(): void {}
}
