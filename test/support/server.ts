/** Runs `fdselect serve` in a child process, and observes that process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from 'vitest';

export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** The time limit of all waits in tests; no test depends on its length. */
const DEADLINE_MS = 30_000;

/**
 * The environment of a server whose clock runs at a tenth of its speed: it waits 20 s for peers that
 * do not close, not 2. So an end after a few seconds shows that it did not wait, even on a busy machine.
 */
export const SLOW_CLOCK: NodeJS.ProcessEnv = {
  NODE_OPTIONS: `--import=${new URL('slow-clock.mjs', import.meta.url).href}`,
};

/**
 * Waits until `condition` is true, looking at it again and again.
 * @param what - for the error; a function says how things are when the time is over
 */
export async function until(
  condition: () => boolean,
  what: string | (() => string),
): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!condition()) {
    if (Date.now() > deadline) {
      const missing = typeof what === 'string' ? what : what();
      throw new Error(`not within ${DEADLINE_MS} ms: ${missing}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A process and its output. */
export class Child {
  stdout = '';
  stderr = '';
  readonly #closed: Promise<unknown[]>;

  readonly process: ChildProcess;

  constructor(process: ChildProcess) {
    this.process = process;
    this.#closed = once(process, 'close');
    process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
  }

  get pid(): number {
    return this.process.pid as number;
  }

  /** Whether the main thread sleeps: a program with nothing to do waits. */
  get isAsleep(): boolean {
    return /^State:\s+S/m.test(this.statusFile);
  }

  /** See proc(5). */
  protected get statusFile(): string {
    return readFileSync(`/proc/${this.pid}/status`, 'utf8');
  }

  /** Waits for its end. */
  async finished(): Promise<Finished> {
    const [code, signal] = (await this.#closed) as [number | null, NodeJS.Signals | null];
    return { code, signal, stdout: this.stdout, stderr: this.stderr };
  }

  /** Ends it, however it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill('SIGKILL');
    await this.#closed;
  }
}

/** Runs a command; stdin is `input` and then at its end, or stays open. */
export function run(command: string, args: string[], input: string | null = ''): Child {
  const child = new Child(spawn(command, args, { stdio: 'pipe' }));
  child.process.stdin?.on('error', () => {}); // it may end before it has read everything
  if (input !== null) child.process.stdin?.end(input);
  return child;
}

/** Runs `fdselect` with arguments. */
export function fdselect(...args: string[]): Child {
  return run(process.execPath, [CLI, ...args]);
}

/** A running server. */
export class Server extends Child {
  host = '';
  port = 0;

  /** The lines on stdout after the first. */
  get lines(): string[] {
    return this.stdout.split('\n').slice(1, -1);
  }

  /** Waits until a line on stdout is `line`. */
  async says(line: string): Promise<void> {
    await until(() => this.lines.includes(line), `${line}\nin\n${this.stdout}${this.stderr}`);
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Finished> {
    this.process.kill(signal);
    return this.finished();
  }

  /** Stops it while it waits, so that all events until `thaw()` are reported together. */
  async freeze(): Promise<void> {
    await until(() => this.isAsleep, 'it waits');
    this.process.kill('SIGSTOP');
    await until(() => /^State:\s+T/m.test(this.statusFile), 'it is stopped');
  }

  thaw(): void {
    this.process.kill('SIGCONT');
  }

  /** The open fds. */
  get openFds(): number[] {
    return readdirSync(`/proc/${this.pid}/fd`).map(Number);
  }

  /** Resident memory in MiB. */
  get rss(): number {
    return this.#status('VmRSS') / 1024;
  }

  /** The highest resident memory so far, in MiB. */
  get peakRss(): number {
    return this.#status('VmHWM') / 1024;
  }

  /** How often the main thread has gone to sleep. */
  get sleeps(): number {
    return this.#status('voluntary_ctxt_switches');
  }

  /** Clock ticks of CPU time, in user and kernel mode, of all threads. */
  get cpuTicks(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; utime and stime are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[11]) + Number(fields[12]);
  }

  /**
   * Waits until it has slept for a time without waking up once, and without using CPU time. Something
   * of the runtime's own may still wake it once or twice; what wakes it again and again is an error.
   */
  async sleepsFor(milliseconds: number): Promise<void> {
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      const { ticks, wakeUps } = await this.usedIn(milliseconds);
      if (ticks === 0 && wakeUps === 0) return;
      const used = `${ticks} ticks and ${wakeUps} wake-ups in ${milliseconds} ms`;
      if (Date.now() > deadline) throw new Error(`it does not come to rest: ${used}`);
    }
  }

  /** What it uses over a time, once it has come to rest: clock ticks, and times it woke up. */
  async usedIn(milliseconds: number): Promise<{ ticks: number; wakeUps: number }> {
    let last = -1;
    await until(() => {
      const isSame = this.isAsleep && this.sleeps === last;
      last = this.sleeps;
      return isSame;
    }, 'it comes to rest');
    const { cpuTicks, sleeps } = this;
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return { ticks: this.cpuTicks - cpuTicks, wakeUps: this.sleeps - sleeps };
  }

  #status(name: string): number {
    return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(this.statusFile)?.[1]);
  }
}

export interface ServeOptions {
  args?: string[];
  /** `ulimit -n` of the process. */
  maxFds?: number;
  env?: NodeJS.ProcessEnv;
}

/**
 * Starts a program on a free port and waits until it listens.
 * @param name - and options, as they are typed
 */
export async function serve(name: string, options: ServeOptions = {}): Promise<Server> {
  const { args = [], maxFds, env = {} } = options;
  const command = [process.execPath, CLI, 'serve', ...name.split(' '), '--port', '0', ...args];
  const limited = ['bash', '-c', `ulimit -n ${maxFds}; exec "$@"`, 'bash', ...command];
  const [file, ...rest] = (maxFds === undefined ? command : limited) as [string, ...string[]];
  const server = new Server(
    spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } }),
  );
  const announcement = /^listening on (.+):(\d+)\n/;
  try {
    await until(() => announcement.test(server.stdout), `${name} listens: ${server.stderr}`);
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  const [, host = '', port] = announcement.exec(server.stdout) ?? [];
  server.host = host;
  server.port = Number(port);
  return server;
}

/**
 * For a suite: a server that tests share if they look only at their own connections. It starts with
 * the first of them, and gets SIGTERM after the last one.
 * @param name - see {@link serve}
 */
export function sharedServer(name: string): () => Promise<Server> {
  let starting: Promise<Server> | undefined;
  afterAll(async () => {
    if (starting === undefined) return;
    await using server = await starting;
    expect(await server.stop()).toMatchObject({ code: 0, signal: null, stderr: '' });
  });
  return () => {
    starting ??= serve(name);
    return starting;
  };
}
