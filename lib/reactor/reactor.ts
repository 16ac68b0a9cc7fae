/** `Reactor`: the event loop with Twisted's names. */

import type { Watch } from '../loop/index.js';
import { EventLoop, type EventLoopOptions } from '../loop/index.js';
import { bind } from '../loop/internal.js';
import { checkSelector } from '../selectors/internal.js';
import { type SignalPipe, signalPipe } from '../signal/index.js';
import {
  type FileDescriptorLike,
  fileno,
  INT_MAX,
  integer,
  showAs,
  toOptions,
  typeError,
} from '../values/index.js';
import type { WaitOptions } from '../waits/index.js';
import { throwIfAborted } from '../waits/internal.js';
import { TCPConnector } from './connector.js';
import { ReactorCall } from './delayed-call.js';
import { Descriptors, type ReadDescriptor, type WriteDescriptor } from './descriptors.js';
import { ReactorAlreadyRunning, ReactorNotRunning } from './errors.js';
import type { ClientFactory, Factory } from './factory.js';
import { Network } from './network.js';
import { adopted, type Place, Port } from './port.js';
import { type Phase, type SystemEvent, type SystemEventTrigger, Triggers } from './triggers.js';

/** The options of `EventLoop`. */
export type ReactorOptions = EventLoopOptions;

/** The options of {@link Reactor.run} and {@link Reactor.runAsync}. */
export interface RunOptions {
  /**
   * Whether SIGINT and SIGTERM stop it: the first as {@link Reactor.stop}, a second one at once. Their
   * former actions are restored afterwards. Default: true for `run`, during which Node's own signal
   * handlers cannot run; false for `runAsync`.
   */
  installSignalHandlers?: boolean | undefined;
}

type State = 'idle' | 'running' | 'stopping';

/**
 * Waits for events and calls the methods of protocols and factories. Opens no file descriptor before
 * it is used.
 *
 * Mirrors Twisted's reactor, `IReactorCore`, `IReactorTime`, `IReactorTCP`, `IReactorFDSet`:
 * https://docs.twisted.org/en/stable/api/twisted.internet.interfaces.html
 *
 * @platform POSIX
 */
export class Reactor {
  readonly #options: ReactorOptions;
  #eventLoop: EventLoop | null = null;
  readonly #network: Network;
  readonly #descriptors: Descriptors;
  readonly #triggers = new Triggers();
  readonly #calls = new Set<ReactorCall>();
  #state: State = 'idle';
  #signals: SignalPipe | null = null;
  #watch: Watch | null = null;
  #release: (() => void) | null = null;
  /** Whether every `connectionLost` was called, so that only unsent bytes keep it running. */
  #isFlushing = false;
  /** Whether to end without waiting, such as after a second signal. */
  #isUrgent = false;

  /**
   * @param options - `selector`: the system call of the waits, 'select', 'poll' or 'epoll'; default: the
   *   best one. `onError(error, where)`: gets the errors of callbacks; default: prints them to stderr
   * @throws RangeError, TypeError for bad options
   */
  constructor(options: ReactorOptions = {}) {
    checkSelector(toOptions(options).selector);
    this.#options = options;
    this.#descriptors = new Descriptors(() => this.loop);
    this.#network = new Network(this);
  }

  static {
    showAs(Reactor.prototype, 'Reactor', ({ running }) => ({ running }));
  }

  /** The event loop, made at the first use. */
  get loop(): EventLoop {
    this.#eventLoop ??= new EventLoop(this.#options);
    return this.#eventLoop;
  }

  /** Whether it runs, and is not stopping. */
  get running(): boolean {
    return this.#state === 'running';
  }

  /** @returns the current time in seconds on the reactor's clock, which is monotonic */
  seconds(): number {
    return this.loop.time();
  }

  /**
   * Calls `callback` once, in a later turn, after `seconds`.
   * @param seconds - 0 or more
   * @param callback - an error that it throws is passed to `onError`
   * @param args - arguments of the callback
   * @returns the call, for cancelling or moving it
   * @throws RangeError, TypeError for bad arguments
   */
  callLater<A extends unknown[]>(
    seconds: number,
    callback: (...args: A) => void,
    ...args: A
  ): ReactorCall {
    if (typeof callback !== 'function') throw typeError('callback', 'a function', callback);
    const owner = {
      loop: this.loop,
      mayCall: () => !this.#isFlushing,
      ended: () => this.#calls.delete(call),
    };
    const call = new ReactorCall(owner, seconds, () => callback(...args));
    this.#calls.add(call);
    return call;
  }

  /**
   * As `call.cancel()`.
   * @param call - the result of {@link callLater}
   * @throws AlreadyCalled, AlreadyCancelled
   */
  cancelCallLater(call: ReactorCall): void {
    if (!(call instanceof ReactorCall)) throw typeError('call', "callLater's result", call);
    call.cancel();
  }

  /** @returns the pending calls */
  getDelayedCalls(): ReactorCall[] {
    return [...this.#calls];
  }

  /**
   * Calls `callback` once, in the next turn, after those that were added before, and ends the current
   * wait. From another thread, wake the reactor by `Waker.fromfd(reactor.loop.wakeFd)`.
   * @param callback - an error that it throws is passed to `onError`
   * @param args - arguments of the callback
   * @throws TypeError if it is not a function
   */
  callFromThread<A extends unknown[]>(callback: (...args: A) => void, ...args: A): void {
    this.loop.callFromThread(callback, ...args);
  }

  /**
   * Calls `callback` at once if the reactor runs, otherwise when it starts.
   * @param callback - an error that it throws is passed to `onError`, unless it is called at once
   * @param args - arguments of the callback
   * @returns an argument for `removeSystemEventTrigger`; null if it was called
   * @throws TypeError if it is not a function; its own errors, if it is called at once
   */
  callWhenRunning<A extends unknown[]>(
    callback: (...args: A) => void,
    ...args: A
  ): SystemEventTrigger | null {
    if (!this.running) {
      return this.addSystemEventTrigger('after', 'startup', callback, ...args);
    }
    callback(...args);
    return null;
  }

  /**
   * Calls `callback` once, at the next start or stop of the reactor.
   *
   * @param phase - 'before', 'during' or 'after' the event: before a shutdown everything still works;
   *   during it every `connectionLost` is called; after it all sockets are closed
   * @param event - 'startup' or 'shutdown'
   * @param callback - an error that it throws is passed to `onError`
   * @param args - arguments of the callback
   * @returns an argument for {@link removeSystemEventTrigger}
   * @throws RangeError, TypeError for bad arguments
   */
  addSystemEventTrigger<A extends unknown[]>(
    phase: Phase,
    event: SystemEvent,
    callback: (...args: A) => void,
    ...args: A
  ): SystemEventTrigger {
    if (typeof callback !== 'function') throw typeError('callback', 'a function', callback);
    return this.#triggers.add(phase, event, bind(callback, args));
  }

  /**
   * @param trigger - the result of {@link addSystemEventTrigger}
   * @throws KeyError if it was already called or removed
   */
  removeSystemEventTrigger(trigger: SystemEventTrigger): void {
    this.#triggers.remove(trigger);
  }

  /**
   * Listens on a TCP port, with SO_REUSEADDR.
   *
   * @param port - 0: a free port; see `getHost` of the result
   * @param factory - builds a protocol for each connection
   * @param backlog - how many connections the kernel keeps until they are accepted
   * @param host - the address of the interface ("interface" in Twisted), IPv4 or IPv6; `''`: every
   *   IPv4 interface, which is Twisted's default
   * @returns the port, which listens
   * @throws CannotListenError such as `EADDRINUSE`; TypeError, RangeError for bad arguments, such as a
   *   `factory.protocol` that is not a class
   */
  listenTCP(port: number, factory: Factory, backlog = 50, host = '127.0.0.1'): Port {
    integer('backlog', backlog, 0, INT_MAX);
    return this.#listen(factory, { host, port, backlog });
  }

  /**
   * Listens on a TCP socket that listens already, such as one of systemd's.
   *
   * Mirrors `IReactorSocket.adoptStreamPort`; the kernel says which address family the socket has.
   *
   * @param fileDescriptor - it is duplicated, and stays the caller's
   * @param factory - builds a protocol for each connection
   * @returns the port, which listens
   * @throws CannotListenError such as `EBADF`, `EINVAL` for a socket that is not a TCP socket;
   *   TypeError, RangeError for bad arguments
   */
  adoptStreamPort(fileDescriptor: FileDescriptorLike, factory: Factory): Port {
    return this.#listen(factory, adopted(fileno(fileDescriptor)));
  }

  #listen(factory: Factory, place: Place): Port {
    const listening = new Port(this.#network, factory, place);
    listening.startListening();
    return listening;
  }

  /**
   * Connects to a TCP port. The factory's methods report the progress; before this has returned, only
   * `startedConnecting` is called.
   *
   * @param host - an address, or a name, all of whose addresses are tried
   * @param port - from 0 to 65535
   * @param factory - builds the protocol; its methods are called with the progress
   * @param timeout - seconds until the attempt fails with `ETIMEDOUT`; null: the system's own limit
   * @returns the connector, for giving up and for connecting again
   * @throws TypeError, RangeError for bad arguments
   */
  connectTCP(
    host: string,
    port: number,
    factory: ClientFactory,
    timeout: number | null = 30,
  ): TCPConnector {
    const connector = new TCPConnector(this.#network, host, port, factory, timeout);
    connector.connect();
    return connector;
  }

  /**
   * Calls `reader.doRead()` whenever it is readable. Idempotent.
   * @param reader - an object with `fileno`, `doRead` and `connectionLost`
   * @throws OSError `EBADF` if the fd is closed; TypeError, RangeError for an object without one
   */
  addReader(reader: ReadDescriptor): void {
    this.#descriptors.addReader(reader);
  }

  /**
   * Calls `writer.doWrite()` whenever it is writable. Idempotent.
   * @param writer - an object with `fileno`, `doWrite` and `connectionLost`
   * @throws as {@link addReader}
   */
  addWriter(writer: WriteDescriptor): void {
    this.#descriptors.addWriter(writer);
  }

  /** Undoes {@link addReader} of `reader`. Call it before the file descriptor is closed. Idempotent. */
  removeReader(reader: ReadDescriptor): void {
    this.#descriptors.removeReader(reader);
  }

  /** Undoes {@link addWriter} of `writer`. Call it before the file descriptor is closed. Idempotent. */
  removeWriter(writer: WriteDescriptor): void {
    this.#descriptors.removeWriter(writer);
  }

  /**
   * Removes all readers and writers; not ports and transports.
   * @returns the removed objects, each once
   */
  removeAll(): (ReadDescriptor | WriteDescriptor)[] {
    return this.#descriptors.removeAll();
  }

  /** @returns the objects of {@link addReader} */
  getReaders(): ReadDescriptor[] {
    return this.#descriptors.readers;
  }

  /** @returns the objects of {@link addWriter} */
  getWriters(): WriteDescriptor[] {
    return this.#descriptors.writers;
  }

  /**
   * Runs until {@link stop} is called, even if there is nothing to do. Blocks the thread: Node's own
   * timers and promises do not run. May be called again afterwards.
   *
   * @param options - see {@link RunOptions}
   * @throws ReactorAlreadyRunning
   */
  run(options: RunOptions = {}): void {
    const { installSignalHandlers = true } = toOptions(options);
    this.#checkIdle();
    try {
      this.#begin(installSignalHandlers);
      if (this.running) this.loop.run();
      this.#shutDown();
      if (this.#mustFlush) this.loop.run();
      this.#fire('after', 'shutdown');
    } finally {
      this.#end();
    }
  }

  /**
   * As {@link run}, but Node's own event loop runs during the waits.
   *
   * @param options - `signal`: when it is aborted, the reactor stops as by {@link stop}
   * @returns a promise for the end; rejected with the signal's reason, or with ReactorAlreadyRunning
   */
  async runAsync(options: RunOptions & WaitOptions = {}): Promise<void> {
    throwIfAborted(options);
    const { installSignalHandlers = false, signal } = options;
    this.#checkIdle();
    try {
      this.#begin(installSignalHandlers);
      if (this.running) await this.#runUntilStopped(signal);
      this.#shutDown();
      if (this.#mustFlush) await this.loop.runAsync();
      this.#fire('after', 'shutdown');
    } finally {
      this.#end();
    }
    throwIfAborted(options);
  }

  /**
   * Ends `run`. Events that are ready are still handled. Then every open connection gets a
   * {@link ConnectionLost}, ports stop listening, and attempts to connect fail. `run` returns when the
   * unsent bytes have been sent, within two seconds. Pending calls are kept for the next run.
   *
   * @throws ReactorNotRunning, also if it is already stopping
   */
  stop(): void {
    if (!this.running) throw new ReactorNotRunning();
    this.#state = 'stopping';
    this.loop.stop();
  }

  /**
   * Frees everything at once: resets connections, cancels pending calls, removes readers and writers. A
   * running reactor stops first. The reactor can be used again afterwards. Idempotent.
   */
  close(): void {
    if (this.#state !== 'idle') {
      this.#hurry();
      return;
    }
    this.#network.closePorts();
    for (const call of [...this.#calls]) call.cancel();
    this.#descriptors.removeAll();
    this.#eventLoop?.close();
    this.#eventLoop = null;
  }

  /** The same as {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #checkIdle(): void {
    if (this.#state !== 'idle') throw new ReactorAlreadyRunning();
  }

  #begin(installSignalHandlers: boolean): void {
    this.#state = 'running';
    this.#isUrgent = false;
    if (installSignalHandlers) {
      this.#signals = signalPipe('SIGINT', 'SIGTERM');
      this.#watch = this.loop.watch(this.#signals, 'r', () => this.#onSignal());
    }
    this.#release = this.loop.hold();
    for (const phase of ['before', 'during', 'after'] as const) this.#fire(phase, 'startup');
  }

  async #runUntilStopped(signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.loop.runAsync({ signal });
    } catch (error) {
      if (signal?.aborted !== true) throw error;
      if (this.running) this.stop();
    }
  }

  #shutDown(): void {
    this.#fire('before', 'shutdown');
    this.#network.stop(() => this.loop.stop());
    this.#descriptors.stop();
    this.#fire('during', 'shutdown');
    this.#isFlushing = true;
  }

  get #mustFlush(): boolean {
    return this.#network.isOpen && !this.#isUrgent;
  }

  #end(): void {
    this.#network.stopped();
    this.#release?.();
    this.#watch?.cancel();
    this.#signals?.close();
    this.#release = this.#watch = this.#signals = null;
    this.#state = 'idle';
    this.#isFlushing = false;
    for (const call of [...this.#calls]) call.release();
    if (this.#isUrgent) this.close();
  }

  #onSignal(): void {
    const count = this.#signals?.read().length ?? 0;
    if (this.running && count === 1) this.stop();
    else if (count > 0) this.#hurry();
  }

  /** Stops without waiting for peers. */
  #hurry(): void {
    this.#isUrgent = true;
    if (this.running) this.stop();
    else this.loop.stop();
  }

  #fire(phase: Phase, event: SystemEvent): void {
    for (const callback of this.#triggers.take(phase, event)) {
      this.loop.guard(`${phase} ${event}`, callback);
    }
  }
}
