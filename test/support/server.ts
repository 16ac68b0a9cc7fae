/** Runs `fdselect serve` in a child process, and observes that process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

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

/** For the error of a wait; a function says how things are when the time is over. */
type What = string | (() => string);

function missing(what: What): Error {
  return new Error(`not within ${DEADLINE_MS} ms: ${typeof what === 'string' ? what : what()}`);
}

/** Waits until `condition` is true, looking at it again and again. */
export async function until(condition: () => boolean, what: What): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw missing(what);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Tells those who wait that there is something new to look at. */
export class News {
  readonly #events = new EventEmitter().setMaxListeners(0);

  tell(): void {
    this.#events.emit('news');
  }

  /** Waits until `condition` is true, looking at it whenever there is something new. */
  async until(condition: () => boolean, what: What): Promise<void> {
    if (condition()) return;
    const events = this.#events;
    await new Promise<void>((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        events.off('news', look);
        settle();
      };
      const look = () => {
        try {
          if (condition()) end(resolve);
        } catch (error) {
          end(() => reject(error));
        }
      };
      const timer = setTimeout(() => end(() => reject(missing(what))), DEADLINE_MS);
      events.on('news', look);
    });
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
  /** The complete lines of stdout. */
  protected readonly complete: string[] = [];
  #incomplete = '';
  /** Its output, and its end. */
  readonly news = new News();
  readonly #closed: Promise<unknown[]>;

  readonly process: ChildProcess;

  constructor(process: ChildProcess) {
    this.process = process;
    this.#closed = once(process, 'close');
    process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      const [first = '', ...others] = text.split('\n');
      this.#incomplete += first;
      for (const other of others) {
        this.complete.push(this.#incomplete);
        this.#incomplete = other;
      }
      this.news.tell();
    });
    process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.news.tell();
    });
    process.once('close', () => this.news.tell());
  }

  get pid(): number {
    return this.process.pid as number;
  }

  get hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
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
  get lines(): readonly string[] {
    return this.complete.slice(1);
  }

  /** Waits until one of its lines, after the first `begin` of them, is `line`. */
  async says(line: string, begin = 0): Promise<void> {
    await this.news.until(
      () => this.lines.includes(line, begin),
      () => `${line}\nin\n${this.stdout}${this.stderr}`,
    );
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
    await server.news.until(
      () => announcement.test(server.stdout),
      () => `${name} listens: ${server.stderr}`,
    );
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  const [, host = '', port] = announcement.exec(server.stdout) ?? [];
  server.host = host;
  server.port = Number(port);
  return server;
}
