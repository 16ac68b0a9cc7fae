/** A selector's wait without a promise, for event loops: `startSelect`, which is internal. */
import { selectAsync, Waker } from 'fdselect';
import { read, write } from 'fdselect/os';
import { EpollSelector, PollSelector, type Ready, SelectSelector } from 'fdselect/selectors';
import { describe, expect, test, vi } from 'vitest';
import { closing, openPipe } from '../support/sandbox.ts';
import '../support/waiter.ts';

/** Internal, so not in the public types. */
interface Starting {
  startSelect(
    timeout: number | null,
    options: undefined,
    onReady: (ready: Ready<unknown>[]) => void,
    onError: (error: unknown) => void,
  ): void;
}

describe.each([SelectSelector, PollSelector, EpollSelector])('%o', (Selector) => {
  function open() {
    const selector = closing(new Selector());
    const start = (onReady: (ready: Ready<unknown>[]) => void, timeout: number | null = null) =>
      new Promise<void>((resolve, reject) => {
        (selector as unknown as Starting).startSelect(
          timeout,
          undefined,
          (ready) => {
            onReady(ready);
            resolve();
          },
          reject,
        );
      });
    return { selector, start };
  }

  test('calls back with the ready objects, never at once, and again and again', async () => {
    const { selector, start } = open();
    const [r, w] = openPipe();
    const key = selector.register(r, 1);
    for (let i = 0; i < 5; i++) {
      write(w, 'x');
      const onReady = vi.fn();
      const promise = start(onReady);
      expect(onReady).not.toHaveBeenCalled();
      await promise;
      expect(onReady).toHaveBeenCalledWith([[key, 1]]);
      read(r, 1);
    }
    const none = vi.fn();
    await start(none, 0.01);
    expect(none).toHaveBeenCalledWith([]);
  });

  test('a callback may close the objects of other waits', async () => {
    const waker = new Waker();
    const others = Array.from({ length: 5 }, () => selectAsync([waker], [], []));
    const ended = Promise.allSettled(others);
    const told: number[] = [];
    const promises = Array.from({ length: 5 }, (_, i) => {
      const { selector, start } = open();
      const [r, w] = openPipe();
      selector.register(r, 1);
      write(w, 'x');
      return start(() => {
        told.push(i);
        // Two are watched by name, the others from a list.
        if (told.length === 3) waker.close();
      });
    });
    await Promise.all([...promises, ended]);
    expect(told).toHaveLength(5);
  });

  test('a wait may begin in the callback of the one before', async () => {
    const { selector } = open();
    const [r, w] = openPipe();
    selector.register(r, 1);
    write(w, 'x');
    let count = 0;
    await new Promise<void>((resolve, reject) => {
      const again = () => {
        (selector as unknown as Starting).startSelect(null, undefined, onReady, reject);
      };
      const onReady = () => {
        if (++count === 100) resolve();
        else again();
      };
      again();
    });
    expect(count).toBe(100);
  });

  test('close() rejects the wait; a second wait, and values that are not functions, are refused', async () => {
    const { selector, start } = open();
    selector.register(openPipe()[0], 1);
    const promise = start(() => {});
    await expect(start(() => {})).rejects.toMatchObject({ code: 'ERR_CONCURRENT_POLL' });
    const { startSelect } = selector as unknown as Starting;
    expect(() => startSelect.call(selector, 0, undefined, 1 as never, 1 as never)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
    );
    selector.close();
    await expect(promise).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });
});
