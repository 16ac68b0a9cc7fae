/** Component: boxes, links, turns, sleep, children and errors. */
import {
  BoxAlreadyLinkedToDestination,
  Component,
  every,
  NoSpaceInBox,
  type Scheduler,
  sleep,
} from 'fdselect/components';
import { describe, expect, test } from 'vitest';
import { Actor, Sink, Source } from '../support/components.ts';
import { SCHEDULERS } from '../support/schedulers.ts';
import { rangeError, thrown, typeError } from '../support/thrown.ts';

/** A component that does nothing. */
function idle(): Actor {
  return new Actor(function* () {});
}

describe('boxes', () => {
  test('inbox and control, outbox and signal; or those of the class', () => {
    class Other extends Actor {
      static override readonly Inboxes = { ...Component.Inboxes, extra: 'more' };
      static override readonly Outboxes = { ...Component.Outboxes, log: 'less' };
    }
    const component = new Other(function* () {});
    for (const inbox of ['inbox', 'control', 'extra']) {
      expect(component.dataReady(inbox)).toBe(false);
    }
    for (const outbox of ['outbox', 'signal', 'log']) component.send('x', outbox);
    expect([component.hasInbox('extra'), component.hasOutbox('extra')]).toEqual([true, false]);
    expect(idle().hasInbox('extra')).toBe(false);
  });

  test.each([
    ['inbox', (c: Component) => c.recv('outbox')],
    ['inbox', (c: Component) => c.dataReady('x')],
    ['inbox', (c: Component) => c.deliver(1, '')],
    ['inbox', (c: Component) => c.setInboxSize('x', 1)],
    ['outbox', (c: Component) => c.send(1, 'inbox')],
    ['outbox', (c: Component) => c.hasRoom('x')],
    ['outbox', (c: Component) => c.isLinked('x')],
  ])('an unknown %s is a RangeError that names those there are', (kind, use) => {
    const error = thrown(() => use(idle()));
    expect(error).toEqual(rangeError);
    expect((error as Error).message).toMatch(
      kind === 'inbox'
        ? /^inbox must be one of inbox, control, received '/
        : /^outbox must be one of outbox, signal, received '/,
    );
  });

  test('messages of every type wait in their order', () => {
    const component = idle();
    const messages = [undefined, null, 0, '', {}, Symbol('s')];
    for (const message of messages) component.deliver(message);
    expect(component.anyReady()).toBe(true);
    expect(messages.map(() => component.recv())).toEqual(messages);
    expect(component.anyReady()).toBe(false);
    expect(thrown(() => component.recv())).toMatchObject({
      code: 'ERR_BOX_EMPTY',
      message: `inbox 'inbox' of ${component.name} is empty`,
    });
  });

  test('messages without a link are discarded', () => {
    const component = idle();
    component.send('x');
    const sink = idle();
    component.link([component, 'outbox'], [sink, 'inbox']);
    expect(sink.anyReady()).toBe(false);
  });

  test.each([
    ['65536 messages', () => 0, 65536],
    ['1 MiB of bytes', () => Buffer.alloc(4096), 256],
    ['1 MiB of memory for single bytes', () => Buffer.alloc(1), 2048],
    ['1 MiB of text', () => 'x'.repeat(65536), 16],
    ['a message that alone is longer', () => new ArrayBuffer(2_000_000), 1],
  ])('full: %s', (_, message, count) => {
    const [source, sink] = [idle(), idle()];
    source.link([source, 'outbox'], [sink, 'inbox']);
    for (let i = 0; i < count; i++) source.send(message());
    const error = thrown(() => source.send(message()));
    expect(error).toBeInstanceOf(NoSpaceInBox);
    expect(error).toMatchObject({ code: 'ERR_NO_SPACE_IN_BOX' });
    expect(String(error)).toMatch(
      new RegExp(`^NoSpaceInBox: inbox 'inbox' of ${sink.name} is full: ${count} messages, \\d+ b`),
    );
    sink.recv();
    source.send(message());
    for (let i = 0; i < count; i++) sink.recv();
    expect(sink.anyReady()).toBe(false);
  });

  test('setInboxSize', () => {
    const component = idle();
    component.setInboxSize('control', 2);
    component.deliver(1, 'control');
    component.deliver(2, 'control');
    expect(thrown(() => component.deliver(3, 'control'))).toBeInstanceOf(NoSpaceInBox);
    for (const size of [0, -1, 1.5, Number.NaN]) {
      expect(thrown(() => component.setInboxSize('control', size))).toEqual(rangeError);
    }
    expect(thrown(() => component.setInboxSize('control', '1' as never))).toEqual(typeError);
  });

  test('hasRoom: fewer than 1000 messages, and less than 64 KiB', () => {
    const [source, sink] = [idle(), idle()];
    expect(source.hasRoom()).toBe(true);
    source.link([source, 'outbox'], [sink, 'inbox']);
    for (let i = 0; i < 999; i++) source.send(i);
    expect(source.hasRoom()).toBe(true);
    source.send(999);
    expect(source.hasRoom()).toBe(false);
    while (sink.dataReady()) sink.recv();
    source.send('x'.repeat(65536));
    expect(source.hasRoom()).toBe(false);
  });
});

describe('links', () => {
  test('an outbox leads to one inbox, an inbox may come from many', () => {
    const [a, b, sink] = [idle(), idle(), idle()];
    expect(a.isLinked()).toBe(false);
    a.link([a, 'outbox'], [sink, 'inbox']);
    a.link([b, 'outbox'], [sink, 'inbox']);
    expect(a.isLinked()).toBe(true);
    const error = thrown(() => a.link([a, 'outbox'], [b, 'inbox']));
    expect(error).toBeInstanceOf(BoxAlreadyLinkedToDestination);
    expect(error).toMatchObject({
      code: 'ERR_BOX_ALREADY_LINKED',
      message: `outbox 'outbox' of ${a.name} is linked to inbox 'inbox' of ${sink.name}`,
    });
    a.send(1);
    b.send(2);
    a.send(3);
    expect([sink.recv(), sink.recv(), sink.recv()]).toEqual([1, 2, 3]);
  });

  test('through the boxes of a component to one inside of it and out again', () => {
    const [outer, inner, source, sink] = [idle(), idle(), idle(), idle()];
    source.link([source, 'outbox'], [outer, 'inbox']);
    source.send('waits');
    outer.link([outer, 'inbox'], [inner, 'inbox'], 1);
    source.send('comes later');
    expect(outer.anyReady()).toBe(false);
    expect([inner.recv(), inner.recv()]).toEqual(['waits', 'comes later']);
    outer.link([inner, 'outbox'], [outer, 'outbox'], 2);
    sink.link([outer, 'outbox'], [sink, 'inbox']);
    inner.send('out');
    expect(sink.recv()).toBe('out');
  });

  test('unlink: one link, or all of a component', () => {
    const [hub, a, b] = [idle(), idle(), idle()];
    const one = hub.link([a, 'outbox'], [b, 'inbox']);
    hub.link([a, 'signal'], [b, 'control']);
    hub.unlink(one);
    a.send(1);
    a.send(2, 'signal');
    expect([b.dataReady(), b.dataReady('control')]).toEqual([false, true]);
    hub.unlink(b);
    expect(a.isLinked('signal')).toBe(false);
    hub.link([a, 'outbox'], [b, 'inbox']); // free again
  });

  test('links from a box to itself are refused, and boxes that do not exist', () => {
    const [a, b] = [idle(), idle()];
    a.link([a, 'inbox'], [b, 'inbox'], 1);
    expect(thrown(() => a.link([b, 'inbox'], [a, 'inbox'], 1))).toBeInstanceOf(RangeError);
    expect(thrown(() => a.link([a, 'inbox'], [b, 'inbox']))).toEqual(rangeError);
    expect(thrown(() => a.link([{} as Component, 'outbox'], [b, 'inbox']))).toEqual(typeError);
    expect(thrown(() => a.link([a, 'outbox'], [b, 'inbox'], 3 as never))).toEqual(rangeError);
  });
});

describe.each(SCHEDULERS)('$name', ({ open, run, runUntil, isAsync }) => {
  /** Runs generators as components, in their order, until all have ended. */
  async function act(...mains: ConstructorParameters<typeof Actor>[0][]): Promise<Scheduler> {
    const scheduler = open();
    for (const main of mains) new Actor(main).activate(scheduler);
    await run(scheduler);
    return scheduler;
  }

  test('round robin: one step of each', async () => {
    const log: string[] = [];
    const steps = (name: string, count: number) =>
      function* () {
        for (let i = 0; i < count; i++) {
          log.push(`${name}${i}`);
          yield;
        }
      };
    await act(steps('a', 3), steps('b', 1), steps('c', 2));
    expect(log).toEqual(['a0', 'b0', 'c0', 'a1', 'c1', 'a2']);
  });

  test('paused until a message arrives', async () => {
    const scheduler = open();
    const log: unknown[] = [];
    const waiter = new Actor(function* (self) {
      self.pause();
      log.push('not yet');
      yield;
      log.push(self.recv());
    }).activate(scheduler);
    new Actor(function* (self) {
      self.link([self, 'outbox'], [waiter, 'inbox']);
      for (let i = 0; i < 5; i++) yield;
      log.push('sends');
      self.send('hello');
    }).activate(scheduler);
    await run(scheduler);
    expect(log).toEqual(['not yet', 'sends', 'hello']);
  });

  test('paused until a message that it has sent is taken', async () => {
    const scheduler = open();
    const log: string[] = [];
    const taker = new Actor(function* (self) {
      for (let i = 0; i < 5; i++) yield;
      log.push('takes');
      self.recv();
    });
    new Actor(function* (self) {
      self.link([self, 'outbox'], [taker, 'inbox']);
      self.send('x');
      self.pause();
      yield;
      log.push('was taken');
    }).activate(scheduler);
    taker.activate(scheduler);
    await run(scheduler);
    expect(log).toEqual(['takes', 'was taken']);
  });

  test('paused until a child ends', async () => {
    const log: string[] = [];
    await act(function* (self) {
      const child = new Actor(function* () {
        for (let i = 0; i < 3; i++) yield;
        log.push('child');
      });
      self.addChildren(child);
      child.activate(self.scheduler);
      expect(self.childComponents).toEqual([child]);
      while (!self.childrenDone()) {
        self.pause();
        yield;
      }
      log.push('parent');
      expect(self.childComponents).toEqual([]);
      expect(child.hasEnded).toBe(true);
    });
    expect(log).toEqual(['child', 'parent']);
  });

  test('a message in the same turn wakes it at once', async () => {
    const log: unknown[] = [];
    await act(function* (self) {
      self.link([self, 'outbox'], [self, 'inbox']);
      self.pause();
      self.send('to myself');
      yield;
      log.push(self.recv());
    });
    expect(log).toEqual(['to myself']);
  });

  test('pause(seconds): at most that long', async () => {
    const start = performance.now();
    let woken = 0;
    await act(function* (self) {
      self.pause(0.05);
      yield;
      woken = performance.now() - start;
      self.link([self, 'outbox'], [self, 'inbox']);
      self.send('x');
      self.pause(60);
      yield;
    });
    expect(woken).toBeGreaterThanOrEqual(49);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test('sleep: messages do not end it', async () => {
    const scheduler = open();
    const start = performance.now();
    let woken = 0;
    const sleeper = new Actor(function* (self) {
      yield* sleep(0.05);
      woken = performance.now() - start;
      expect(self.recv()).toBe('wake up');
    }).activate(scheduler);
    new Actor(function* (self) {
      self.link([self, 'outbox'], [sleeper, 'inbox']);
      self.send('wake up');
      yield;
    }).activate(scheduler);
    await run(scheduler);
    expect(woken).toBeGreaterThanOrEqual(49);
  });

  test.each([
    [-1, rangeError],
    [Number.NaN, rangeError],
    [Number.POSITIVE_INFINITY, rangeError],
    ['1', typeError],
  ])('sleep(%s) and pause(%s) throw where they are called', async (seconds, error) => {
    const errors: unknown[] = [];
    await act(function* (self) {
      try {
        yield* sleep(seconds as number);
      } catch (thrown) {
        errors.push(thrown);
      }
      errors.push(thrown(() => self.pause(seconds as number)));
      errors.push(thrown(() => every(seconds as number)));
    });
    expect(errors).toEqual([error, error, error]);
  });

  test('every: no beat comes before its time', async () => {
    const times: number[] = [];
    await act(function* (self) {
      const beat = every(0.02);
      const start = self.scheduler.loop.time();
      for (let n = 1; n <= 5; n++) {
        yield* beat();
        times.push(self.scheduler.loop.time() - start - 0.02 * n);
      }
    });
    expect(Math.min(...times)).toBeGreaterThan(-0.001);
  });

  test('every: beats that were missed are left out', async () => {
    const times: number[] = [];
    await act(function* (self) {
      const beat = every(0.02);
      const start = self.scheduler.loop.time();
      yield* beat();
      const until = performance.now() + 50;
      while (performance.now() < until) {}
      yield* beat();
      times.push(self.scheduler.loop.time() - start);
      yield* beat();
      times.push(self.scheduler.loop.time() - start);
    });
    const [first = 0, second = 0] = times;
    expect(first).toBeGreaterThan(0.079);
    expect(second).toBeGreaterThan(0.099);
  });

  test('a component that throws ends alone, and its error is reported', async () => {
    const errors: [unknown, string | undefined][] = [];
    const scheduler = open({
      onError: (error, component) => errors.push([error, component?.name]),
    });
    const error = new Error('oh');
    const bad = new Actor(function* () {
      yield;
      throw error;
    }).activate(scheduler);
    const good = new Source([1, 2, 3, 4, 5]).activate(scheduler);
    const sink = new Sink().activate(scheduler);
    good.link([good, 'outbox'], [sink, 'inbox']);
    good.link([good, 'signal'], [sink, 'control']);
    await run(scheduler);
    expect(errors).toEqual([[error, bad.name]]);
    expect(sink.messages).toEqual([1, 2, 3, 4, 5]);
    expect(bad.hasEnded).toBe(true);
  });

  test('a main() that is not a generator is reported', async () => {
    const errors: unknown[] = [];
    const scheduler = open({ onError: (error) => errors.push(error) });
    new Actor(() => 7 as never).activate(scheduler);
    new Actor(() => {
      throw new RangeError('in main');
    }).activate(scheduler);
    await run(scheduler);
    expect(errors).toEqual([typeError, new RangeError('in main')]);
    expect(String(errors[0])).toMatch(/main\(\) of Actor_\d+ must be .*, received 7$/);
  });

  if (isAsync) {
    test('an async generator, and an async function', async () => {
      const scheduler = open();
      const log: unknown[] = [];
      const receiver = new Actor(async function* (self) {
        while (log.length < 4) {
          if (!self.dataReady()) {
            self.pause();
            yield;
          } else {
            log.push(self.recv());
          }
        }
        yield* sleep(0.001);
        log.push('end');
      }).activate(scheduler);
      new Actor(async (self) => {
        self.link([self, 'outbox'], [receiver, 'inbox']);
        for (const message of [1, 2, 3, 4]) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          self.send(message);
        }
      }).activate(scheduler);
      await run(scheduler);
      expect(log).toEqual([1, 2, 3, 4, 'end']);
    });

    test('a message that comes while an async generator awaits wakes it', async () => {
      const scheduler = open();
      const log: unknown[] = [];
      const receiver = new Actor(async function* (self) {
        const wasReady = self.dataReady();
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (!wasReady) self.pause();
        yield;
        log.push(self.recv());
      }).activate(scheduler);
      setTimeout(() => receiver.deliver('meanwhile'), 1);
      await run(scheduler);
      expect(log).toEqual(['meanwhile']);
    });

    test('an async main that rejects ends alone', async () => {
      const errors = new Map<unknown, unknown>();
      const scheduler = open({ onError: (error, component) => errors.set(component, error) });
      const one = new Actor(async () => Promise.reject(new Error('one'))).activate(scheduler);
      // biome-ignore lint/correctness/useYield: it throws before
      const two = new Actor(async function* () {
        throw new Error('two');
      }).activate(scheduler);
      await run(scheduler);
      expect([errors.get(one), errors.get(two)]).toEqual([new Error('one'), new Error('two')]);
    });

    test("Node's own callbacks may wake a component", async () => {
      const scheduler = open();
      const waiter = new Actor(function* (self) {
        setTimeout(() => self.deliver('from Node'), 20);
        self.pause();
        yield;
        expect(self.recv()).toBe('from Node');
      }).activate(scheduler);
      await run(scheduler);
      expect(waiter.hasEnded).toBe(true);
    });
  } else {
    test.each([
      ['async generator', async function* () {}],
      ['async function', async () => {}],
      ['async function that rejects', () => Promise.reject(new Error('unheard'))],
    ])('run() refuses an %s', async (_, main) => {
      const errors: unknown[] = [];
      const scheduler = open({ onError: (error, component) => errors.push(error, component) });
      const component = new Actor(main).activate(scheduler);
      scheduler.run();
      expect(errors).toEqual([expect.objectContaining({ code: 'ERR_ASYNC_MAIN' }), component]);
      await new Promise((resolve) => setImmediate(resolve));
    });
  }

  test('stop ends it at its yield, runs its finally blocks, and ends its children', async () => {
    const log: string[] = [];
    const scheduler = open();
    const main = (name: string) =>
      function* (self: Actor) {
        try {
          for (;;) {
            self.pause();
            yield;
          }
        } finally {
          log.push(name);
        }
      };
    const parent = new Actor(main('parent')).activate(scheduler);
    const child = new Actor(main('child')).activate(scheduler);
    parent.addChildren(child);
    new Actor(function* () {
      yield;
      parent.stop();
      parent.stop();
      expect([parent.hasEnded, child.hasEnded]).toEqual([true, true]);
    }).activate(scheduler);
    await run(scheduler);
    expect(log).toEqual(['child', 'parent']);
  });

  test('stop: itself, at its next yield', async () => {
    const log: string[] = [];
    await act(function* (self) {
      try {
        self.stop();
        log.push('goes on');
        yield;
        log.push('never');
      } finally {
        log.push('finally');
      }
    });
    expect(log).toEqual(['goes on', 'finally']);
  });

  test('messages for one that has ended are discarded, and no sender waits for it', async () => {
    const scheduler = open();
    const ended = new Actor(function* () {}).activate(scheduler);
    const source = new Actor(function* (self) {
      self.link([self, 'outbox'], [ended, 'inbox']);
      yield;
      yield;
      for (let i = 0; i < 100_000; i++) self.send(i);
      expect(self.hasRoom()).toBe(true);
    }).activate(scheduler);
    await run(scheduler);
    expect([ended.hasEnded, ended.anyReady(), source.hasEnded]).toEqual([true, false, true]);
  });

  test('a second activate() has no effect; with another scheduler, or after the end, it throws', async () => {
    const scheduler = open();
    const other = open();
    const component = new Source([1, 2]);
    expect(thrown(() => component.scheduler)).toMatchObject({ code: 'ERR_NOT_ACTIVE' });
    component.activate(scheduler).activate(scheduler);
    expect(component.scheduler).toBe(scheduler);
    const again = expect.objectContaining({ code: 'ERR_ALREADY_ACTIVE' });
    expect(thrown(() => component.activate(other))).toEqual(again);
    expect(thrown(() => component.activate({} as Scheduler))).toEqual(typeError);
    await runUntil(scheduler, () => component.hasEnded);
    expect(thrown(() => component.activate(scheduler))).toEqual(again);
  });
});

test('every: the n-th beat is n periods after the first, however long the work takes', () => {
  const beat = every(2);
  let now = 100;
  const beats: number[] = [];
  for (const work of [0, 1.5, 0.5, 1, 7, 1.9]) {
    now += work;
    now = (beat().next().value as { until(now: number): number }).until(now);
    beats.push(now);
  }
  // The work of 7 seconds skips the beats at 110, 112 and 114.
  expect(beats).toEqual([102, 104, 106, 108, 116, 118]);
});

test('name: class and number', () => {
  const [a, b] = [idle(), idle()];
  expect(a.name).toMatch(/^Actor_\d+$/);
  expect(String(b)).toBe(b.name);
  expect(a.name).not.toBe(b.name);
});
