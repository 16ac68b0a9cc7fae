/** Runs `fdselect serve` in a child process, and observes that process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
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

  /** Waits until a line on stdout is `line`. */
  async says(line: string): Promise<void> {
    await this.news.until(
      () => this.lines.includes(line),
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

/**
 * For a suite: a server that tests share if they look only at their own connections. It starts with
 * the first of them, and gets SIGTERM after the last one.
 * @param name - see {@link serve}
 */
export function sharedServer(name: string, options?: ServeOptions): () => Promise<Server> {
  let starting: Promise<Server> | undefined;
  afterAll(async () => {
    if (starting === undefined) return;
    await using server = await starting;
    expect(await server.stop()).toMatchObject({ code: 0, signal: null, stderr: '' });
  });
  return () => {
    starting ??= serve(name, options);
    return starting;
  };
}

/** The time in which a test has a server for itself. */
export class Turn implements Disposable {
  readonly server: Server;
  readonly #begin: number;
  readonly #end: () => void;

  /** @param end - called when it is over */
  constructor(server: Server, end: () => void) {
    this.server = server;
    this.#begin = server.lines.length;
    this.#end = end;
  }

  get port(): number {
    return this.server.port;
  }

  /** The lines on stdout of this turn. */
  get lines(): readonly string[] {
    return this.server.lines.slice(this.#begin);
  }

  /** Waits until a line of this turn is `line`. */
  async says(line: string): Promise<void> {
    const { server } = this;
    await server.news.until(
      () => this.lines.includes(line),
      () => `${line}\nin\n${server.stdout}${server.stderr}`,
    );
  }

  [Symbol.dispose](): void {
    this.#end();
  }
}

/**
 * For a suite: a server that tests use one after the other, if they look at more than their own
 * connections: at its fds, its memory, its rest. A turn begins when the clients of the one before
 * have gone, their fds too. A test may end the server: the next one gets another.
 * @param name - see {@link serve}
 */
export function serverInTurns(name: string, options?: ServeOptions): () => Promise<Turn> {
  let current: { server: Server; idleFds: number } | undefined;
  let last: Promise<void> = Promise.resolve();
  afterAll(async () => {
    if (current === undefined) return;
    await using server = current.server;
    expect(await server.stop()).toMatchObject({ code: 0, signal: null, stderr: '' });
  });
  const begin = async (): Promise<Server> => {
    if (current !== undefined && !current.server.hasEnded) {
      const { server, idleFds } = current;
      await until(() => server.openFds.length === idleFds, `${name} has no client`);
      return server;
    }
    const server = await serve(name, options);
    current = { server, idleFds: Number.NaN };
    // By its first wait everything is open that it needs for itself.
    await until(() => server.isAsleep, `${name} waits`);
    current.idleFds = server.openFds.length;
    return server;
  };
  return async () => {
    const before = last;
    let end = () => {};
    last = new Promise((resolve) => {
      end = resolve;
    });
    await before;
    try {
      return new Turn(await begin(), end);
    } catch (error) {
      end();
      throw error;
    }
  };
}
