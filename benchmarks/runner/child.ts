/** The processes of a run: pinned to a CPU; they exchange lines of JSON, and end with the run. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Command } from './contender.js';
import { hasSetpriv } from './tools.js';

/** Milliseconds; a process that does not answer within this time has failed. */
const PATIENCE_MS = 60_000;

export interface ChildOptions {
  /** null: not pinned. */
  cpu: number | null;
  /** Becomes the child's fd 3. */
  fd?: number;
}

const running = new Set<ChildProcess>();

// For every end of this process except SIGKILL, for which there is setpriv.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a command, pinned to a CPU or not; it ends with this process. */
export function start(command: Command, cpu: number | null, stdio: StdioOptions): ChildProcess {
  const bound = hasSetpriv() ? ['setpriv', '--pdeathsig', 'KILL'] : [];
  const pin = cpu === null ? [] : ['taskset', '--cpu-list', String(cpu)];
  const [file, ...args] = [...bound, ...pin, ...command] as [string, ...string[]];
  // A session of its own: Ctrl+C in a terminal would end it before this process knows why it ends.
  const child = spawn(file, args, { stdio, detached: true });
  running.add(child);
  child.once('close', () => running.delete(child));
  child.on('error', () => {}); // the next answer reports it
  return child;
}

export class Child {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #closed: Promise<unknown>;
  #stderr = '';

  constructor(command: Command, { cpu, fd }: ChildOptions) {
    const more = fd === undefined ? [] : [fd];
    this.#process = start(command, cpu, ['pipe', 'pipe', 'pipe', ...more]);
    this.#closed = once(this.#process, 'close');
    this.#closed.catch(() => {}); // the next answer reports it
    this.#process.stdin?.on('error', () => {});
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-2000);
    });
    const { stdout } = this.#process;
    if (stdout === null) throw new Error('a child without stdout');
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  /** Sends a line and waits for the answer. */
  ask<T>(line: string | number | object): Promise<T> {
    const text = typeof line === 'object' ? JSON.stringify(line) : String(line);
    this.#process.stdin?.write(`${text}\n`);
    return this.answer<T>();
  }

  /** The next line that it prints, as JSON. */
  async answer<T>(): Promise<T> {
    return JSON.parse(await this.line()) as T;
  }

  /** The next line that it prints. */
  async line(): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('no answer')), PATIENCE_MS);
    });
    try {
      const line = await Promise.race([this.#lines.next(), late]);
      if (line.done === true) throw new Error(await this.#lastWords());
      return line.value;
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#closed.catch(() => {});
  }

  /** The reason of its end. */
  async #lastWords(): Promise<string> {
    await this.#closed;
    const lines = this.#stderr.trim().split('\n');
    return lines.findLast((line) => line !== '') || `ended with ${this.#process.exitCode}`;
  }
}

/** Runs a command that prints one line of JSON. */
export async function runOnce<T>(command: Command, options: ChildOptions): Promise<T> {
  const child = new Child(command, options);
  try {
    return await child.answer<T>();
  } finally {
    await child.close();
  }
}
