/** The view of the registered file objects, the result of `getMap()`. */
import { type FileDescriptorLike, fileno, showAs } from '../values/index.js';
import type { SelectorKey } from './key.js';

/** A selector's keys by file descriptor: a Map, or an object with the same methods. */
export interface KeyTable<Data>
  extends Pick<Map<number, SelectorKey<Data>>, 'size' | 'get' | 'has' | 'delete' | 'clear'> {
  set(fd: number, key: SelectorKey<Data>): unknown;
  // Not MapIterator: TypeScript has it since 5.6 only.
  keys(): IterableIterator<number>;
  values(): IterableIterator<SelectorKey<Data>>;
  entries(): IterableIterator<[fd: number, key: SelectorKey<Data>]>;
}

/**
 * The registered file objects: read-only and live. Its keys are file descriptors; `get` and `has`
 * take the registered object as well. Once the selector is closed it is empty.
 * @platform POSIX
 */
export class SelectorMap<Data> implements Iterable<[fd: number, key: SelectorKey<Data>]> {
  readonly #keys: KeyTable<Data>;

  /** For `getMap()` only. */
  constructor(keys: KeyTable<Data>) {
    this.#keys = keys;
  }

  /** How many file objects are registered. */
  get size(): number {
    return this.#keys.size;
  }

  /**
   * @param fileobj - a registered object or its file descriptor
   * @returns its key; undefined if it is not registered
   * @throws TypeError, RangeError for a value without a file descriptor that is not registered
   */
  get(fileobj: FileDescriptorLike): SelectorKey<Data> | undefined {
    return this.#keys.get(lookUp(this.#keys, fileobj));
  }

  /**
   * @param fileobj - an object or a file descriptor
   * @returns whether it is registered
   * @throws TypeError, RangeError for a value without a file descriptor that is not registered
   */
  has(fileobj: FileDescriptorLike): boolean {
    return this.get(fileobj) !== undefined;
  }

  /** @returns the file descriptors, in the order of their registration */
  keys(): IterableIterator<number> {
    return this.#keys.keys();
  }

  /** @returns the keys of the registered objects, in the order of their registration */
  values(): IterableIterator<SelectorKey<Data>> {
    return this.#keys.values();
  }

  /** @returns pairs of a file descriptor and a key, in the order of their registration */
  entries(): IterableIterator<[fd: number, key: SelectorKey<Data>]> {
    return this.#keys.entries();
  }

  /** The same as {@link entries}. */
  [Symbol.iterator](): IterableIterator<[fd: number, key: SelectorKey<Data>]> {
    return this.#keys.entries();
  }

  static {
    showAs(SelectorMap.prototype, 'SelectorMap', (map) => Object.fromEntries(map));
  }
}

/**
 * The file descriptor under which an object is registered. An object without one, such as a closed
 * socket, is searched among the registered objects.
 */
export function lookUp<Data>(keys: KeyTable<Data>, fileobj: FileDescriptorLike): number {
  try {
    return fileno(fileobj, 'fileobj');
  } catch (error) {
    for (const key of keys.values()) if (key.fileobj === fileobj) return key.fd;
    throw error;
  }
}
