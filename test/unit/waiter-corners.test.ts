/** Faults of asynchronous waits that the random tests have found. */
import { epoll, poll, selectAsync } from 'fdselect';
import { close, pipe, write } from 'fdselect/os';
import { EpollSelector, PollSelector, SelectSelector } from 'fdselect/selectors';
import { expect, test } from 'vitest';

// The thread finds them ready while the test sleeps; the other driver finds them when it collects.
process.env.FDSELECT_WAITER = 'thread';
await selectAsync([], [], [], 0.001);

test('a wait that ends after it was reported does not end another one', async () => {
  const pipes = Array.from({ length: 300 }, () => pipe());
  try {
    const controllers = pipes.map(() => new AbortController());
    const answers = pipes.map(([reader], i) => {
      const poller = poll();
      poller.register(reader);
      return poller.pollAsync(null, { signal: controllers[i]?.signal });
    });
    const settled = Promise.allSettled(answers);
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const [, writer] of pipes) write(writer, 'x');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    controllers[0]?.abort();
    const [first, ...others] = await settled;
    expect(first?.status).toBe('rejected');
    expect(others.filter(({ status }) => status === 'fulfilled')).toHaveLength(299);
  } finally {
    for (const fd of pipes.flat()) close(fd);
  }
});

test('an object that is not an AbortSignal is refused before the wait begins', async () => {
  const signal = { throwIfAborted() {} } as unknown as AbortSignal;
  using set = epoll();
  using selector = new PollSelector();
  const waits = [
    selectAsync([], [], [], 0.001, { signal }),
    poll().pollAsync(1, { signal }),
    set.pollAsync(0.001, -1, { signal }),
    selector.selectAsync(0.001, { signal }),
  ];
  for (const wait of waits) {
    await expect(wait).rejects.toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
      message: expect.stringContaining('options.signal'),
    });
  }
  // A wait that had begun would end now, with an uncaught exception.
  await new Promise((resolve) => setTimeout(resolve, 20));
});

test.each([SelectSelector, PollSelector, EpollSelector])(
  '%o: selectAsync refuses a timeout that is too long for the call',
  async (Selector) => {
    using selector = new Selector();
    await expect(selector.selectAsync(2 ** 70)).rejects.toThrow(RangeError);
  },
);
