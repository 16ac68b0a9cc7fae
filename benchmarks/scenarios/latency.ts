/** Latency under the same load for all, which is 70 % of what node:net can do. */
import { median } from 'simple-statistics';
import type { Contender } from '../runner/contender.js';
import type { Cell, ScenarioResult } from '../runner/results.js';
import type { Context, Scale, Scenario } from '../runner/scenario.js';
import { serverValues } from './echo.js';
import { startVerified } from './echo-servers.js';

const CONNECTIONS = 100;
const SIZE = 64;
const SHARE = 0.7;
/** If the load generator is late by more than this share of the delays, it measures itself. */
const LATE_SHARE = 0.1;

/** Compared with the better one of them. */
const MEASURE = ['net-pipe', 'net-write'];
/** Messages a second; the maximum if none of them takes part. */
const DEFAULT_MAXIMUM = 50_000;

/** The median of five is the third: what comes before it has warmed up the server. */
function maximumTimes({ isQuick }: Scale) {
  return isQuick ? { warmup: 50, window: 70 } : { warmup: 100, window: 200 };
}

async function maximum(contender: Contender, { cpus, scale }: Context): Promise<number> {
  const server = await startVerified(contender, cpus);
  try {
    await server.connect(CONNECTIONS);
    const seen: number[] = [];
    for (let i = 0; i < 5; i++) {
      const load = await server.drive('closed', { size: SIZE, ...maximumTimes(scale) });
      seen.push(load.messages / load.seconds);
    }
    return median(seen);
  } finally {
    await server.close();
  }
}

const WARM_UP_MS = 20;
const WINDOW_MS = 600;
const WINDOW_MS_QUICK = 150;
/**
 * A machine that stops a process for some milliseconds, as virtual ones do, spoils the 99 % of the
 * whole window. It spoils only a few of several parts, so the median of their 99 % is not affected.
 */
const PARTS = 5;

function windowMs({ isQuick }: Scale): number {
  return isQuick ? WINDOW_MS_QUICK : WINDOW_MS;
}

/** Whether the delays are those of the servers. */
function conclude({ contenders, cells, rows }: ScenarioResult): string[] {
  const late = rows.filter(
    ({ values: { late99 = [], p99 = [] } }) => median(late99) > LATE_SHARE * median(p99),
  );
  if (late.length === 0) return [];
  const all = contenders.length * cells.length;
  return [
    `Beside ${late.length} of ${all} servers the load generator was late itself, by more than a tenth of their delays: something ` +
      'else has used its CPU, and these delays are not those of the servers alone.',
  ];
}

export function latency(): Scenario {
  let rate = SHARE * DEFAULT_MAXIMUM;
  return {
    name: 'latency',
    title: 'Latency under a fixed load',
    text:
      `${CONNECTIONS} connections and messages of ${SIZE} bytes that leave by the clock, at random moments, 70 % as many as node:net ` +
      'can echo. A delay counts from the moment at which the message should have left, so a server that stalls pays for ' +
      `all that came meanwhile. A round is a window in ${PARTS} parts: "99 %" is the median of theirs, so that a machine ` +
      `which stands still now and then is not taken for the server; "99 % of all" counts everything, the machine and what ` +
      'a server does less often than in every part, such as collecting its garbage.',
    metrics: {
      p50: { label: 'delay, median', unit: 'ns', better: 'lower' },
      p99: { label: 'delay, 99 %', unit: 'ns', better: 'lower' },
      p99All: { label: 'delay, 99 % of all', unit: 'ns', better: 'lower' },
      p999: { label: 'delay, 99.9 %', unit: 'ns', better: 'lower' },
      cpu: { label: "server's CPU time per message", unit: 'ns', better: 'lower' },
      late99: {
        label: 'lateness of the load generator, 99 %',
        unit: 'ns',
        better: 'lower',
        isAbsolute: true,
      },
    },
    cells(): Cell[] {
      return [{ id: `${CONNECTIONS}x${SIZE}`, label: `${CONNECTIONS} x ${SIZE} B` }];
    },
    takesPart: ({ echo, isOnNode26 }) => echo !== undefined && isOnNode26 !== true,
    needsTwoCpus: () => true,
    base: () => 'net-write',
    cost: (_, scale) => windowMs(scale) + WARM_UP_MS + 5,
    async begin(context) {
      const found: number[] = [];
      for (const contender of context.contenders.filter(({ name }) => MEASURE.includes(name))) {
        found.push(await maximum(contender, context));
      }
      if (found.length > 0) rate = SHARE * Math.max(...found);
      context.note(
        found.length > 0
          ? `The load is ${SHARE * 100} % of the maximum of node:net.`
          : `node:net does not take part: the load is ${rate} messages a second.`,
      );
    },
    async open(contender, { cpus, scale }) {
      const server = await startVerified(contender, cpus);
      return {
        prepare: () => server.connect(CONNECTIONS),
        async measure() {
          const window = windowMs(scale);
          const options = { size: SIZE, rate, warmup: WARM_UP_MS, window, parts: PARTS };
          const load = await server.drive('open', options);
          const { p50, p99: p99All, p999, cpu } = serverValues(load);
          const p99 = median(load.parts);
          return {
            values: { p50, p99, p99All, p999, cpu, late99: load.late99 },
            curve: load.curve,
          };
        },
        close: () => server.close(),
      };
    },
    conclude,
  };
}
