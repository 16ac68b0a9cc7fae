/** The claims of lesson 25 about many idle connections: ratios with wide margins, measured in turns. */
import assert from 'node:assert/strict';
import { EPOLLIN, type Epoll, epoll, POLLIN, type Poll, poll } from 'fdselect';
import { type Socket, socketpair } from 'fdselect/socket';
import { claim } from '../../course/claim.js';
import { closeAll, cpuShare, ratio } from '../../course/kernel.js';

interface Crowd {
  readonly pairs: readonly (readonly [client: Socket, server: Socket])[];
  readonly poller: Poll;
  readonly set: Epoll;
}

/** So many connections, watched by poll and by epoll. */
function withCrowds<T>(sizes: readonly number[], use: (...crowds: Crowd[]) => T): T {
  const crowds = sizes.map((size) => {
    const pairs = Array.from({ length: size }, () => socketpair());
    const poller = poll();
    const set = epoll();
    for (const [, server] of pairs) {
      poller.register(server, POLLIN);
      set.register(server, EPOLLIN);
    }
    return { pairs, poller, set };
  });
  try {
    return use(...crowds);
  } finally {
    for (const { pairs, set } of crowds) closeAll(set, ...pairs.flat());
  }
}

/** One message to the first client of the crowd, and its answer. */
function echo({ pairs }: Crowd, wait: () => unknown): void {
  const [client, server] = pairs[0] as (typeof pairs)[0];
  client.send('hello');
  wait();
  server.send(server.recv(99));
  client.recv(99);
}

export const claims = [
  claim(
    'c10k-poll-echo',
    'With 400 idle connections instead of 4, a message costs `poll` at least twice as much, with all calls of an echo together.',
    () =>
      withCrowds([4, 400], (few, many) => {
        const found = ratio(
          () => echo(few as Crowd, () => few?.poller.poll()),
          () => echo(many as Crowd, () => many?.poller.poll()),
        );
        assert.ok(found > 2, `${found} times`);
      }),
    'linux',
  ),
  claim(
    'c10k-epoll-echo',
    'With `epoll` it costs at most 1.5 times as much: silent clients cost nothing.',
    () =>
      withCrowds([4, 400], (few, many) => {
        const found = ratio(
          () => echo(few as Crowd, () => few?.set.poll()),
          () => echo(many as Crowd, () => many?.set.poll()),
        );
        assert.ok(found < 1.5, `${found} times`);
      }),
    'linux',
  ),
  claim(
    'c10k-all-speak',
    'When all 400 speak at once, `epoll` saves little: `poll` costs at most twice as much, as one look at 400 finds 400.',
    () =>
      withCrowds([400], (crowd) => {
        for (const [client] of crowd?.pairs ?? []) client.send('x');
        const found = ratio(
          () => crowd?.set.poll(0, 400),
          () => crowd?.poller.poll(0),
        );
        assert.ok(found < 2, `${found} times`);
      }),
    'linux',
  ),
  claim(
    'c10k-asleep',
    'A wait for 400 silent connections takes no CPU time while it sleeps, with `poll` as with `epoll`.',
    () =>
      withCrowds([400], (crowd) => {
        assert.ok(cpuShare(() => crowd?.poller.poll(150)) < 0.3);
        assert.ok(cpuShare(() => crowd?.set.poll(0.15)) < 0.3);
      }),
    'linux',
  ),
];
