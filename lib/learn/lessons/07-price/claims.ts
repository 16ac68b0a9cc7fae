/** The claims of lesson 7 about the price of a wait: ratios with wide margins, measured in turns. */
import assert from 'node:assert/strict';
import { EPOLLIN, type Epoll, epoll, POLLIN, type Poll, poll, select } from 'fdselect';
import { dup, pipe, write } from 'fdselect/os';
import { seenInC } from '../../course/c-program.js';
import { claim } from '../../course/claim.js';
import { closeAll, ratio } from '../../course/kernel.js';

interface Set {
  readonly fds: number[];
  readonly poller: Poll;
  readonly set: Epoll;
}

/** Sets of these sizes, with one ready fd in each, or with all of them ready. */
function withSets<T>(sizes: readonly number[], all: boolean, use: (sets: Set[]) => T): T {
  const [quiet, quietWriter] = pipe();
  const [ready, readyWriter] = pipe();
  write(readyWriter, 'x');
  const sets = sizes.map((size) => {
    const fds = [dup(ready)];
    while (fds.length < size) fds.push(dup(all ? ready : quiet));
    const poller = poll();
    const set = epoll();
    for (const fd of fds) {
      poller.register(fd, POLLIN);
      set.register(fd, EPOLLIN);
    }
    return { fds, poller, set };
  });
  try {
    return use(sets);
  } finally {
    for (const { fds, set } of sets) closeAll(set, ...fds);
    closeAll(quiet, quietWriter, ready, readyWriter);
  }
}

const growth = (call: (set: Set) => unknown) =>
  withSets([10, 1000], false, ([few, many]) =>
    ratio(
      () => call(few as Set),
      () => call(many as Set),
    ),
  );

export const claims = [
  claim(
    'price-select',
    'With 1000 file descriptors instead of 10, and one of them ready, `select` costs at least 8 times as much.',
    () => {
      const found = growth(({ fds }) => select(fds, [], [], 0));
      assert.ok(found > 8, `${found} times`);
    },
    'linux',
  ),
  claim(
    'price-poll',
    'The same for `poll`: at least 8 times as much.',
    () => {
      const found = growth(({ poller }) => poller.poll(0));
      assert.ok(found > 8, `${found} times`);
    },
    'linux',
  ),
  claim(
    'price-epoll',
    'The same for `epoll`: at most 3 times as much.',
    () => {
      const found = growth(({ set }) => set.poll(0));
      assert.ok(found < 3, `${found} times`);
    },
    'linux',
  ),
  claim(
    'price-epoll-all-ready',
    'When all 1000 are ready, `epoll` has to tell of all of them: at least 8 times the price of 10.',
    () =>
      withSets([10, 1000], true, ([few, many]) => {
        const found = ratio(
          () => few?.set.poll(0),
          () => many?.set.poll(0),
        );
        assert.ok(found > 8, `${found} times`);
      }),
    'linux',
  ),
  claim(
    'price-sizes',
    'An entry of `poll` has 8 bytes, and a set of `select` in C has 128, whatever is in it.',
    () => {
      assert.equal(seenInC('05-poll', 'revents.c', 'entry-bytes'), 8);
      assert.equal(seenInC('03-select', 'sets.c', 'fd-set-bytes'), 128);
    },
    'cc',
  ),
];
