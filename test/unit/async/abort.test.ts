/** An AbortSignal ends the waits that do not block. */
import { getEventListeners } from 'node:events';
import { read, write } from 'fdselect/os';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { aborter, kinds, rejection, stateOf, thisTask, turns } from '../../support/async-waits.ts';
import { close, openAt, openPipe } from '../../support/sandbox.ts';
import '../../support/waiter.ts';

describe.each(kinds)('a signal: $name', ({ wait, ready, timedOut }) => {
  test('aborted before: rejects with its reason, even if the fd is ready', async () => {
    const [r, w] = openPipe();
    write(w, 'x');
    const reason = { why: 'because' };
    expect(await rejection(wait(r, 1, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(await rejection(wait(r, 1, { signal: AbortSignal.abort() }))).toMatchObject({
      name: 'AbortError',
    });
  });

  test('aborted during the wait: rejects with its reason at once', async () => {
    const [r] = openPipe();
    const controller = new AbortController();
    const promise = wait(r, undefined, { signal: controller.signal });
    await turns();
    const error = new Error('stop');
    controller.abort(error);
    const state = stateOf(promise);
    await thisTask();
    expect(state.isSettled).toBe(true);
    expect(await rejection(promise)).toBe(error);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  test('AbortSignal.timeout', async () => {
    const [r] = openPipe();
    const error = await rejection(wait(r, undefined, { signal: AbortSignal.timeout(20) }));
    expect(error).toMatchObject({ name: 'TimeoutError' });
  });

  test('a hundred waits share a signal: it has one listener', async () => {
    const controller = aborter();
    const waits = Array.from({ length: 100 }, () =>
      rejection(wait(openPipe()[0], undefined, { signal: controller.signal })),
    );
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    controller.abort();
    for (const reason of await Promise.all(waits)) expect(reason).toBe(controller.signal.reason);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  test('aborted after the wait: its result stays', async () => {
    const [r, w] = openPipe();
    const controller = new AbortController();
    const promise = wait(r, 10, { signal: controller.signal });
    await turns();
    write(w, 'x');
    expect(await promise).toEqual(ready(r));
    controller.abort();
    expect(await promise).toEqual(ready(r));
  });

  test('one signal for a hundred waits in sequence: no listener is left', async () => {
    const onWarning = vi.fn();
    process.on('warning', onWarning);
    onTestFinished(() => void process.off('warning', onWarning));
    const [r, w] = openPipe();
    const { signal } = aborter();
    for (let i = 0; i < 100; i++) {
      const promise = wait(r, i % 2 === 0 ? 10 : 0.001, { signal });
      expect(getEventListeners(signal, 'abort')).toHaveLength(1);
      if (i % 2 === 0) write(w, 'x');
      expect(await promise).toEqual(i % 2 === 0 ? ready(r) : timedOut);
      if (i % 2 === 0) read(r, 1);
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    }
    await turns();
    expect(onWarning).not.toHaveBeenCalled();
  });

  test('a wait that ends at once adds no listener', async () => {
    const [r, w] = openPipe();
    write(w, 'x');
    const { signal } = aborter();
    const promise = wait(r, 10, { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(await promise).toEqual(ready(r));
    read(r, 1);
    expect(await wait(r, 0, { signal })).toEqual(timedOut);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('after an abort, the fd can be closed and its number used again', async () => {
    const [[r1], [r2, w2]] = [openPipe(), openPipe()];
    const controller = new AbortController();
    const first = wait(r1, undefined, { signal: controller.signal });
    await turns();
    controller.abort();
    await rejection(first);
    close(r1);
    openAt(r2, r1);
    const promise = wait(r1, 10);
    await turns();
    write(w2, 'x');
    expect(await promise).toEqual(ready(r1));
  });
});
