/** All contenders, in the order in which they take turns. */
import type { Contender } from '../runner/contender.js';
import { onNode26 } from './catalogue/commands.js';
import { imports, programs, textbooks, tunedLoops, waits } from './catalogue/fdselect.js';
import { bareCalls, nodeNet, others } from './catalogue/others.js';

const BOOKS_ON_26 = ['book-loop', 'book-naive'];

/** The contenders that also run on Node 26: programs, their counterparts, and single calls. */
const current: readonly Contender[] = [
  ...nodeNet.map((one) => onNode26(one, ['echo'])),
  ...programs.map((one) => onNode26(one, ['echo'])),
  ...textbooks
    .filter(({ name }) => BOOKS_ON_26.includes(name))
    .map((one) => onNode26(one, ['echo'])),
  ...waits.filter(({ calls }) => calls !== undefined).map((one) => onNode26(one, ['calls'])),
  ...bareCalls.map((one) => onNode26(one, ['calls'])),
];

export const catalogue: readonly Contender[] = [
  ...programs,
  ...textbooks,
  ...tunedLoops,
  ...waits,
  ...nodeNet,
  ...others,
  ...imports,
  ...current,
];

/** The contenders of a quick run: the best known of each kind. */
const QUICK = new Set([
  ...['echo-select', 'echo-poll', 'echo-epoll', 'echo-async', 'echo-asyncore', 'echo-reactor'],
  ...['book-loop', 'book-naive', 'tuned-epoll', 'net-pipe', 'net-write', 'libuv'],
  ...['fdselect-select', 'fdselect-poll', 'fdselect-epoll', 'fdselect-epoll-into'],
  ...['fdselect-async', 'fdselect-poll-async', 'libuv-poll', 'npm-epoll'],
  ...['c-select', 'c-poll', 'c-epoll', 'cpython-select', 'cpython-poll', 'cpython-epoll', 'bun'],
  ...['import-fdselect', 'import-loop', 'import-net', 'import-empty'],
]);

export const quickCatalogue: readonly Contender[] = catalogue.filter(({ name }) => QUICK.has(name));
