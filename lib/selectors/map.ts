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
 */
export class SelectorMap<Data> implements Iterable<[fd: number, key: SelectorKey<Data>]> {
  readonly #keys: KeyTable<Data>;

  constructor(keys: KeyTable<Data>) {
    this.#keys = keys;
  }

  get size(): number {
    return this.#keys.size;
  }

  /** @throws TypeError, RangeError for a value without a file descriptor that is not registered */
  get(fileobj: FileDescriptorLike): SelectorKey<Data> | undefined {
    return this.#keys.get(lookUp(this.#keys, fileobj));
  }

  /** @throws TypeError, RangeError for a value without a file descriptor that is not registered */
  has(fileobj: FileDescriptorLike): boolean {
    return this.get(fileobj) !== undefined;
  }

  keys(): IterableIterator<number> {
    return this.#keys.keys();
  }

  values(): IterableIterator<SelectorKey<Data>> {
    return this.#keys.values();
  }

  entries(): IterableIterator<[fd: number, key: SelectorKey<Data>]> {
    return this.#keys.entries();
  }

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
