/**
 * `npm run bench:calls`: what one poll() and one select() cost, as ratios to a C loop in the same
 * process and to CPython, measured in turns.
 */
import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release } from 'node:os';
import { createInterface } from 'node:readline';
import Table from 'cli-table3';
import { POLLIN, poll, select } from 'fdselect';
import { dup, pipe } from 'fdselect/os';
import { geometricMean, median, quantile } from 'simple-statistics';

type Call = 'poll' | 'select';

interface Cell {
  call: Call;
  count: number;
  ready: number;
  /** The most that a ratio to C may be, by contender. */
  goals?: Record<string, number>;
}

/** Runs a number of rounds over the fds and returns the nanoseconds of one. */
type Measure = (fds: number[], rounds: number, cell: Cell) => number | Promise<number>;

interface Loops {
  pollLoop(fds: Int32Array, rounds: number): number;
  selectLoop(fds: Int32Array, rounds: number): number;
}

const ROUNDS = 9;
/** How long one measurement takes, in nanoseconds; long beside a scheduler's time slice. */
const BATCH_NS = 25e6;

const CELLS: Cell[] = [
  { call: 'poll', count: 1, ready: 0 },
  { call: 'poll', count: 1, ready: 1, goals: { fdselect: 1.4, pollInto: 1.2 } },
  { call: 'poll', count: 10, ready: 1, goals: { pollInto: 1.2 } },
  { call: 'poll', count: 10, ready: 10, goals: { fdselect: 1.3, pollInto: 1.2 } },
  { call: 'poll', count: 100, ready: 100, goals: { pollInto: 1.2 } },
  { call: 'poll', count: 1000, ready: 0, goals: { fdselect: 1.05, pollInto: 1.2 } },
  { call: 'poll', count: 1000, ready: 1000, goals: { fdselect: 1.15, pollInto: 1.2 } },
  { call: 'select', count: 1, ready: 1 },
  { call: 'select', count: 10, ready: 1, goals: { fdselect: 1.2 } },
  { call: 'select', count: 10, ready: 10, goals: { fdselect: 1.2 } },
  { call: 'select', count: 100, ready: 100 },
  { call: 'select', count: 950, ready: 0 },
  { call: 'select', count: 950, ready: 950 },
];

const require = createRequire(import.meta.url);
const loops = require('../benchmarks/native/build/Release/loops.node') as Loops;

function since(start: bigint, rounds: number): number {
  return Number(process.hrtime.bigint() - start) / rounds;
}

function registered(fds: number[]) {
  const poller = poll();
  for (const fd of fds) poller.register(fd, POLLIN);
  return poller;
}

const inC: Measure = (fds, rounds, { call }) => loops[`${call}Loop`](Int32Array.from(fds), rounds);

// The loops are written out, as they are in C and Python: a callback for each round would be
// measured as well.

function pollRounds(fds: number[], rounds: number): number {
  const poller = registered(fds);
  const start = process.hrtime.bigint();
  for (let i = 0; i < rounds; i++) poller.poll(0);
  return since(start, rounds);
}

function selectRounds(fds: number[], rounds: number): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < rounds; i++) select(fds, [], [], 0);
  return since(start, rounds);
}

const inFdselect: Measure = (fds, rounds, { call }) => {
  return call === 'select' ? selectRounds(fds, rounds) : pollRounds(fds, rounds);
};

const inPollInto: Measure = (fds, rounds) => {
  const poller = registered(fds);
  const events = new Int32Array(2 * fds.length);
  const start = process.hrtime.bigint();
  for (let i = 0; i < rounds; i++) poller.pollInto(events, 0);
  return since(start, rounds);
};

const python = spawn(
  'python3',
  [`${import.meta.dirname}/../benchmarks/contenders/cpython_calls.py`],
  {
    stdio: ['pipe', 'pipe', 'inherit'],
  },
);
const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();

const inCPython: Measure = async (_fds, rounds, { call, count, ready }) => {
  python.stdin.write(`${JSON.stringify({ call, count, ready, rounds })}\n`);
  const answer = await answers.next();
  if (answer.done === true) throw new Error('python3 has ended');
  return Number(answer.value);
};

/** The contenders of a cell; the first is what the others are compared with. */
function contendersOf(call: Call): Map<string, Measure> {
  const contenders = new Map([
    ['C', inC],
    ['fdselect', inFdselect],
    ['CPython', inCPython],
  ]);
  if (call === 'poll') contenders.set('pollInto', inPollInto);
  return contenders;
}

/** Duplicates of one pipe that has data and of one that has none. */
function openFds({ count, ready }: Cell): { fds: number[]; close: () => void } {
  const [full, idle] = [pipe(), pipe()];
  writeSync(full[1], 'x');
  const fds = Array.from({ length: count }, (_, i) => dup((i < ready ? full : idle)[0]));
  const close = () => {
    for (const fd of [...fds, ...full, ...idle]) closeSync(fd);
  };
  return { fds, close };
}

/** For each contender, its time in each round. */
async function measure(cell: Cell): Promise<Map<string, number[]>> {
  const { fds, close } = openFds(cell);
  const contenders = contendersOf(cell.call);
  const rounds = Math.ceil(BATCH_NS / (await inC(fds, 1000, cell)));
  const times = new Map([...contenders.keys()].map((name) => [name, [] as number[]]));
  for (const run of contenders.values()) await run(fds, rounds, cell); // warm-up
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of contenders) times.get(name)?.push(await run(fds, rounds, cell));
  }
  close();
  return times;
}

/** The ratios of two contenders, round by round: what disturbs both cancels out. */
function ratios(times: Map<string, number[]>, name: string, base: string): number[] {
  const baseTimes = times.get(base) ?? [];
  return (times.get(name) ?? []).map((time, i) => time / (baseTimes[i] as number));
}

function describe(values: number[], goal?: number): string {
  if (values.length === 0) return '';
  const middle = median(values);
  const spread = `${quantile(values, 0.25).toFixed(2)}-${quantile(values, 0.75).toFixed(2)}`;
  const verdict = goal === undefined ? '' : ` ${middle <= goal ? '✓' : '✗'} ≤ ${goal}`;
  return `${middle.toFixed(2)} (${spread})${verdict}`;
}

async function main(): Promise<void> {
  console.log(`node ${process.version}, Linux ${release()}, ${cpus()[0]?.model ?? 'unknown CPU'}`);
  console.log(`medians of ${ROUNDS} interleaved rounds (quartiles); below 1 is faster\n`);
  const table = new Table({
    head: ['call', 'ready/fds', 'fdselect / C', 'pollInto / C', 'fdselect / CPython'],
    style: { head: [], border: [] },
  });
  const againstPython: Record<Call, number[]> = { poll: [], select: [] };
  for (const cell of CELLS) {
    const times = await measure(cell);
    const python = ratios(times, 'fdselect', 'CPython');
    againstPython[cell.call].push(median(python));
    table.push([
      cell.call,
      `${cell.ready}/${cell.count}`,
      describe(ratios(times, 'fdselect', 'C'), cell.goals?.fdselect),
      describe(ratios(times, 'pollInto', 'C'), cell.goals?.pollInto),
      describe(python),
    ]);
  }
  console.log(table.toString());
  for (const [call, values] of Object.entries(againstPython)) {
    console.log(
      `${call} / CPython with a sleeping thread, geometric mean: ${geometricMean(values).toFixed(2)}`,
    );
  }
  python.stdin.end();
}

await main();
