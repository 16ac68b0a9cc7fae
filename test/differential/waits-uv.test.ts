/** The random scripts with waits that do not block, under the waiter "uv". */
import { expect, test } from 'vitest';
import { SEED } from '../support/seed.ts';
import { ASYNC_COUNT, compare, openWaiter } from './compare.ts';

const waker = await openWaiter('uv');

test(`${ASYNC_COUNT} scripts, seed ${SEED}`, { timeout: 60_000 + 100 * ASYNC_COUNT }, async () => {
  const waits = ['poll', 'select', 'epollPoll', 'selectorSelect'];
  expect(await compare(ASYNC_COUNT, waker, waits)).toEqual([]);
});
