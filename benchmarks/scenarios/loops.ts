/** What the scenarios have in common that run a loop of a contender in a process with others. */

import type { Job } from '../contenders/host.js';
import type { LoopResult } from '../contenders/roles.js';
import { Child } from '../runner/child.js';
import type { Contender, JobHost } from '../runner/contender.js';
import type { Cell } from '../runner/results.js';
import type { Context, Entry } from '../runner/scenario.js';

export interface LoopCell extends Cell {
  /** How many file descriptors there are, and how many of them are ready. */
  count: number;
  ready: number;
}

/** The processes of one run of a scenario: contenders with the same key live in the same one. */
export class LoopHosts {
  readonly #children = new Map<string, Child>();
  readonly #users = new Map<string, number>();

  open({ key, command }: JobHost, context: Context): Child {
    const child =
      this.#children.get(key) ?? new Child(command, { cpu: context.cpus?.contender ?? null });
    this.#children.set(key, child);
    this.#users.set(key, (this.#users.get(key) ?? 0) + 1);
    return child;
  }

  /** With the last user the process ends. */
  async close({ key }: JobHost): Promise<void> {
    const users = (this.#users.get(key) ?? 0) - 1;
    this.#users.set(key, users);
    if (users > 0) return;
    await this.#children.get(key)?.close();
    this.#children.delete(key);
  }
}

const COLD_ROUNDS = 10;
const MAX_TRIALS = 10;
/** A churn registers, modifies and unregisters. */
const OPERATIONS = 3;

/** Measures a loop: as many rounds of it as take the time of a batch, which trials have shown. */
export class LoopEntry implements Entry<LoopCell> {
  readonly #hosts: LoopHosts;
  readonly #host: JobHost;
  readonly #child: Child;
  readonly #role: 'calls' | 'churn';
  readonly #batchMs: number;
  #rounds = 1;

  constructor(
    hosts: LoopHosts,
    {
      contender,
      role,
      batchMs,
    }: { contender: Contender; role: 'calls' | 'churn'; batchMs: number },
    context: Context,
  ) {
    const host = contender[role];
    if (host === undefined) throw new Error(`${contender.name} has no ${role}`);
    this.#hosts = hosts;
    this.#host = host;
    this.#child = hosts.open(host, context);
    this.#role = role;
    this.#batchMs = batchMs;
  }

  async prepare(cell: LoopCell): Promise<void> {
    this.#rounds = COLD_ROUNDS;
    await this.#run(cell); // loads and compiles; its time does not count
    // Anything may have disturbed a trial, so the next one must confirm its result.
    for (let trial = 0; trial < MAX_TRIALS; trial++) {
      const tried = this.#rounds;
      const { ns } = await this.#run(cell);
      const nsPerRound = this.#role === 'churn' ? ns * OPERATIONS * cell.count : ns;
      this.#rounds = Math.max(1, Math.ceil((this.#batchMs * 1e6) / nsPerRound));
      if (this.#rounds <= 2 * tried && tried <= 2 * this.#rounds) return;
    }
  }

  async measure(cell: LoopCell) {
    const { ns } = await this.#run(cell);
    return { values: { time: ns } };
  }

  close(): Promise<void> {
    return this.#hosts.close(this.#host);
  }

  async #run({ count, ready }: LoopCell): Promise<LoopResult> {
    const { module } = this.#host;
    const job: Job = { module, role: this.#role, count, ready, rounds: this.#rounds };
    const result = await this.#child.ask<LoopResult>(job);
    const expected = this.#role === 'churn' ? 0 : ready;
    if (result.found !== expected) {
      throw new Error(`found ${result.found} ready where there are ${expected}`);
    }
    if (expected > 0 && !(result.sum > 0)) throw new Error('does not read what it is answered');
    return result;
  }
}

/** Below this number a process with little else open has fds that fit into an fd_set. */
const FEW = 1000;

/** Whether an fd_set has room for what a contender would have to open. */
export function hasRoom({ limits }: Contender, count: number): boolean {
  return limits?.isBelowFdSetsize !== true || count <= FEW;
}

/** Whether it is a loop of the addon, whose fd_set is as large as it has to be. */
export function isBareC({ name }: Contender): boolean {
  return name.startsWith('c-');
}
