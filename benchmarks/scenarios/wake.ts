/** Latency of a wake-up: from "the file descriptor is ready" to the code that waits for it. */

import { socketpair } from 'fdselect/socket';
import { quantileSorted } from 'simple-statistics';
import type { Delays } from '../contenders/stamps.js';
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

/** A process that has just begun to wait has cold caches, and the runner has just run beside it. */
const LEAD_IN = 20;

/** The shares of the curve, in steps that get smaller towards the end. */
const CURVE = Array.from({ length: 30 }, (_, i) => 1 - 0.8 ** i);

/** @throws Error if delays are missing, or if their order is not: ready, told, read */
function check({ told, data }: Delays, count: number): void {
  if (told.length !== count || data.length !== count) {
    throw new Error(`${told.length} and ${data.length} delays instead of ${count}`);
  }
  const wrong = told.findIndex((delay, i) => delay <= 0 || (data[i] as number) < delay);
  if (wrong >= 0) throw new Error(`told after ${told[wrong]} ns, the data after ${data[wrong]} ns`);
}

/** The process that waits in a cell, and the one that wakes it. */
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
    if (this.#waiting === null) throw new Error('no process waits');
    const count = LEAD_IN + this.#samples;
    // The first wake-up comes after the process has said that it counts: one that it did not count
    // would be missing for ever.
    const { waiting } = await this.#waiting.ask<{ waiting?: boolean }>(count);
    if (waiting !== true) throw new Error('does not say that it waits');
    const [delays] = await Promise.all([
      this.#waiting.answer<Delays>(),
      this.#waker?.run('wake', { count }),
    ]);
    check(delays, count);
    const [told, data] = [delays.told, delays.data].map((all) =>
      all.slice(LEAD_IN).sort((a, b) => a - b),
    ) as [number[], number[]];
    const at = (share: number) => quantileSorted(told, share);
    const curve = CURVE.map((share): [number, number] => [at(share), share]);
    const p50Data = quantileSorted(data, 0.5);
    return { values: { p50: at(0.5), p50Data, p99: at(0.99), p999: at(0.999) }, curve };
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
      'other CPU makes it ready while the waiting one sleeps; or the waiting thread does so itself, on its way to its event loop. ' +
      'Two moments count: when the waiting code is called (told), and when it has the data. Code that waits for readiness is called ' +
      'first and then reads, each in its own way: fdselect with Socket.tryRecvInto(), the npm package epoll with fs.readSync(), C and ' +
      'libuv with read(2), CPython with os.read(). node:net has read already when it tells, and has ' +
      'then done more than the others; when the data is there, all have done the same. Of several together, the last one counts. ' +
      `The first ${LEAD_IN} wake-ups of each round are left out. The 99.9 % are indicative: ` +
      'of the 1500 wake-ups of a round (300 in a quick run) they are the one or two worst.',
    metrics: {
      p50: { label: 'delay until told, median', unit: 'ns', better: 'lower' },
      p50Data: { label: 'delay until the data is there, median', unit: 'ns', better: 'lower' },
      p99: { label: 'delay until told, 99 %', unit: 'ns', better: 'lower' },
      p999: { label: 'delay until told, 99.9 % (indicative)', unit: 'ns', better: 'lower' },
    },
    cells: () => CELLS,
    takesPart: ({ wake, wakeItself }, { by }) => (by === 'self' ? wakeItself : wake) !== undefined,
    needsTwoCpus: ({ by }) => by === 'other',
    base: () => 'net-write',
    cost: ({ by }, { isQuick }) => (isQuick ? 300 : 1500) * (by === 'self' ? 0.05 : 0.15) + 50,
    open: async (contender, context) => new WakeEntry(contender, context),
  };
}
