/** Standard output over a socket. */
import { BufferedFile, DEFAULT_BUFFER_SIZE } from '../io/internal.js';
import { isNode } from '../native/index.js';
import type { Socket } from '../socket/index.js';
import { type BytesLike, toBytes } from '../values/index.js';
import { WaitingIO } from './waiting.js';

/** CPython's exit code if it could not flush standard output. */
const EXIT_CODE = 120;

type Callback = (error?: Error | null) => void;

/**
 * Until `close()`, `process.stdout.write`, and so `console.log` and the like, write to a socket,
 * through a buffer that is flushed at the end of the process at the latest.
 */
export class RedirectedOutput {
  readonly #file: BufferedFile;
  readonly #undo: (() => void)[] = [];
  /** Handlers of 'exit' after ours may write too; then there is no later flush. */
  #isExiting = false;

  constructor(socket: Socket) {
    const raw = socket.makefile('wb', { buffering: 0 });
    this.#file = new BufferedFile(new WaitingIO(raw), 'w', DEFAULT_BUFFER_SIZE);
    this.#redirect();
  }

  /**
   * @throws OSError such as `EPIPE`; data that could not be sent stays, and the next flush throws
   *   again
   */
  flush(): void {
    this.#file.flush();
  }

  /** Restores standard output, flushes and closes, even after an error. */
  close(): void {
    for (const undo of this.#undo.reverse()) undo();
    this.#file.close();
  }

  #redirect(): void {
    const { stdout, stderr } = process;
    this.#undo.push(override(stdout, 'write', this.#write));
    // Otherwise console.log would send colours to a program.
    this.#undo.push(override(stdout, 'isTTY', false));
    // Only Node's console writes to process.stdout.
    if (!isNode) {
      const { Console } = process.getBuiltinModule('node:console');
      this.#undo.push(...overrideMethods(console, new Console({ stdout, stderr })));
    }
    process.on('exit', this.#onExit);
    this.#undo.push(() => process.off('exit', this.#onExit));
  }

  /** Replaces `process.stdout.write`; `console.log` ignores its errors. */
  readonly #write = (
    chunk: string | BytesLike,
    encoding?: BufferEncoding | Callback | null,
    callback?: Callback,
  ): boolean => {
    const [name, done] =
      typeof encoding === 'function' ? ['utf8' as const, encoding] : [encoding ?? 'utf8', callback];
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, name) : toBytes('chunk', chunk);
    let failure: Error | null = null;
    try {
      this.#file.write(bytes);
      if (this.#isExiting) this.#file.flush();
    } catch (error) {
      if (done === undefined) throw error;
      failure = error as Error;
    }
    if (done !== undefined) process.nextTick(done, failure);
    return true;
  };

  readonly #onExit = (code: number): void => {
    this.#isExiting = true;
    try {
      this.#file.flush();
    } catch (error) {
      process.stderr.write(`Exception ignored while flushing redirected output: ${error}\n`);
      if (code === 0) process.exitCode = EXIT_CODE;
    }
  };
}

/** Replaces a property of an object; returns the function that restores it. */
function override(object: object, name: string, value: unknown): () => void {
  const old = Object.getOwnPropertyDescriptor(object, name);
  const common = { configurable: true, enumerable: true, writable: true };
  Object.defineProperty(object, name, { ...common, value });
  return () => {
    if (old === undefined) Reflect.deleteProperty(object, name);
    else Object.defineProperty(object, name, old);
  };
}

function overrideMethods<T extends object>(object: T, other: T): (() => void)[] {
  return Object.entries(other).flatMap(([name, method]) =>
    typeof method === 'function' && name in object
      ? [override(object, name, method.bind(other))]
      : [],
  );
}
