/**
 * `npm run bench:waits`: how long it takes from "a file descriptor is ready" to the code that waits
 * for it without blocking. Ratios of medians, measured in turns; every contender is a process.
 */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { median, quantile } from 'simple-statistics';

interface Contender {
  label: string;
  way: 'pollAsync' | 'epollAsync' | 'net' | 'npmEpoll';
  driver?: 'uv' | 'thread';
}

interface Scenario {
  title: string;
  /** Who makes them ready: this thread, on its way to the event loop, or another one. */
  by: 'self' | 'thread';
  count: number;
  contenders: Contender[];
  /** The most that a ratio may be: contender, base, goal. */
  goals: [string, string, number][];
}

const ROUNDS = 11;
const SAMPLES = 500;

const NET = { label: "node:net 'data'", way: 'net' } as const;
const NPM = { label: 'npm epoll', way: 'npmEpoll' } as const;

const UV_POLL = { label: 'Poll, libuv driver', way: 'pollAsync', driver: 'uv' } as const;
const UV_EPOLL = { label: 'Epoll, libuv driver', way: 'epollAsync', driver: 'uv' } as const;
const THREAD_POLL = { label: 'Poll, thread driver', way: 'pollAsync', driver: 'thread' } as const;
const ALL = [UV_POLL, UV_EPOLL, THREAD_POLL, NET, NPM];

const LATENCY_GOALS: Scenario['goals'] = [
  [UV_POLL.label, NET.label, 1],
  [UV_POLL.label, NPM.label, 0.3],
  [THREAD_POLL.label, NPM.label, 1.2],
];

const SCENARIOS: Scenario[] = [
  {
    title: 'one becomes ready, by this thread',
    by: 'self',
    count: 1,
    contenders: ALL,
    goals: LATENCY_GOALS,
  },
  {
    title: 'one becomes ready, by another thread',
    by: 'thread',
    count: 1,
    contenders: ALL,
    goals: LATENCY_GOALS,
  },
  {
    title: '16 become ready together',
    by: 'self',
    count: 16,
    contenders: ALL,
    goals: [
      [UV_POLL.label, NPM.label, 0.25],
      [UV_EPOLL.label, NPM.label, 0.25],
    ],
  },
];

const cache = fileURLToPath(
  new URL('../node_modules/.cache/fdselect-contenders/', import.meta.url),
);

/** The npm package `epoll`, which is compiled: only for this. */
function installContenders(): void {
  mkdirSync(cache, { recursive: true });
  const install = ['install', '--prefix', cache, '--no-save', '--silent', 'epoll@4.0.2'];
  execFileSync('npm', install, { stdio: 'inherit' });
}

async function start({ way, driver }: Contender, { count, by }: Scenario): Promise<ChildProcess> {
  const env = { ...process.env, FDSELECT_CONTENDERS: cache };
  const child = fork(new URL('waits/contender.js', import.meta.url), [way, String(count), by], {
    env: driver === undefined ? env : { ...env, FDSELECT_WAITER: driver },
  });
  await once(child, 'message');
  return child;
}

async function measure(child: ChildProcess): Promise<number> {
  child.send(SAMPLES);
  const [samples] = (await once(child, 'message')) as [number[]];
  return median(samples);
}

/** For each contender, its median in each round. */
async function run(scenario: Scenario): Promise<Map<string, number[]>> {
  const children = new Map<string, ChildProcess>();
  for (const contender of scenario.contenders) {
    children.set(contender.label, await start(contender, scenario));
  }
  const medians = new Map([...children.keys()].map((label) => [label, [] as number[]]));
  for (const child of children.values()) await measure(child); // warm-up
  for (let round = 0; round < ROUNDS; round++) {
    for (const [label, child] of children) medians.get(label)?.push(await measure(child));
  }
  for (const child of children.values()) child.disconnect();
  return medians;
}

function ratios(medians: Map<string, number[]>, label: string, base: string): number[] {
  const bases = medians.get(base) ?? [];
  return (medians.get(label) ?? []).map((value, i) => value / (bases[i] as number));
}

function describe(values: number[], goal: number | undefined): string {
  const middle = median(values);
  const spread = `${quantile(values, 0.25).toFixed(2)}-${quantile(values, 0.75).toFixed(2)}`;
  const verdict = goal === undefined ? '' : ` ${middle <= goal ? '✓' : '✗'} ≤ ${goal}`;
  return `${middle.toFixed(2)} (${spread})${verdict}`;
}

installContenders();
console.log(`node ${process.version}, Linux ${release()}, ${cpus()[0]?.model ?? 'unknown CPU'}`);
console.log(
  `medians of ${ROUNDS} interleaved rounds of ${SAMPLES} waits (quartiles); below 1 is faster\n`,
);
for (const scenario of SCENARIOS) {
  const medians = await run(scenario);
  const table = new Table({
    head: [scenario.title, `/ ${NET.label}`, `/ ${NPM.label}`],
    style: { head: [], border: [] },
  });
  for (const { label } of scenario.contenders) {
    const goal = (base: string) =>
      scenario.goals.find(([of, to]) => of === label && to === base)?.[2];
    table.push([
      label,
      ...[NET.label, NPM.label].map((base) => describe(ratios(medians, label, base), goal(base))),
    ]);
  }
  console.log(table.toString());
}
