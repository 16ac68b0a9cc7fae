/** Asynchronous iterators over waits: `for await`, `events()`, and how they end. */
import { Readable } from 'node:stream';
import { EPOLLIN, Epoll, type EventsOptions, POLLIN, Poll } from 'fdselect';
import { read, write } from 'fdselect/os';
import { EpollSelector, PollSelector, SelectSelector } from 'fdselect/selectors';
import { describe, expect, test } from 'vitest';
import { closing, openPipe } from '../support/sandbox.ts';
import { scriptFile } from '../support/script.ts';
import { run } from '../support/server.ts';
import { typeError } from '../support/thrown.ts';
import '../support/waiter.ts';

interface Poller {
  register(fd: number, events: number): unknown;
  events(options?: EventsOptions): AsyncIterableIterator<unknown[]>;
  [Symbol.asyncIterator](): AsyncIterableIterator<unknown[]>;
}

/** Every class that can be iterated over, `unit` of which are a second. */
const kinds: { name: string; unit: number; open: (r: number) => Poller; now: string }[] = [
  { name: 'Poll', unit: 1000, now: 'poll', open: (r) => filled(new Poll(), r, POLLIN) },
  { name: 'Epoll', unit: 1, now: 'poll', open: (r) => filled(closing(new Epoll()), r, EPOLLIN) },
  ...[SelectSelector, PollSelector, EpollSelector].map((Selector) => ({
    name: Selector.name,
    unit: 1,
    now: 'select',
    open: (r: number) => filled(closing(new Selector()), r, 1),
  })),
];

function filled<T extends { register(fd: number, events: number): unknown }>(
  poller: T,
  r: number,
  events: number,
): T {
  poller.register(r, events);
  return poller;
}

/** Whether the object waits for nothing: a call that blocks is allowed. */
function isIdle(poller: Poller, now: string): boolean {
  const call = (poller as unknown as Record<string, (timeout: number) => unknown>)[now];
  return Array.isArray(call?.call(poller, 0));
}

describe.each(kinds)('an iterator over a $name', ({ name, open, unit, now }) => {
  test('return() settles the pending next() and ends its wait', async () => {
    const [r] = openPipe();
    const poller = open(r);
    const iterator = poller[Symbol.asyncIterator]();
    const pending = iterator.next();
    expect(await iterator.return?.('mine')).toEqual({ value: 'mine', done: true });
    expect(await pending).toEqual({ value: undefined, done: true });
    expect(isIdle(poller, now)).toBe(true);
    expect(await iterator.next()).toEqual({ value: undefined, done: true });
  });

  test('throw() rejects with its argument and ends the wait', async () => {
    const [r] = openPipe();
    const poller = open(r);
    const iterator = poller[Symbol.asyncIterator]();
    const pending = iterator.next();
    const error = new Error('mine');
    await expect(iterator.throw?.(error)).rejects.toBe(error);
    expect(await pending).toEqual({ value: undefined, done: true });
    expect(isIdle(poller, now)).toBe(true);
  });

  test('return() after the event, before it is delivered: the next() is done', async () => {
    const [r, w] = openPipe();
    const poller = open(r);
    write(w, 'x');
    const iterator = poller[Symbol.asyncIterator]();
    const pending = iterator.next();
    await iterator.return?.();
    expect(await pending).toEqual({ value: undefined, done: true });
    expect(isIdle(poller, now)).toBe(true);
  });

  test('break and throw in the loop leave no wait and no listener', async () => {
    const [r, w] = openPipe();
    write(w, 'x');
    const poller = open(r);
    for await (const events of poller) {
      expect(events).toHaveLength(1);
      break;
    }
    const loop = async () => {
      for await (const _ of poller) throw new Error('mine');
    };
    await expect(loop()).rejects.toThrow('mine');
    expect(isIdle(poller, now)).toBe(true);
  });

  test('an iterator that is refused with ERR_CONCURRENT_POLL does not end the other wait', async () => {
    const [r, w] = openPipe();
    const poller = open(r);
    const first = poller[Symbol.asyncIterator]();
    const second = poller[Symbol.asyncIterator]();
    const pending = first.next();
    const refused = second.next();
    await second.return?.();
    await expect(refused).rejects.toMatchObject({ code: 'ERR_CONCURRENT_POLL' });
    write(w, 'x');
    expect(await pending).toMatchObject({ done: false });
  });

  test('destroying a stream over the iterator ends the wait', async () => {
    const [r] = openPipe();
    const poller = open(r);
    const stream = Readable.from(poller).on('data', () => {});
    await new Promise((resolve) => setTimeout(resolve, 5));
    stream.destroy();
    await new Promise((resolve) => stream.once('close', resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isIdle(poller, now)).toBe(true);
  });

  test('events({ timeout }) gives [] after the timeout, in the unit of the object', async () => {
    const [r, w] = openPipe();
    const poller = open(r);
    const answers: number[] = [];
    const start = performance.now();
    for await (const events of poller.events({ timeout: 0.02 * unit })) {
      answers.push(events.length);
      if (events.length > 0) read(r, 1);
      if (answers.length === 1) write(w, 'x');
      if (answers.length === 3) break;
    }
    expect(answers).toEqual([0, 1, 0]);
    expect(performance.now() - start).toBeGreaterThanOrEqual(40);
  });

  test('events({ signal }) rejects with the reason', async () => {
    const [r] = openPipe();
    const poller = open(r);
    const controller = new AbortController();
    const reason = { why: 'enough' };
    const iterator = poller.events({ signal: controller.signal });
    const pending = iterator.next();
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    expect(await iterator.next()).toEqual({ value: undefined, done: true });
    expect(isIdle(poller, now)).toBe(true);
  });

  test('bad options reject', async () => {
    const [r] = openPipe();
    const poller = open(r);
    for (const options of [null, 1, { signal: 1 }, { timeout: 'x' }]) {
      const next = poller.events(options as EventsOptions).next();
      await expect(next).rejects.toEqual(typeError);
    }
  });

  test('an iterator that was left does not keep the process alive', async () => {
    const source = `
      import { Poll, Epoll } from 'fdselect';
      import { EpollSelector, PollSelector, SelectSelector } from 'fdselect/selectors';
      import { pipe } from 'fdselect/os';
      const poller = new ${name}();
      poller.register(pipe()[0], 1);
      const iterator = poller[Symbol.asyncIterator]();
      iterator.next().then(({ done }) => console.log(done));
      setTimeout(() => iterator.return(), 20);
    `;
    await using child = run(process.execPath, [scriptFile(source)]);
    expect(await child.finished()).toMatchObject({ code: 0, stdout: 'true\n' });
  });
});
