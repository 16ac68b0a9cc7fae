/** Arrays and signals that were made elsewhere: node:vm, jsdom, polyfills; and fake timers. */
import { createContext, runInContext } from 'node:vm';
import { EPOLLIN, Epoll, POLLIN, Poll, selectAsync } from 'fdselect';
import { EventLoop } from 'fdselect/loop';
import { write } from 'fdselect/os';
import { Reactor } from 'fdselect/reactor';
import { PollSelector } from 'fdselect/selectors';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { testUnless } from '../support/runtime.ts';
import { closing, openPipe } from '../support/sandbox.ts';
import { typeError } from '../support/thrown.ts';
import '../support/waiter.ts';

const realm = createContext({ AbortController: undefined });

/** An object that another realm has made. */
function other<T>(source: string): T {
  return runInContext(source, realm) as T;
}

describe.each(['new Int32Array(4)', 'new Int32Array(new SharedArrayBuffer(16))'])(
  'pollInto takes %s of another realm',
  (source) => {
    test('Poll, Epoll', () => {
      const [r, w] = openPipe();
      write(w, 'x');
      const poller = new Poll();
      poller.register(r, POLLIN);
      const set = closing(new Epoll());
      set.register(r, EPOLLIN);
      for (const object of [poller, set]) {
        const events = other<Int32Array>(source);
        expect(events).not.toBeInstanceOf(Int32Array);
        expect(object.pollInto(events, 0)).toBe(1);
        expect([...events.subarray(0, 2)]).toEqual([r, POLLIN]);
      }
    });
  },
);

test.each(['new Uint32Array(4)', '[0, 0]', 'new DataView(new ArrayBuffer(8))', '({ length: 4 })'])(
  'pollInto refuses %s',
  (source) => {
    for (const object of [new Poll(), closing(new Epoll())]) {
      expect(() => object.pollInto(other<Int32Array>(source), 0)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
      );
    }
  },
);

/** A polyfill's controller: its signal takes only functions, and may have no reason. */
class ForeignSignal {
  aborted = false;
  reason: unknown;
  readonly #listeners = new Set<() => void>();

  addEventListener(type: string, listener: unknown): void {
    if (type !== 'abort' || typeof listener !== 'function') throw new TypeError('not a function');
    this.#listeners.add(listener as () => void);
  }

  removeEventListener(_: string, listener: unknown): void {
    this.#listeners.delete(listener as () => void);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  abort(reason?: unknown): void {
    this.aborted = true;
    this.reason = reason;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Every way to wait, with a signal. */
const waits: [name: string, wait: (options: { signal: AbortSignal }) => Promise<unknown>][] = [
  ['selectAsync', (options) => selectAsync([openPipe()[0]], [], [], null, options)],
  ['Poll.pollAsync', (options) => new Poll().pollAsync(null, options)],
  ['Epoll.pollAsync', (options) => closing(new Epoll()).pollAsync(null, -1, options)],
  ['PollSelector.selectAsync', (options) => new PollSelector().selectAsync(null, options)],
  ['EventLoop.runAsync', (options) => heldLoop().runAsync(options)],
  ['EventLoop.runOnceAsync', (options) => heldLoop().runOnceAsync(null, options)],
  ['Reactor.runAsync', (options) => closing(new Reactor()).runAsync(options)],
];

function heldLoop(): EventLoop {
  const loop = closing(new EventLoop());
  loop.hold();
  return loop;
}

describe.each(waits)('%s', (_, wait) => {
  test('takes a signal of a polyfill and rejects with its reason', async () => {
    const signal = new ForeignSignal();
    const promise = wait({ signal: signal as unknown as AbortSignal });
    expect(signal.listeners).toBe(1);
    signal.abort('enough');
    await expect(promise).rejects.toBe('enough');
    expect(signal.listeners).toBe(0);
    await expect(wait({ signal: signal as unknown as AbortSignal })).rejects.toBe('enough');
  });

  test('rejects with an AbortError if the signal has no reason', async () => {
    const signal = new ForeignSignal();
    const promise = wait({ signal: signal as unknown as AbortSignal });
    signal.abort();
    await expect(promise).rejects.toMatchObject({ name: 'AbortError' });
  });

  test.each([null, 1, 'x', {}, { aborted: false }, () => {}])(
    'refuses %o as a signal',
    async (signal) => {
      const options = { signal } as unknown as { signal: AbortSignal };
      await expect(wait(options)).rejects.toEqual(typeError);
    },
  );

  test.each([null, 1, 'x'])('refuses %o as options', async (options) => {
    const given = options as unknown as { signal: AbortSignal };
    await expect(wait(given)).rejects.toEqual(typeError);
  });
});

describe('fake timers do not change waits', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  testUnless({ Bun: 'its runner fakes timers inside of the runtime' })(
    'a timeout ends',
    async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] });
      expect(await selectAsync([openPipe()[0]], [], [], 0.02)).toEqual([[], [], []]);
      expect(await new Poll().pollAsync(20)).toEqual([]);
      expect(await closing(new Epoll()).pollAsync(0.02)).toEqual([]);
    },
  );

  test('a thousand waits that settle at once do not starve the event loop', async () => {
    const [r, w] = openPipe();
    write(w, 'x');
    // As fake timers do: those of Bun's runner would also stop Date.now().
    const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
    onTestFinished(() => clock.mockRestore());
    let turns = 0;
    let isOver = false;
    setImmediate(function count() {
      turns++;
      if (!isOver) setImmediate(count);
    });
    const end = Date.now() + 10_000; // Deno's process.hrtime() is performance.now()
    while (turns <= 2 && Date.now() < end) await selectAsync([r], [], []);
    isOver = true;
    expect(turns).toBeGreaterThan(2);
  });
});
