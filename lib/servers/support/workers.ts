/** `--workers N`: a program in N threads, each with its own listener on the same port. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { close, pipe, setBlocking, write } from 'fdselect/os';
import type { Socket } from 'fdselect/socket';
import { REST_SECONDS } from 'fdselect/stream';
import { openListener } from './listener.js';
import { printError } from './output.js';
import { type ServeOptions, sayWhere } from './start.js';

/** The `workerData` of a worker thread. */
export interface WorkerData {
  readonly name: string;
  readonly options: ServeOptions;
  readonly listener: number;
  readonly stop: number;
  readonly count: number;
  /** An int32: 1 as soon as the address was printed on stdout. */
  readonly gate: SharedArrayBuffer;
}

/** A message from a worker thread. */
export type WorkerMessage = { listens: true } | { failure: Failure };

/** An error, with the properties by which the command recognizes one of the system. */
export interface Failure {
  readonly message: string;
  readonly code?: string;
  readonly syscall?: string;
}

/**
 * Serves until SIGINT or SIGTERM, and until the farewell of every worker is over.
 *
 * @param name - of the program
 * @throws OSError such as `EADDRINUSE`; the error of a worker that cannot start
 */
export async function serveInWorkers(
  name: string,
  count: number,
  options: ServeOptions,
): Promise<void> {
  const pool = new Pool(name, count, options);
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const onSignal = () => pool.stop();
  for (const signal of signals) process.on(signal, onSignal);
  try {
    await pool.run();
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}

class Pool {
  readonly #name: string;
  readonly #options: ServeOptions;
  /** They stay open while their workers are replaced, so that connections in their queues are served. */
  readonly #listeners: readonly Socket[];
  /** The worker of each listener; the last one, if it has ended. */
  readonly #workers: Running[] = [];
  readonly #gate = new SharedArrayBuffer(4);
  /** A pipe for each worker that runs; a byte is a signal. */
  readonly #stops = new Set<number>();
  #signals = 0;
  /** Ends the pause before a replacement. */
  readonly #stopped = new AbortController();

  constructor(name: string, count: number, options: ServeOptions) {
    this.#name = name;
    this.#options = options;
    this.#listeners = openListeners(count, options);
  }

  /** @throws the error of a first worker */
  async run(): Promise<void> {
    const address = this.#listeners[0]?.getsockname() as [string, number];
    for (const index of this.#listeners.keys()) this.#start(index);
    try {
      await Promise.all(this.#workers.map(({ listens }) => listens));
      sayWhere(this.#options, address);
    } catch (error) {
      await Promise.all(this.#workers.map(({ thread }) => thread.terminate()));
      throw error;
    }
    const gate = new Int32Array(this.#gate);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await Promise.all(this.#workers.map((_, index) => this.#keep(index)));
  }

  /** Passes a signal on to every worker. */
  stop(): void {
    this.#signals++;
    this.#stopped.abort();
    for (const fd of this.#stops) write(fd, Buffer.of(0));
    // A listener ends with its last fd; the worker closes its own. One that is only starting has none yet.
    for (const [index, { listens }] of this.#workers.entries()) {
      const close = () => this.#listeners[index]?.close();
      listens.then(close, close);
    }
  }

  /** Replaces a worker each time it ends, until a signal arrives. */
  async #keep(index: number): Promise<void> {
    for (;;) {
      const began = performance.now();
      const failure = await this.#workers[index]?.ended;
      if (this.#signals > 0) return;
      const message = failure?.message ?? 'without an error';
      printError(`worker ${index + 1} has ended (${message}); another one takes its place`);
      // An error that lasts must not keep a core busy.
      if (performance.now() - began < REST_SECONDS * 1000) await this.#rest();
      if (this.#signals > 0) return;
      this.#start(index).listens.catch(() => {}); // `ended` has the error too
    }
  }

  #rest(): Promise<unknown> {
    const { signal } = this.#stopped;
    const timer = new Promise((resolve) => setTimeout(resolve, REST_SECONDS * 1000));
    return Promise.race([timer, once(signal, 'abort')]);
  }

  #start(index: number): Running {
    const [stop, signal] = pipe();
    setBlocking(stop, false);
    this.#stops.add(signal);
    // Earlier signals are for this worker too.
    for (let i = 0; i < this.#signals; i++) write(signal, Buffer.of(0));
    const workerData: WorkerData = {
      name: this.#name,
      options: this.#options,
      listener: (this.#listeners[index] as Socket).fileno(),
      stop,
      count: this.#listeners.length,
      gate: this.#gate,
    };
    const running = new Running(workerData);
    this.#workers[index] = running;
    running.ended.finally(() => {
      this.#stops.delete(signal);
      close(signal);
      close(stop);
    });
    return running;
  }
}

/** A worker thread that was started. */
class Running {
  readonly thread: Worker;
  /** Rejected if it ends before it listens. */
  readonly listens: Promise<void>;
  /** The error that has ended it; null if there was none. */
  readonly ended: Promise<Failure | null>;

  constructor(workerData: WorkerData) {
    let failure: Failure | null = null;
    this.thread = new Worker(new URL('../worker.js', import.meta.url), { workerData });
    this.thread.on('error', (error) => {
      failure = error as Failure;
    });
    this.ended = new Promise((resolve) => {
      this.thread.on('exit', () => resolve(failure));
    });
    this.listens = new Promise((resolve, reject) => {
      this.thread.on('message', (message: WorkerMessage) => {
        if ('listens' in message) resolve();
        else failure = message.failure;
      });
      this.ended.then((reason) => {
        const { message = 'a worker has ended', ...properties } = reason ?? {};
        reject(Object.assign(new Error(message), properties));
      });
    });
  }
}

/** @throws OSError such as `EADDRINUSE`, even if the other listener has SO_REUSEPORT set */
function openListeners(count: number, options: ServeOptions): Socket[] {
  // With SO_REUSEPORT, binding does not fail if another server of the same user has the port.
  if (options.port !== 0) openListener(options).close();
  const listeners: Socket[] = [];
  try {
    let { host, port } = options;
    while (listeners.length < count) {
      const listener = openListener({ ...options, host, port }, true);
      listeners.push(listener);
      [host, port] = listener.getsockname() as [string, number];
    }
    return listeners;
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
}
