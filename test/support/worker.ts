/** A worker thread that runs a function of a test; it posts "ready" before it begins. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

// The source is evaluated, so the package has to be found from where it is.
const prelude = `
const { parentPort, workerData } = require('node:worker_threads');
const { createRequire } = require('node:module');
const resolve = createRequire(workerData.package + 'package.json').resolve;
const load = async (name) => import(require('node:url').pathToFileURL(resolve(name)).href);
`;

function messageOf(worker: Worker, isIt: (message: unknown) => boolean): Promise<unknown> {
  return new Promise((resolve) => {
    worker.on('message', (message) => {
      if (isIt(message)) resolve(message);
    });
  });
}

export class InWorker<Result> {
  readonly #worker: Worker;
  readonly #answer: Promise<Result>;
  readonly #result: Promise<Result>;

  private constructor(worker: Worker, answer: Promise<Result>, result: Promise<Result>) {
    this.#worker = worker;
    this.#answer = answer;
    this.#result = result;
  }

  /**
   * Starts a worker and waits until it is about to call `run`: from then on the main thread may
   * block. `run` is passed as text: it sees its argument and what the package exports, no more.
   */
  static async start<Argument, Result>(
    run: (argument: Argument, fdselect: Exports) => Result | Promise<Result>,
    argument: Argument,
  ): Promise<InWorker<Result>> {
    const source = `${prelude}
(async () => {
  const names = ['fdselect', 'fdselect/os', 'fdselect/selectors', 'fdselect/socket'];
  const exports = Object.assign({}, ...(await Promise.all(names.map(load))));
  parentPort.postMessage('ready');
  parentPort.postMessage({ result: await (${run})(workerData.argument, exports) });
})();`;
    const worker = new Worker(source, { eval: true, workerData: { package: PACKAGE, argument } });
    const failed = new Promise<never>((_, reject) => worker.once('error', reject));
    failed.catch(() => {});
    const exited = once(worker, 'exit');
    // Both listen from the start, so that events that come together are reported together.
    const ready = messageOf(worker, (message) => message === 'ready');
    const answer = messageOf(worker, (message) => message !== 'ready').then(
      (message) => (message as { result: Result }).result,
    );
    await Promise.race([ready, failed]);
    const result = Promise.race([answer, failed]).then(async (value) => {
      await exited;
      return value;
    });
    result.catch(() => {});
    return new InWorker(worker, answer, result);
  }

  /** The result of the function, or the one that it has posted as `{ result }` while it continues. */
  get answer(): Promise<Result> {
    return this.#answer;
  }

  /** What the function has returned, once the worker has ended. */
  get result(): Promise<Result> {
    return this.#result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}

/** What the package exports, of all its entries. */
export type Exports = typeof import('fdselect') &
  typeof import('fdselect/os') &
  typeof import('fdselect/selectors') &
  typeof import('fdselect/socket');

/** Runs a function in a worker and returns what it returns. */
export async function inWorker<Argument, Result>(
  run: (argument: Argument, fdselect: Exports) => Result | Promise<Result>,
  argument: Argument,
): Promise<Result> {
  await using worker = await InWorker.start(run, argument);
  return await worker.result;
}
