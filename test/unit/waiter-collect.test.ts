/** More waits that are ready at once than the waiter hands over at a time, some of them over. */
import { poll, selectAsync } from 'fdselect';
import { close, pipe, write } from 'fdselect/os';
import { expect, test } from 'vitest';

// The thread finds them ready while the test sleeps; the other driver looks when it is asked.
process.env.FDSELECT_WAITER = 'thread';
await selectAsync([], [], [], 0.001);

test('a wait that ends after it was reported takes no other one along', async () => {
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
