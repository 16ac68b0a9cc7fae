/**
 * Single system calls that fail with every errno of their man pages, or transfer only a part:
 * at most that connection is lost, nothing spins, no fd is left open, SIGTERM ends the program.
 */
import { expect, test } from 'vitest';
import type { Peer } from '../support/peer.js';
import { type Fault, Faults } from './faults.js';
import { isOver, PROGRAMS, type Program, Running, soon } from './programs.js';

type Outcome =
  /** The fault has no effect. */
  | 'nothing is lost'
  /** At most one connection is lost. */
  | 'one connection'
  /** All connections may be lost: the program continues, or says why it ends. */
  | 'or ends';

interface Trial extends Fault {
  outcome: Outcome;
}

function trials(outcome: Outcome, call: Fault['call'], errors: string, more = {}): Trial[] {
  return errors
    .split(' ')
    .map((error) => ({ call, error: error as Fault['error'], times: 1, outcome, ...more }));
}

/** By the man pages of Linux; errno(3) for what accept(2) passes on from the network. */
const TRIALS: Trial[] = [
  ...trials('nothing is lost', 'accept4', 'EAGAIN EINTR'),
  ...trials('one connection', 'accept4', 'ECONNABORTED EPERM EPROTO EOPNOTSUPP ENETDOWN'),
  ...trials('one connection', 'accept4', 'ENOPROTOOPT EHOSTDOWN ENONET EHOSTUNREACH ENETUNREACH'),
  ...trials('one connection', 'accept4', 'ETIMEDOUT ENOSR ESOCKTNOSUPPORT EPROTONOSUPPORT'),
  ...trials('nothing is lost', 'accept4', 'EMFILE ENFILE ENOBUFS ENOMEM'),
  ...trials('or ends', 'accept4', 'EBADF EFAULT EINVAL ENOTSOCK'),
  ...trials('nothing is lost', 'recv', 'EAGAIN EINTR'),
  ...trials('one connection', 'recv', 'ECONNRESET ECONNREFUSED ENOMEM ENOTCONN ETIMEDOUT EIO'),
  ...trials('one connection', 'recv', 'EHOSTUNREACH EBADF EFAULT EINVAL ENOTSOCK ENOBUFS'),
  ...trials('nothing is lost', 'send', 'EAGAIN EINTR'),
  ...trials('one connection', 'send', 'ECONNRESET EPIPE ENOBUFS ENOMEM ENOTCONN ETIMEDOUT EACCES'),
  ...trials('one connection', 'send', 'EALREADY EBADF EDESTADDRREQ EFAULT EINVAL EISCONN'),
  ...trials('one connection', 'send', 'EMSGSIZE ENOTSOCK EOPNOTSUPP EHOSTUNREACH ENETUNREACH'),
  ...trials('one connection', 'epoll_ctl', 'ENOMEM ENOSPC EBADF EEXIST EINVAL ELOOP EPERM', {
    op: 'ADD',
  }),
  ...trials('one connection', 'epoll_ctl', 'ENOMEM EBADF EINVAL ENOENT EPERM', { op: 'MOD' }),
  ...trials('one connection', 'epoll_ctl', 'ENOMEM EBADF EINVAL ENOENT EPERM', { op: 'DEL' }),
  ...trials('nothing is lost', 'poll', 'EINTR'),
  ...trials('nothing is lost', 'select', 'EINTR'),
  ...trials('nothing is lost', 'epoll_wait', 'EINTR'),
  ...trials('or ends', 'poll', 'ENOMEM EFAULT EINVAL'),
  ...trials('or ends', 'select', 'ENOMEM EBADF EINVAL'),
  ...trials('or ends', 'epoll_wait', 'EBADF EFAULT EINVAL'),
  ...trials('one connection', 'getsockname', 'EBADF EFAULT EINVAL ENOBUFS ENOTSOCK'),
  ...trials('one connection', 'getpeername', 'ENOTCONN EBADF EFAULT EINVAL ENOBUFS ENOTSOCK'),
  ...trials('one connection', 'getsockopt', 'EBADF EFAULT EINVAL ENOPROTOOPT ENOTSOCK'),
  ...trials('one connection', 'setsockopt', 'EBADF EFAULT EINVAL ENOPROTOOPT ENOTSOCK EDOM'),
  ...trials('one connection', 'setsockopt', 'EISCONN ENOMEM'),
  ...trials('one connection', 'shutdown', 'EBADF EINVAL ENOTCONN ENOTSOCK'),
  ...trials('one connection', 'close', 'EBADF EINTR EIO ENOSPC EDQUOT'),
];

/** A program and the clients that stay connected during its trials. */
class Lab {
  readonly faults = new Faults();
  running!: Running;
  #stayer!: Peer;
  #fds = 0;

  readonly #program: Program;

  constructor(program: Program) {
    this.#program = program;
  }

  async start(): Promise<void> {
    this.isClosed = false;
    this.faults.clear();
    this.running = await Running.start(this.#program, { env: this.faults.env() });
    // When it sleeps for the first time, it has opened all its fds.
    await this.#newcomer('FIRST');
    // The waiter opens its thread for files that epoll refuses.
    this.faults.set({ call: 'epoll_ctl', op: 'ADD', error: 'ENOSPC', times: 1 });
    await using refused = (await this.running.connect()).read();
    await this.running.exchange(refused, 'REFUSED');
    await refused[Symbol.asyncDispose]();
    this.faults.clear();
    await this.#stay();
    await this.running.server.usedIn(0);
    this.#fds = this.running.fds;
  }

  async #stay(): Promise<void> {
    this.#stayer = (await this.running.connect()).read();
    expect(await this.running.exchange(this.#stayer, 'STAYER')).toBe(true);
  }

  async #newcomer(word: string): Promise<void> {
    await using peer = (await this.running.connect()).read();
    expect(await this.running.exchange(peer, word), `${word}: a newcomer is served`).toBe(true);
  }

  /** @returns whether the call was made at all */
  async run({ outcome, ...fault }: Trial): Promise<boolean> {
    const { running, faults } = this;
    // minimal answers in upper case.
    const what = `${fault.call} ${fault.op ?? ''} ${fault.error}`.toUpperCase();
    faults.set(fault);
    // It may be reset before it knows that it is connected.
    const victim = await running.connect().catch(() => undefined);
    const isServed = victim !== undefined && (await running.exchange(victim.read(), what));
    await victim?.[Symbol.asyncDispose]();
    // The failing call may be its close().
    if (fault.call === 'close') await soon(() => faults.hits > 0 || this.hasEnded, what);
    const { hits } = faults;
    faults.clear();
    const stayer = this.#stayer;
    const isStayerServed = !isOver(stayer) && (await running.exchange(stayer, what));
    const lost = [isServed, isStayerServed].filter((served) => !served).length;
    if (lost === 2 && outcome === 'or ends') {
      await soon(() => this.hasEnded, `${what}: it ends`);
      return true;
    }
    const isHarmless = hits === 0 || (outcome === 'nothing is lost' && !this.#refuses(fault));
    expect(lost, `${what}: connections lost`).toBeLessThanOrEqual(isHarmless ? 0 : 1);
    if (running.program.kind === 'echo') expect(isStayerServed, `${what}: others`).toBe(true);
    if (!isStayerServed) {
      await stayer[Symbol.asyncDispose]();
      await this.#stay();
    }
    await this.#newcomer(`AFTER ${what}`);
    // One line names the client that is lost, and the reason.
    expect(running.server.stderr, `${what}: a stack is printed`).not.toMatch(/uncaught|^ +at /m);
    this.#fds = await running.hasFds(this.#fds, what);
    return hits > 0;
  }

  /** As Twisted's, the reactor closes newcomers for which there is no fd. */
  #refuses({ error }: Fault): boolean {
    return this.#program.name.endsWith('-reactor') && /^E[MN]FILE$/.test(String(error));
  }

  /** Checks that the program sleeps. */
  async rests(): Promise<void> {
    const { kind } = this.running.program;
    if (kind === 'times') return this.#beats();
    await this.running.server.sleepsFor(300);
  }

  /** For programs that send the time ten times a second. */
  async #beats(): Promise<void> {
    const { cpuTicks } = this.running.server;
    await this.running.exchange(this.#stayer, 'beat');
    await this.running.exchange(this.#stayer, 'beat');
    expect(this.running.server.cpuTicks - cpuTicks).toBeLessThan(10);
  }

  async stops(): Promise<void> {
    const finished = this.running.server.stop();
    await this.#stayer.ends();
    await this.#stayer[Symbol.asyncDispose]();
    expect(await finished).toMatchObject({ code: 0, signal: null });
  }

  get hasEnded(): boolean {
    const { exitCode, signalCode } = this.running.server.process;
    return (exitCode ?? signalCode) !== null;
  }

  /** Checks that the program says why it ends. */
  async hasSaidWhy(): Promise<void> {
    const { code, signal, stderr } = await this.running.server.finished();
    expect({ code, signal }).toEqual({ code: 1, signal: null });
    expect(stderr).toMatch(/^fdselect: E[A-Z]+/m);
    await this.close();
  }

  isClosed = false;

  async close(): Promise<void> {
    this.isClosed = true;
    await this.#stayer?.[Symbol.asyncDispose]();
    await this.running?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    this.faults[Symbol.dispose]();
  }
}

/** Runs all trials; after one that has failed, it continues with a new process. */
async function failures(lab: Lab, chosen: Trial[]): Promise<string[]> {
  const wrong: string[] = [];
  const unused = new Set<string>();
  await lab.start();
  for (const [i, trial] of chosen.entries()) {
    const kind = `${trial.call} ${trial.op}`;
    if (unused.has(kind)) continue;
    try {
      if (!(await lab.run(trial))) unused.add(kind);
      if (lab.hasEnded) await lab.hasSaidWhy();
      else if (chosen[i + 1]?.call !== trial.call) await lab.rests();
    } catch (error) {
      const [message = ''] = (error as Error).message.split('\n');
      wrong.push(
        `${trial.call} ${trial.error}: ${message}; stderr: ${lab.running.server.stderr.slice(0, 300)}`,
      );
      await lab.close();
    }
    if (lab.isClosed) await lab.start();
  }
  // Every server makes these calls for each connection; other calls may differ.
  for (const call of ['accept4', 'recv', 'send', 'close']) {
    if (unused.has(`${call} undefined`)) wrong.push(`${call} was never called`);
  }
  await lab.stops();
  return wrong;
}

/** What FDSELECT_TRIALS, a regular expression, chooses by: `close EIO`, `epoll_ctl ADD ENOMEM`. */
function nameOf({ call, op, error }: Trial): string {
  return [call, op, error].filter((part) => part !== undefined).join(' ');
}

const wanted = new RegExp(process.env.FDSELECT_TRIALS ?? '');

for (const program of PROGRAMS) {
  test(program.command, { timeout: 300_000 }, async () => {
    await using lab = new Lab(program);
    const chosen = TRIALS.filter((trial) => wanted.test(nameOf(trial)));
    const wrong = await failures(lab, chosen);
    if (wrong.length > 0) expect.fail(`${wrong.length} trials went wrong:\n${wrong.join('\n')}`);
  });
}
