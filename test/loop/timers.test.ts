/** EventLoop: callLater, callEvery, callSoon, and when they call. */
import fc from 'fast-check';
import type { DelayedCall } from 'fdselect/loop';
import { EventLoop } from 'fdselect/loop';
import { write } from 'fdselect/os';
import { describe, expect, test } from 'vitest';
import { LOOPS } from '../support/loops.ts';
import { closing, openPipe } from '../support/sandbox.ts';
import { rangeError, thrown, typeError } from '../support/thrown.ts';

/** A clock that a test sets. */
class Clock {
  now = 1000;
  readonly read = () => this.now;
}

describe.each(LOOPS)('$name', ({ open, run, turn }) => {
  test('callLater calls once, not before its time, with its arguments', async () => {
    const loop = open();
    const calls: unknown[] = [];
    const start = performance.now();
    const before = loop.time();
    const call = loop.callLater(0.05, (a: number, b: string) => calls.push(a, b), 1, 'two');
    expect(call.active()).toBe(true);
    expect(call.getTime()).toBeGreaterThanOrEqual(before + 0.05);
    expect(call.getTime()).toBeLessThanOrEqual(loop.time() + 0.05);
    await run(loop);
    expect(performance.now() - start).toBeGreaterThanOrEqual(50);
    expect(calls).toEqual([1, 'two']);
    expect(call.active()).toBe(false);
    call.cancel();
    call.reset(1);
    call.delay(1);
    await run(loop); // nothing is left
  });

  test('it makes no more waits than needed', async () => {
    const loop = open();
    let turns = 0;
    loop.onPrepare(() => turns++);
    for (let i = 1; i <= 20; i++) loop.callLater(i * 0.0033, () => {});
    await run(loop);
    // A wait that is rounded down ends too early, and is followed by many short ones.
    expect(turns).toBeLessThanOrEqual(40);
  });

  test('calls with the same time are made in the order in which they were added', async () => {
    const clock = new Clock();
    const loop = open({ clock: clock.read });
    const calls: number[] = [];
    for (let i = 0; i < 100; i++) loop.callLater(1, () => calls.push(i));
    clock.now += 1;
    await run(loop);
    expect(calls).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  test('callLater(0) and callSoon do not call at once; calls that they add run in a later turn', async () => {
    const loop = open();
    const calls: string[] = [];
    loop.callLater(0, () => {
      calls.push('later');
      loop.callLater(0, () => calls.push('later still'));
    });
    loop.callSoon((what: string) => {
      calls.push(what);
      loop.callSoon(() => calls.push('not so soon'));
    }, 'soon');
    expect(calls).toEqual([]);
    await turn(loop, 0);
    expect(calls).toEqual(['later', 'soon']);
    await turn(loop, 0);
    expect(calls).toEqual(['later', 'soon', 'later still', 'not so soon']);
  });

  test('cancel, reset, delay', async () => {
    const clock = new Clock();
    const loop = open({ clock: clock.read });
    const calls: string[] = [];
    const made = Object.fromEntries(
      ['cancelled', 'reset', 'delayed', 'earlier', 'kept'].map((name) => [
        name,
        loop.callLater(10, () => calls.push(name)),
      ]),
    ) as Record<string, DelayedCall>;
    clock.now += 5;
    made.cancelled?.cancel();
    made.cancelled?.cancel();
    made.cancelled?.reset(0);
    made.reset?.reset(10);
    made.delayed?.delay(2);
    made.earlier?.delay(-4);
    expect(made.reset?.getTime()).toBe(1015);
    expect(made.delayed?.getTime()).toBe(1012);
    const turns: [number, string[]][] = [];
    for (; clock.now <= 1016; clock.now++) {
      await turn(loop, 0);
      if (calls.length > 0) turns.push([clock.now, calls.splice(0)]);
    }
    expect(turns).toEqual([
      [1006, ['earlier']],
      [1010, ['kept']],
      [1012, ['delayed']],
      [1015, ['reset']],
    ]);
    expect(Object.values(made).some((call) => call.active())).toBe(false);
  });

  test('a time longer than any call can wait', async () => {
    const loop = open();
    loop.callLater(1e9, () => expect.unreachable());
    let called = 0;
    loop.callSoon(() => called++);
    await turn(loop);
    const [r, w] = openPipe();
    write(w, 'x');
    loop.once(r, 'r', () => loop.stop());
    await run(loop);
    expect(called).toBe(1);
  });

  test('callEvery does not drift, and skips missed times', async () => {
    const clock = new Clock();
    const loop = open({ clock: clock.read });
    const times: number[] = [];
    const call = loop.callEvery(10, (name: string) => times.push(name.length + clock.now), 'a');
    expect(call.getTime()).toBe(1010);
    for (const step of [9, 1, 3, 7, 13, 7, 45, 5, 10]) {
      clock.now += step;
      await turn(loop, 0);
    }
    // 1000 + 9, 10, 13, 20, 33, 40, 85, 90, 100: the calls of 1050 to 1080 are skipped, except one.
    expect(times).toEqual([1011, 1021, 1034, 1041, 1086, 1091, 1101]);
    expect(call.getTime()).toBe(1110);
    expect(call.active()).toBe(true);
    call.cancel();
    call.cancel();
    expect([call.active(), call.getTime()]).toEqual([false, null]);
    clock.now += 100;
    await run(loop);
    expect(times).toHaveLength(7);
  });

  test('callEvery in real time: all its times are whole periods from its start', async () => {
    const loop = open();
    const times: number[] = [];
    const call = loop.callEvery(0.01, () => {
      times.push(call.getTime() as number);
      if (times.length === 20) call.cancel();
    });
    const first = call.getTime() as number;
    await run(loop);
    expect(loop.time()).toBeGreaterThanOrEqual(first + 0.19);
    // With drift, each time would be that of the previous call, which is a little late.
    for (const time of times) {
      const periods = (time - first) / 0.01;
      expect(Math.abs(periods - Math.round(periods))).toBeLessThan(1e-6);
    }
  });

  test('callEvery that cancels itself, and one that throws', async () => {
    const errors: unknown[] = [];
    const loop = open({ onError: (error, where) => errors.push(where, error) });
    let calls = 0;
    const call = loop.callEvery(0.001, () => {
      if (++calls === 3) call.cancel();
      throw calls;
    });
    await run(loop);
    expect(errors).toEqual(['callLater', 1, 'callLater', 2, 'callLater', 3]);
  });

  test('an error is reported, and all others are called', async () => {
    const errors: unknown[] = [];
    const loop = open({ onError: (error, where) => errors.push([where, error]) });
    const calls: number[] = [];
    for (const i of [1, 2, 3]) {
      loop.callLater(0, () => {
        calls.push(i);
        throw i;
      });
      loop.callSoon(() => {
        calls.push(10 * i);
        throw 10 * i;
      });
    }
    await run(loop);
    expect(calls).toEqual([1, 2, 3, 10, 20, 30]);
    expect(errors).toEqual([
      ...[1, 2, 3].map((i) => ['callLater', i]),
      ...[10, 20, 30].map((i) => ['callSoon', i]),
    ]);
  });

  test('the last call that is cancelled from outside ends the wait', async () => {
    const loop = open();
    const call = loop.callLater(30, () => {});
    const start = performance.now();
    const stop = setTimeout(() => call.cancel(), 20);
    loop.callLater(0.01, () => call.reset(0.02)); // run() does not let setTimeout in
    await run(loop);
    clearTimeout(stop);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

test('bad arguments are named', () => {
  const loop = closing(new EventLoop());
  const nothing = () => {};
  for (const bad of [-1, Number.NaN, Infinity, -Infinity]) {
    expect(thrown(() => loop.callLater(bad, nothing))).toEqual(rangeError);
  }
  for (const bad of [0, -1, Number.NaN, Infinity]) {
    expect(thrown(() => loop.callEvery(bad, nothing))).toEqual(rangeError);
  }
  expect(thrown(() => loop.callLater('1' as never, nothing))).toEqual(typeError);
  expect(thrown(() => loop.callEvery('1' as never, nothing))).toEqual(typeError);
  expect(thrown(() => loop.callLater(1, 'f' as never))).toEqual(typeError);
  expect(thrown(() => loop.callEvery(1, null as never))).toEqual(typeError);
  expect(thrown(() => loop.callSoon(undefined as never))).toEqual(typeError);
  expect(thrown(() => loop.onPrepare(7 as never))).toEqual(typeError);
  const call = loop.callLater(1, nothing);
  expect(thrown(() => call.reset(-1))).toEqual(rangeError);
  expect(thrown(() => call.reset('1' as never))).toEqual(typeError);
  expect(thrown(() => call.delay(Number.NaN))).toEqual(rangeError);
  expect(call.active()).toBe(true);
  call.delay(-5);
  loop.run(); // it is due
  expect(thrown(() => new EventLoop({ clock: 1 as never }))).toEqual(typeError);
  expect(thrown(() => new EventLoop({ onError: 'print' as never }))).toEqual(typeError);
  expect(thrown(() => new EventLoop({ selector: 'kqueue' as never }))).toEqual(rangeError);
  expect(thrown(() => new EventLoop({ selector: 7 as never }))).toEqual(typeError);
});

test('a call that adds itself again for the past does not delay others', () => {
  const clock = new Clock();
  const loop = closing(new EventLoop({ clock: clock.read }));
  const calls: string[] = [];
  const greedy = () => {
    calls.push('greedy');
    if (calls.length < 50) loop.callLater(0, greedy).delay(-100);
  };
  loop.callLater(0, greedy);
  loop.callLater(0, () => calls.push('other'));
  loop.runOnce(0);
  expect(calls).toEqual(['greedy', 'other']);
});

test('cancelled calls do not use memory', () => {
  const loop = closing(new EventLoop());
  const kept = loop.callLater(100, () => {});
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 200_000; i++) {
    loop.callLater(50, () => {}).cancel();
    kept.reset(100);
    if (i % 1000 === 0) loop.runOnce(0);
  }
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(40e6);
  kept.cancel();
  loop.run();
});

/** What a call does when it is made. */
type Action =
  | { kind: 'nothing' }
  | { kind: 'add'; seconds: number }
  | { kind: 'cancel' | 'reset' | 'delay'; which: number; seconds: number };

type Step =
  | { kind: 'add'; seconds: number; action: Action }
  | { kind: 'cancel' | 'reset' | 'delay'; which: number; seconds: number }
  | { kind: 'turn'; seconds: number };

/** A simple model of the timers: a list that is sorted at each use. */
class Model {
  now = 1000;
  readonly fired: number[] = [];
  readonly calls: { time: number; isActive: boolean; action: Action; isNew: boolean }[] = [];

  add(seconds: number, action: Action, isNew: boolean): void {
    this.calls.push({ time: this.now + seconds, isActive: true, action, isNew });
  }

  change(kind: 'cancel' | 'reset' | 'delay', which: number, seconds: number, isNew: boolean) {
    const call = this.calls[which % this.calls.length];
    if (call === undefined || !call.isActive) return;
    if (kind === 'cancel') {
      call.isActive = false;
      return;
    }
    call.time = kind === 'reset' ? this.now + seconds : call.time + seconds;
    call.isNew = isNew;
  }

  turn(): void {
    for (const call of this.calls) call.isNew = false;
    for (;;) {
      const due = [...this.calls.entries()]
        .filter(([, { isActive, isNew, time }]) => isActive && !isNew && time <= this.now)
        .sort(([i, a], [j, b]) => a.time - b.time || i - j);
      if (due[0] === undefined) return;
      const [i, call] = due[0];
      call.isActive = false;
      this.fired.push(i);
      this.act(call.action);
    }
  }

  act(action: Action): void {
    if (action.kind === 'add') this.add(action.seconds, { kind: 'nothing' }, true);
    else if (action.kind !== 'nothing') {
      this.change(action.kind, action.which, action.seconds, true);
    }
  }
}

const seconds = fc.integer({ min: 0, max: 6 });
const change = fc.record({
  kind: fc.constantFrom('cancel', 'reset', 'delay'),
  which: fc.nat(30),
  seconds,
});
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.constant<Action>({ kind: 'nothing' }),
  fc.record({ kind: fc.constant('add' as const), seconds }),
  change as fc.Arbitrary<Action>,
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), seconds, action }),
  change.map((one) => ({
    ...one,
    seconds: one.kind === 'delay' ? one.seconds - 3 : one.seconds,
  })) as fc.Arbitrary<Step>,
  fc.record({ kind: fc.constant('turn' as const), seconds }),
);

test('calls that are added, cancelled and moved, in turns and between them: as in the model', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const model = new Model();
      using loop = new EventLoop({ selector: 'poll', clock: () => model.now });
      const calls: DelayedCall[] = [];
      const fired: number[] = [];
      const add = (inSeconds: number, doing: Action) => {
        const id = calls.length;
        const fire = () => {
          fired.push(id);
          if (doing.kind === 'add') add(doing.seconds, { kind: 'nothing' });
          else if (doing.kind !== 'nothing') apply(doing.kind, doing.which, doing.seconds);
        };
        calls.push(loop.callLater(inSeconds, fire));
      };
      const apply = (kind: 'cancel' | 'reset' | 'delay', which: number, by: number) => {
        calls[which % calls.length]?.[kind](by);
      };
      for (const one of [...steps, { kind: 'turn', seconds: 100 } as const]) {
        if (one.kind === 'add') {
          model.add(one.seconds, one.action, false);
          add(one.seconds, one.action);
        } else if (one.kind === 'turn') {
          model.now += one.seconds;
          model.turn();
          loop.runOnce(0);
        } else {
          model.change(one.kind, one.which, one.seconds, false);
          apply(one.kind, one.which, one.seconds);
        }
        expect(fired).toEqual(model.fired);
        const active = calls.map((call) => (call.active() ? call.getTime() : null));
        expect(active).toEqual(model.calls.map(({ isActive, time }) => (isActive ? time : null)));
      }
    }),
    { numRuns: 500 },
  );
});
