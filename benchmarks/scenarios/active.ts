/** CPU time for each message of one active connection among many idle ones. */
import type { Cell } from '../runner/results.js';
import type { Scenario } from '../runner/scenario.js';
import { serverValues } from './echo.js';
import { startVerified } from './echo-servers.js';

const SIZE = 64;

interface ActiveCell extends Cell {
  idle: number;
}

export function active(): Scenario<ActiveCell> {
  return {
    name: 'active',
    title: 'One active connection among idle ones',
    text:
      "The server's CPU time for each message of one connection, while many others send nothing. select and poll look at " +
      'each of them, and so does a framework that asks all of its connections before each wait; epoll names those that are ready.',
    metrics: {
      cpu: { label: "server's CPU time per message", unit: 'ns', better: 'lower' },
      p50: { label: 'delay, median', unit: 'ns', better: 'lower', isDetail: true },
    },
    cells({ isQuick }) {
      return (isQuick ? [1000] : [5000]).map((idle) => ({
        id: String(idle),
        label: `${idle.toLocaleString('en')} idle`,
        idle,
      }));
    },
    takesPart: ({ echo, limits, isOnNode26, family }) =>
      echo !== undefined &&
      limits?.isBelowFdSetsize !== true &&
      isOnNode26 !== true &&
      family !== 'fdselect, tuned',
    base: () => 'net-write',
    cost: (_, { isQuick }) => (isQuick ? 120 : 250),
    async open(contender, { cpus, scale }) {
      const server = await startVerified(contender, cpus);
      return {
        prepare: ({ idle }) => server.connect(idle + 1),
        async measure() {
          const options = { size: SIZE, active: 1, warmup: 20, window: scale.isQuick ? 80 : 200 };
          const { cpu, p50 } = serverValues(await server.drive('closed', options));
          return { values: { cpu, p50 } };
        },
        close: () => server.close(),
      };
    },
  };
}
