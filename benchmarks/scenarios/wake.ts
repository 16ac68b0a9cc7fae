/** Latency of a wake-up: from "the file descriptor is ready" to the code that waits for it. */

import { socketpair } from 'fdselect/socket';
import { quantileSorted } from 'simple-statistics';
import { Child } from '../runner/child.js';
import type { Contender } from '../runner/contender.js';
import type { Cell } from '../runner/results.js';
import type { Context, Entry, Scenario } from '../runner/scenario.js';
import { LoadGenerator } from './echo-servers.js';

interface WakeCell extends Cell {
  /** How many become ready together. */
  count: number;
  /** Another process, on another CPU; or the waiting thread itself, on its way to its event loop. */
  by: 'other' | 'self';
}

const CELLS: WakeCell[] = [
  { id: 'other', label: 'by another process', count: 1, by: 'other' },
  { id: 'self', label: 'by the same thread', count: 1, by: 'self' },
  { id: 'self16', label: '16 together, by the same thread', count: 16, by: 'self' },
];

/** Up to this share, in steps that get smaller towards the end. */
const CURVE = Array.from({ length: 30 }, (_, i) => 1 - 0.8 ** i);

/** The process that waits in a cell, and who wakes it. */
class WakeEntry implements Entry<WakeCell> {
  readonly #contender: Contender;
  readonly #context: Context;
  readonly #samples: number;
  #waiting: Child | null = null;
  #waker: LoadGenerator | null = null;

  constructor(contender: Contender, context: Context) {
    this.#contender = contender;
    this.#context = context;
    this.#samples = context.scale.isQuick ? 300 : 1500;
  }

  async prepare({ by, count }: WakeCell): Promise<void> {
    await this.close();
    const { wake, wakeItself } = this.#contender;
    const { cpus } = this.#context;
    const cpu = cpus?.contender ?? null;
    if (by === 'self') {
      if (wakeItself !== undefined) this.#waiting = new Child(wakeItself(count), { cpu });
      return;
    }
    const [near, far] = socketpair();
    try {
      if (wake !== undefined) this.#waiting = new Child(wake, { cpu, fd: near.fileno() });
      this.#waker = new LoadGenerator(cpus, far.fileno());
    } finally {
      near.close();
      far.close();
    }
  }

  async measure() {
    if (this.#waiting === null) throw new Error('nobody waits');
    const [{ delays }] = await Promise.all([
      this.#waiting.ask<{ delays: number[] }>(this.#samples),
      this.#waker?.run('wake', { count: this.#samples }),
    ]);
    if (delays.length !== this.#samples || delays.some((delay) => delay <= 0)) {
      throw new Error(`${delays.length} delays, the shortest ${Math.min(...delays)} ns`);
    }
    delays.sort((a, b) => a - b);
    const at = (share: number) => quantileSorted(delays, share);
    const curve = CURVE.map((share): [number, number] => [at(share), share]);
    return { values: { p50: at(0.5), p99: at(0.99), p999: at(0.999) }, curve };
  }

  async close(): Promise<void> {
    await this.#waker?.close();
    await this.#waiting?.close();
    this.#waker = null;
    this.#waiting = null;
  }
}

export function wake(): Scenario<WakeCell> {
  return {
    name: 'wake',
    title: 'Latency of a wake-up',
    text:
      'From the moment at which a file descriptor becomes ready to the code that waits for it. Another process on the ' +
      'other CPU makes it ready while the waiting one sleeps; or the waiting thread does so itself, on its way to its event loop.',
    metrics: {
      p50: { label: 'delay, median', unit: 'ns', better: 'lower' },
      p99: { label: 'delay, 99 %', unit: 'ns', better: 'lower' },
      p999: { label: 'delay, 99.9 %', unit: 'ns', better: 'lower' },
    },
    cells: () => CELLS,
    takesPart: ({ wake, wakeItself }, { by }) => (by === 'self' ? wakeItself : wake) !== undefined,
    needsTwoCpus: ({ by }) => by === 'other',
    base: () => 'net-write',
    cost: ({ by }, { isQuick }) => (isQuick ? 300 : 1500) * (by === 'self' ? 0.05 : 0.15) + 50,
    open: async (contender, context) => new WakeEntry(contender, context),
  };
}
