/** CPU time for each accepted connection. */
import type { Cell } from '../runner/results.js';
import type { Scenario } from '../runner/scenario.js';
import { startVerified } from './echo-servers.js';

interface AcceptCell extends Cell {
  connections: number;
}

/** What select() has room for, where it is that of C or CPython. */
const FEW = 1000;

export function accept(): Scenario<AcceptCell> {
  return {
    name: 'accept',
    title: 'Accepting connections',
    text:
      "The server's CPU time for each connection that it accepts, while the load generator opens one after the other. They " +
      'send nothing; at the end of a round all of them are closed, which is not counted.',
    metrics: { cpu: { label: 'CPU time per accepted connection', unit: 'ns', better: 'lower' } },
    cells({ isQuick }) {
      return (isQuick ? [500] : [1000, 4000]).map((connections) => ({
        id: String(connections),
        label: `${connections.toLocaleString('en')} connections`,
        connections,
      }));
    },
    takesPart: ({ echo, family, isOnNode26, limits }, { connections }) =>
      echo !== undefined &&
      isOnNode26 !== true &&
      family !== 'fdselect, tuned' &&
      (limits?.isBelowFdSetsize !== true || connections < FEW),
    base: () => 'net-write',
    cost: ({ connections }) => 20 + connections / 12,
    async open(contender, { cpus }) {
      const server = await startVerified(contender, cpus);
      return {
        async measure({ connections }) {
          const seconds = await server.accept(connections);
          return { values: { cpu: (1e9 * seconds) / connections } };
        },
        close: () => server.close(),
      };
    },
  };
}
