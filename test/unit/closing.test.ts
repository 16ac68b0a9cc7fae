/** "Closing wakes": `close()` of an object ends this package's waits for it. */
import { EPOLLIN, Epoll, POLLIN, POLLNVAL, Poll, selectAsync, Waker } from 'fdselect';
import { dup2, write } from 'fdselect/os';
import { EpollSelector, PollSelector, SelectSelector } from 'fdselect/selectors';
import { describe, expect, test } from 'vitest';
import { openPipe } from '../support/sandbox.ts';
import '../support/waiter.ts';

const closed: unknown = expect.objectContaining({
  code: 'ERR_CLOSED',
  message: 'I/O operation on closed waker',
});

/** Every way to wait for one waker; for several. */
const waits: [name: string, wait: (wakers: Waker[]) => Promise<unknown>][] = [
  ['selectAsync', (wakers) => selectAsync(wakers, [], [])],
  ['Poll.pollAsync', (wakers) => registered(new Poll(), wakers, POLLIN).pollAsync()],
  ['Epoll.pollAsync', (wakers) => registered(new Epoll(), wakers, EPOLLIN).pollAsync()],
  ...[SelectSelector, PollSelector, EpollSelector].map(
    (Selector): [string, (wakers: Waker[]) => Promise<unknown>] => [
      `${Selector.name}.selectAsync`,
      (wakers) => registered(new Selector(), wakers, 1).selectAsync(),
    ],
  ),
];

const sets: Disposable[] = [];

function registered<T extends object & { register(fd: Waker, events: number): unknown }>(
  set: T,
  wakers: Waker[],
  events: number,
): T {
  for (const waker of wakers) set.register(waker, events);
  if (Symbol.dispose in set) sets.push(set as unknown as Disposable);
  return set;
}

async function outcome(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return error;
  } finally {
    for (const set of sets.splice(0)) set[Symbol.dispose]();
  }
}

describe.each(waits)('%s', (name, wait) => {
  test('for one object that is closed: ERR_CLOSED', async () => {
    const waker = new Waker();
    const promise = outcome(wait([waker]));
    await new Promise((resolve) => setTimeout(resolve, 5));
    waker.close();
    expect(await promise).toEqual(closed);
  });

  test('a hundred waits for one object', async () => {
    const waker = new Waker();
    const promises = Array.from({ length: 300 }, () => wait([waker]).catch((error) => error));
    waker.close();
    for (const result of await Promise.all(promises)) expect(result).toEqual(closed);
    for (const set of sets.splice(0)) set[Symbol.dispose]();
  });

  test('for two objects, of which one is closed: the result of the real call', async () => {
    using other = new Waker();
    const waker = new Waker();
    const fd = waker.fileno();
    const promise = outcome(wait([waker, other]));
    waker.close();
    other.wake();
    const answer = await promise;
    if (/^select|^SelectS/i.test(name)) {
      expect(answer).toMatchObject({ code: 'EBADF', syscall: 'select' });
    } else if (name === 'Poll.pollAsync') {
      expect(answer).toContainEqual([fd, POLLNVAL]);
    } else if (name === 'PollSelector.selectAsync') {
      expect(answer).toHaveLength(2);
    } else {
      expect(answer).toHaveLength(1); // the kernel has forgotten the closed one
    }
  });

  test('a wait for another object goes on', async () => {
    using waker = new Waker();
    const promise = outcome(wait([waker]));
    new Waker().close();
    waker.wake();
    expect(await promise).not.toBeInstanceOf(Error);
  });
});

test('an Epoll that is closed ends its own wait and those for it', async () => {
  const [r] = openPipe();
  const set = new Epoll();
  set.register(r, EPOLLIN);
  const promises = [set.pollAsync(), selectAsync([set], [], [])];
  set.close();
  for (const promise of promises) {
    await expect(promise).rejects.toMatchObject({
      code: 'ERR_CLOSED',
      message: 'I/O operation on closed epoll object',
    });
  }
});

describe('a wait for an fd that dup2() names as its target', () => {
  const changes: [name: string, change: (r: number, other: number) => void, isOther: boolean][] = [
    ['goes on where the call fails', (r) => expect(() => dup2(1 << 20, r)).toThrow('EBADF'), false],
    ['goes on where both are the same', (r) => dup2(r, r), false],
    ['goes on with the new file', (r, other) => dup2(other, r), true],
  ];

  test.each(changes)('%s', async (_, change, isOther) => {
    const [r, w] = openPipe();
    const [other, otherWriter] = openPipe();
    const poller = new Poll();
    poller.register(r, POLLIN);
    const answers = Promise.all([poller.pollAsync(), selectAsync([r], [], [])]);
    // Longer than the waiter waits before it looks at its numbers once more.
    await new Promise((resolve) => setTimeout(resolve, 50));
    change(r, other);
    write(isOther ? otherWriter : w, 'x');
    expect(await answers).toEqual([[[r, POLLIN]], [[r], [], []]]);
  });
});
