/** The common part of the selectors over a system call: the map of keys, and its changes. */
import {
  closedError,
  concurrentPollError,
  type FileDescriptorLike,
  integer,
  KeyError,
  OSError,
  selectorTimeout,
} from '../values/index.js';
import type { Watcher } from '../waits/internal.js';
import { BaseSelector, pollEvents, type Ready } from './base.js';
import { EVENT_READ, EVENT_WRITE, SelectorKey } from './key.js';
import { type KeyTable, lookUp, SelectorMap } from './map.js';

/** A selector over select, poll or epoll. */
export abstract class SystemSelector<Data = unknown> extends BaseSelector<Data> {
  protected override get tellsChanges(): boolean {
    return true;
  }

  /** All events that can be registered. */
  protected readonly allEvents: number = EVENT_READ | EVENT_WRITE;
  readonly #keys = this.newKeys();
  readonly #map = new SelectorMap(this.#keys);
  #isClosed = false;

  /** Adds an fd to the set of the system call. If it throws, it has changed nothing. */
  protected abstract add(fd: number, events: number): void;
  /** Changes the events of an fd in the set. If it throws, it has changed nothing. */
  protected abstract change(fd: number, events: number): void;
  /** Removes an fd from the set. */
  protected abstract remove(fd: number): void;
  /** Waits at most these `seconds`; null: without a limit. */
  protected abstract wait(seconds: number | null): Ready<Data>[];

  register(fileobj: FileDescriptorLike, events: number, data?: Data): SelectorKey<Data> {
    this.#throwIfClosed();
    const mask = this.checkEvents(events);
    const fd = lookUp(this.#keys, fileobj);
    if (this.#keys.has(fd)) throw new KeyError(fileobj, 'ERR_ALREADY_REGISTERED');
    this.add(fd, mask);
    return this.#set(new SelectorKey(fileobj, fd, mask, data as Data));
  }

  unregister(fileobj: FileDescriptorLike): SelectorKey<Data> {
    const key = this.getKey(fileobj);
    this.#drop(key);
    return key;
  }

  override modify(fileobj: FileDescriptorLike, events: number, data?: Data): SelectorKey<Data> {
    const key = this.getKey(fileobj);
    const mask = this.checkEvents(events);
    if (key.events === mask && key.data === data) return key;
    if (key.events !== mask) {
      try {
        this.change(key.fd, mask);
      } catch (error) {
        this.#drop(key);
        throw error;
      }
    }
    return this.#set(new SelectorKey(key.fileobj, key.fd, mask, data as Data));
  }

  select(timeout?: number | null): Ready<Data>[] {
    this.#throwIfClosed();
    const seconds = selectorTimeout(timeout, this.longest);
    if (this.pending !== null && !this.mayWaitTwice()) throw concurrentPollError();
    return this.wait(seconds);
  }

  getMap(): SelectorMap<Data> | null {
    return this.#isClosed ? null : this.#map;
  }

  override close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#keys.clear();
    this.pending?.fail(closedError('selector'));
    this.endWatching();
  }

  protected override selectNow(): Ready<Data>[] {
    return this.wait(0);
  }

  /** The check of an argument: one or more of {@link allEvents}. */
  protected checkEvents(events: number): number {
    return integer('events', events, EVENT_READ, this.allEvents);
  }

  /** The table of keys: in the order of their registration, as in Python. */
  protected newKeys(): KeyTable<Data> {
    return new Map();
  }

  /** The key of a registered fd. */
  protected keyOf(fd: number): SelectorKey<Data> | undefined {
    return this.#keys.get(fd);
  }

  /** Whether it may wait while an asynchronous wait, or one in another thread, is pending. */
  protected mayWaitTwice(): boolean {
    return false;
  }

  /** Changes the set of the pending or the next asynchronous wait; events 0 removes the fd. */
  protected watchChange(wait: Watcher, fd: number, events: number): void {
    if (events === 0) wait.unwatch(fd);
    else wait.watch(fd, pollEvents(events));
  }

  #set(key: SelectorKey<Data>): SelectorKey<Data> {
    this.#keys.set(key.fd, key);
    if (this.watcher !== null) this.watchChange(this.watcher, key.fd, key.events);
    return key;
  }

  #drop({ fd }: SelectorKey<Data>): void {
    this.#keys.delete(fd);
    if (this.watcher !== null) this.watchChange(this.watcher, fd, 0);
    try {
      this.remove(fd);
    } catch (error) {
      // If the file was closed before, the kernel has removed it already.
      if (!(error instanceof OSError)) throw error;
    }
  }

  #throwIfClosed(): void {
    if (this.#isClosed) throw closedError('selector');
  }
}
