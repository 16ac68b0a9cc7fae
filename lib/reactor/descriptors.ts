/** The readers and writers of a reactor: objects that read and write their own file descriptors. */
import type { EventLoop, Watch } from '../loop/index.js';
import { checkHas } from '../values/index.js';
import { ConnectionLost } from './errors.js';
import { Failure } from './failure.js';

/** The common members of readers and writers. */
interface AnyDescriptor {
  /** @returns its file descriptor */
  fileno(): number;
  /**
   * Called when it is not watched any more: its method has failed, or the reactor stops.
   * @param reason - its `value` is the error; a {@link ConnectionLost} when the reactor stops
   */
  connectionLost(reason: Failure): void;
}

/**
 * An object that reads its own file descriptor; see `Reactor.addReader`.
 *
 * Mirrors `IReadDescriptor`:
 * https://docs.twisted.org/en/stable/api/twisted.internet.interfaces.IReadDescriptor.html
 */
export interface ReadDescriptor extends AnyDescriptor {
  /**
   * Called when it is readable. If it returns or throws an error, `connectionLost` is called.
   * @returns an Error, if it cannot read any more; anything else is ignored
   */
  doRead(): unknown;
}

/**
 * An object that writes to its own file descriptor; see `Reactor.addWriter`.
 *
 * Mirrors `IWriteDescriptor`:
 * https://docs.twisted.org/en/stable/api/twisted.internet.interfaces.IWriteDescriptor.html
 */
export interface WriteDescriptor extends AnyDescriptor {
  /**
   * Called when it is writable. If it returns or throws an error, `connectionLost` is called.
   * @returns an Error, if it cannot write any more; anything else is ignored
   */
  doWrite(): unknown;
}

export class Descriptors {
  readonly #loop: () => EventLoop;
  readonly #readers = new Map<ReadDescriptor, Watch>();
  readonly #writers = new Map<WriteDescriptor, Watch>();

  constructor(loop: () => EventLoop) {
    this.#loop = loop;
  }

  get readers(): ReadDescriptor[] {
    return [...this.#readers.keys()];
  }

  get writers(): WriteDescriptor[] {
    return [...this.#writers.keys()];
  }

  addReader(reader: ReadDescriptor): void {
    checkHas('reader', 'an object with doRead', reader, 'doRead');
    if (this.#readers.has(reader)) return;
    const onReadable = () => this.#call(reader, 'doRead', () => reader.doRead());
    this.#readers.set(reader, this.#loop().watch(reader, 'r', onReadable));
  }

  addWriter(writer: WriteDescriptor): void {
    checkHas('writer', 'an object with doWrite', writer, 'doWrite');
    if (this.#writers.has(writer)) return;
    const onWritable = () => this.#call(writer, 'doWrite', () => writer.doWrite());
    this.#writers.set(writer, this.#loop().watch(writer, 'w', onWritable));
  }

  removeReader(reader: ReadDescriptor): void {
    this.#readers.get(reader)?.cancel();
    this.#readers.delete(reader);
  }

  removeWriter(writer: WriteDescriptor): void {
    this.#writers.get(writer)?.cancel();
    this.#writers.delete(writer);
  }

  /** @returns the removed objects, each once */
  removeAll(): (ReadDescriptor | WriteDescriptor)[] {
    const all = new Set([...this.readers, ...this.writers]);
    for (const reader of this.readers) this.removeReader(reader);
    for (const writer of this.writers) this.removeWriter(writer);
    return [...all];
  }

  /** Ends all readers and writers, because the reactor stops. */
  stop(): void {
    const reason = new Failure(new ConnectionLost('Connection lost'));
    for (const descriptor of this.removeAll()) this.#tellLost(descriptor, reason);
  }

  #call(descriptor: AnyDescriptor, where: string, callback: () => unknown): void {
    this.#loop().guard(where, () => {
      try {
        const result = callback();
        if (result instanceof Error) this.#lose(descriptor, result);
      } catch (error) {
        this.#lose(descriptor, error);
        throw error;
      }
    });
  }

  #lose(descriptor: AnyDescriptor, error: unknown): void {
    this.removeReader(descriptor as ReadDescriptor);
    this.removeWriter(descriptor as WriteDescriptor);
    this.#tellLost(descriptor, new Failure(error));
  }

  #tellLost(descriptor: AnyDescriptor, reason: Failure): void {
    this.#loop().guard('connectionLost', () => descriptor.connectionLost(reason));
  }
}
