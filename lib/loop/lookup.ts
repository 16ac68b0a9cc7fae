/** Host names are looked up without blocking the loop, whether it runs in Node's own loop or not. */
import type { MessagePort, Worker } from 'node:worker_threads';
import { close, pipe, read } from '../os/index.js';
import { OSError } from '../values/index.js';
import type { EventLoop } from './event-loop.js';
import type { Watch } from './watch.js';

// Loaded with the first name, as most programs connect to no name.
const dns = () => process.getBuiltinModule('node:dns');
const threads = () => process.getBuiltinModule('node:worker_threads');

/** An address of a host. */
export interface FoundAddress {
  address: string;
  family: number;
}

/** Runs once in the loop, with at least one address or with the error. */
export type OnFound = (error: OSError | null, found: FoundAddress[]) => void;

interface Answer {
  id: number;
  errno: number;
  found: FoundAddress[];
}

/** What an answer writes to the pipe, so that the loop wakes. */
const SIGN = 'x';

/**
 * The other thread. It answers on the port first, then writes to the pipe. A pipe that was closed
 * meanwhile is EPIPE and no loss, as nothing waits for the answer any more.
 */
const PROGRAM = `
Promise.all([import('node:dns'), import('node:fs'), import('node:worker_threads')]).then(
  ([{ lookup }, { writeSync }, { workerData: { port, fd } }]) =>
    port.on('message', ({ id, host, family }) =>
      lookup(host, { all: true, family, verbatim: true }, (error, found) => {
        port.postMessage({ id, errno: error?.errno ?? 0, found: found ?? [] });
        try { writeSync(fd, '${SIGN}') } catch {}
      })));
`;

/** The look-ups of one event loop. */
export class Lookups {
  readonly #loop: EventLoop;
  #helper: Helper | null = null;

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  /**
   * Looks a host up. The loop goes on running until the answer is there.
   * @param family - 0 for any, 4 or 6
   * @param isAsync - whether the loop lets Node's own event loop go on
   */
  start(host: string, family: number, isAsync: boolean, onFound: OnFound): void {
    const release = this.#loop.hold();
    const answer = (errno: number, found: FoundAddress[]) => {
      release();
      const error = errno === 0 ? null : new OSError(errno, 'getaddrinfo', ` (${host})`);
      onFound(error, found);
    };
    try {
      if (isAsync) this.#lookUpInNode(host, family, answer);
      else {
        this.#helper ??= new Helper(this.#loop);
        this.#helper.start(host, family, answer);
      }
    } catch (error) {
      release();
      throw error;
    }
  }

  close(): void {
    this.#helper?.close();
    this.#helper = null;
  }

  #lookUpInNode(host: string, family: number, answer: WhenAnswered): void {
    dns().lookup(host, { all: true, family, verbatim: true }, (error, found) => {
      if (this.#loop.isClosed) return;
      this.#loop.callSoon(() => answer(error?.errno ?? 0, found ?? []));
    });
  }
}

type WhenAnswered = (errno: number, found: FoundAddress[]) => void;

/**
 * A worker thread that looks names up, for a loop that blocks this thread. It begins with the first
 * look-up and ends with the loop, as to begin takes longer than most look-ups.
 */
class Helper {
  readonly #port: MessagePort;
  readonly #worker: Worker;
  readonly #readFd: number;
  readonly #watch: Watch;
  readonly #pending = new Map<number, WhenAnswered>();
  #count = 0;

  constructor(loop: EventLoop) {
    const [readFd, writeFd] = pipe();
    const { MessageChannel, Worker } = threads();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#readFd = readFd;
    try {
      this.#watch = loop.watch(readFd, 'r', () => this.#onAnswer()).unref();
      this.#worker = new Worker(PROGRAM, {
        eval: true,
        workerData: { port: port2, fd: writeFd },
        transferList: [port2],
      });
    } catch (error) {
      port1.close();
      close(readFd);
      close(writeFd);
      throw error;
    }
    // Not earlier: the thread might write to another file that has got the number since.
    this.#worker.once('exit', () => close(writeFd));
    this.#worker.on('error', () => {}); // 'exit' follows
    this.#worker.unref();
    port1.unref();
  }

  start(host: string, family: number, answer: WhenAnswered): void {
    const id = this.#count++;
    this.#pending.set(id, answer);
    this.#port.postMessage({ id, host, family });
  }

  close(): void {
    this.#pending.clear();
    this.#watch.cancel();
    this.#port.close();
    close(this.#readFd);
    void this.#worker.terminate();
  }

  #onAnswer(): void {
    read(this.#readFd, 64);
    for (;;) {
      const received = threads().receiveMessageOnPort(this.#port) as
        | { message: Answer }
        | undefined;
      if (received === undefined) return;
      const { id, errno, found } = received.message;
      const answer = this.#pending.get(id);
      this.#pending.delete(id);
      answer?.(errno, found);
    }
  }
}
