/** The comparisons of the scenario `echo`, and their contenders. */
import { isLoadLimited } from '../runner/limited.js';
import { findScenario, type Results } from '../runner/results.js';
import type { Pair } from '../runner/statistics.js';
import { type Comparison, compared } from './goal.js';

/** Compared with the better one of them. */
export const NET = ['net-pipe', 'net-write'];

/** The seven servers that must be fast: programs and examples, each with its counterpart in C. */
export const SEVEN = {
  'echo-select': 'c-select',
  'echo-poll': 'c-poll',
  'echo-epoll': 'c-epoll',
  'echo-selectors': 'c-epoll',
  'echo-asyncore': 'c-epoll',
  'echo-reactor': 'c-epoll',
  'book-loop': 'c-epoll',
} as const;

/** The number of connections or file descriptors in a cell's name. */
export function countOf(id: string): number {
  return Number(/(\d+)(?:x\d+)?$/.exec(id)?.[0].split('x')[0]);
}

/** The cells of echo that count: 10 to 1000 connections; of 64 KiB only with 10. */
export function counts(id: string): boolean {
  const size = Number(id.split('x')[1]);
  const count = countOf(id);
  return count >= 10 && count <= 1000 && (size < 65536 || count === 10);
}

/**
 * Throughput; in cells in which the load generator is the limit, the CPU time of the server for each
 * message, inverted.
 */
export function throughput(contenders: Comparison['contenders']): (results: Results) => Pair[] {
  return (results) => {
    const echo = findScenario(results, 'echo');
    if (echo === undefined) return [];
    const ids = echo.cells.map(({ id }) => id).filter(counts);
    return contenders.flatMap(([of, to]) =>
      ids.flatMap((id) => {
        const isIt = (wanted: string) => wanted === id;
        const one = { scenario: 'echo', contenders: [[of, to]] as const, cells: isIt };
        if (!isLoadLimited(echo, of, id)) {
          return compared({ ...one, metric: 'throughput' })(results);
        }
        const pairs = compared({ ...one, metric: 'cpu' })(results);
        return pairs.map(({ of, to }): Pair => ({ of: to, to: of }));
      }),
    );
  };
}
