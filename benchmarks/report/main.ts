/** The contenders that a chart shows at first; the others appear when the reader asks for all. */

/** The most lines that a reader can distinguish. */
export const MOST = 8;

/** The more important ones come first: what users start, and the best known of the others. */
const ORDER = [
  ...['c-epoll', 'echo-epoll', 'echo-poll', 'echo-async', 'echo-reactor', 'echo-asyncore'],
  ...['net-write', 'bun', 'uvloop'],
  ...['fdselect-epoll', 'fdselect-poll', 'fdselect-select', 'c-poll', 'c-select'],
  ...['cpython-epoll', 'cpython-poll', 'libuv-poll', 'fdselect-async', 'fdselect-poll-async'],
  ...['npm-epoll', 'libuv', 'echo-select', 'book-loop'],
];

function rankOf(name: string): number {
  const rank = ORDER.indexOf(name);
  return rank < 0 ? ORDER.length : rank;
}

/** The names in the order of importance; those that are not known stay as they are. */
export function inOrder<T extends { name: string }>(all: readonly T[]): T[] {
  return [...all].sort((a, b) => rankOf(a.name) - rankOf(b.name));
}

/** The names in a chart that are shown at first. */
export function isMain(names: readonly string[]): (name: string) => boolean {
  const main = inOrder(names.map((name) => ({ name }))).slice(0, MOST);
  const shown = new Set(main.map(({ name }) => name));
  return (name) => shown.has(name);
}
