/** Calls that wait for their time: Twisted's rules, in every mode. */
import {
  AlreadyCalled,
  AlreadyCancelled,
  type DelayedCall,
  Factory,
  Protocol,
} from 'fdselect/reactor';
import { describe, expect, test } from 'vitest';
import { clientOf, openReactor, runReactor, SOME_LOOPS } from '../support/reactors.ts';
import { rangeError, thrown, typeError } from '../support/thrown.ts';

describe.each(SOME_LOOPS)('$name', (mode) => {
  test('callLater: once, in time, with its arguments', async () => {
    const reactor = openReactor(mode);
    const calls: unknown[] = [];
    const start = reactor.seconds();
    reactor.callLater(0.05, (...args: unknown[]) => calls.push(args, reactor.seconds()), 1, 'two');
    reactor.callLater(0.1, () => reactor.stop());
    await runReactor(mode, reactor);
    expect(calls).toHaveLength(2);
    expect(calls[0]).toEqual([1, 'two']);
    expect((calls[1] as number) - start).toBeGreaterThanOrEqual(0.05);
  });

  test('calls run in the order of their times; with equal times, in the order in which they were added', async () => {
    let now = 0;
    const reactor = openReactor(mode, { clock: () => now });
    const calls: string[] = [];
    reactor.callLater(2, () => calls.push('2a'));
    reactor.callLater(1, () => calls.push('1'));
    reactor.callLater(2, () => calls.push('2b'));
    reactor.callLater(3, () => calls.push('never'));
    reactor.callFromThread(() => {
      now = 2;
      reactor.callFromThread(() => reactor.stop());
    });
    await mode.run(reactor);
    expect(calls).toEqual(['1', '2a', '2b']);
  });

  test('callLater(0) never runs at once, and calls added by it run in a later turn', async () => {
    const reactor = openReactor(mode);
    const log: string[] = [];
    let turn = 0;
    reactor.loop.onPrepare(() => turn++);
    const turns: number[] = [];
    reactor.callLater(0, () => {
      turns.push(turn);
      reactor.callLater(0, () => {
        turns.push(turn);
        reactor.stop();
      });
      log.push('returned');
    });
    log.push('added');
    await runReactor(mode, reactor);
    expect(log).toEqual(['added', 'returned']);
    expect(turns[1]).toBeGreaterThan(turns[0] as number);
  });

  test('a cancelled call is never made; both ways of cancelling', async () => {
    let now = 0;
    const reactor = openReactor(mode, { clock: () => now });
    const never = () => expect.fail('it was cancelled');
    const [a, b, c] = [0, 0, 0.01].map((seconds) => reactor.callLater(seconds, never));
    a?.cancel();
    reactor.cancelCallLater(b as NonNullable<typeof b>);
    // One that is due, too, and earlier in the same turn.
    reactor.callLater(0, () => c?.cancel());
    expect([a?.active(), b?.active(), c?.active()]).toEqual([false, false, true]);
    reactor.callLater(0.05, () => reactor.stop());
    now = 1;
    await mode.run(reactor);
    expect(c?.active()).toBe(false);
  });

  test('a call that throws is reported, and the next one is made', async () => {
    const errors: unknown[] = [];
    const reactor = openReactor(mode, { onError: (error) => errors.push(error) });
    reactor.callLater(0, () => {
      throw new Error('oops');
    });
    reactor.callLater(0, () => reactor.stop());
    await runReactor(mode, reactor);
    expect(errors).toEqual([new Error('oops')]);
  });

  test('reset and delay', async () => {
    let now = 100;
    const reactor = openReactor(mode, { clock: () => now });
    const log: string[] = [];
    const a = reactor.callLater(10, () => log.push('a'));
    const b = reactor.callLater(1, () => log.push('b'));
    const c = reactor.callLater(10, () => log.push('c'));
    expect(a.getTime()).toBe(110);
    now = 105;
    a.reset(1);
    b.delay(20);
    c.delay(-9);
    expect([a.getTime(), b.getTime(), c.getTime()]).toEqual([106, 121, 101]);
    expect(reactor.getDelayedCalls()).toEqual([a, b, c]);
    reactor.callFromThread(() => {
      log.push('begin');
      now = 110;
      reactor.callFromThread(() => {
        log.push('between');
        now = 130;
        reactor.callFromThread(() => reactor.stop());
      });
    });
    await mode.run(reactor);
    expect(log).toEqual(['c', 'begin', 'a', 'between', 'b']);
    expect(reactor.getDelayedCalls()).toEqual([]);
  });

  test('cancelling twice is an error that names it', async () => {
    const reactor = openReactor(mode);
    const inside: unknown[] = [];
    const called = reactor.callLater(0, () => {
      inside.push(thrown(() => called.cancel()));
      reactor.stop();
    });
    const cancelled = reactor.callLater(0, () => {});
    cancelled.cancel();
    await runReactor(mode, reactor);
    const attempts = [
      (call: typeof called) => call.cancel(),
      (call: typeof called) => reactor.cancelCallLater(call),
      (call: typeof called) => call.reset(1),
      (call: typeof called) => call.delay(1),
    ];
    for (const attempt of attempts) {
      expect(thrown(() => attempt(called))).toBeInstanceOf(AlreadyCalled);
      expect(thrown(() => attempt(cancelled))).toBeInstanceOf(AlreadyCancelled);
    }
    expect(inside[0]).toBeInstanceOf(AlreadyCalled);
    expect(inside[0]).toMatchObject({
      name: 'AlreadyCalled',
      code: 'ERR_ALREADY_CALLED',
      message: 'Tried to cancel an already-called event.',
    });
    expect(thrown(() => cancelled.cancel())).toMatchObject({
      name: 'AlreadyCancelled',
      code: 'ERR_ALREADY_CANCELLED',
      message: 'Tried to cancel an already-cancelled event.',
    });
  });

  test('callFromThread: in order, and calls added by them in the next turn', async () => {
    const reactor = openReactor(mode);
    const log: string[] = [];
    reactor.callFromThread((text: string) => log.push(text), 'one');
    reactor.callFromThread(() => {
      log.push('two');
      reactor.callFromThread(() => {
        log.push('four');
        reactor.stop();
      });
    });
    reactor.callFromThread(() => log.push('three'));
    expect(log).toEqual([]);
    await runReactor(mode, reactor);
    expect(log).toEqual(['one', 'two', 'three', 'four']);
  });

  test('calls that wait are called in the next run', async () => {
    let now = 0;
    const reactor = openReactor(mode, { clock: () => now });
    const log: string[] = [];
    reactor.callLater(0.03, () => {
      log.push('second run');
      reactor.stop();
    });
    reactor.callFromThread(() => reactor.stop());
    await mode.run(reactor);
    expect(log).toEqual([]);
    now = 1;
    await mode.run(reactor);
    expect(log).toEqual(['second run']);
  });
});

test.each(SOME_LOOPS)(
  '$name: no call is made after connectionLost of all protocols',
  async (mode) => {
    let now = 0;
    const reactor = openReactor(mode, { clock: () => now });
    const log: string[] = [];
    class Talker extends Protocol {
      override connectionMade() {
        this.transport.write(Buffer.alloc(8_000_000));
        reactor.stop();
      }
    }
    clientOf(reactor, Factory.forProtocol(Talker));
    const late = [1, 2, 3, 4].map((n) => reactor.callLater(0.1, () => log.push(`late ${n}`)));
    // The protocol knows the end now, and its bytes are not sent: the time for that is over at once.
    reactor.addSystemEventTrigger('during', 'shutdown', () => {
      now = 5;
    });
    reactor.addSystemEventTrigger('after', 'shutdown', () => {
      expect(reactor.seconds()).toBeGreaterThan((late[0] as DelayedCall).getTime());
      expect(late.map((call) => call.active())).toEqual([true, true, true, true]);
      late[1]?.cancel();
      late[2]?.reset(0.02);
      const due = late[3]?.getTime() as number;
      late[3]?.delay(0.01); // of its time, which is over; not of now
      expect(late[3]?.getTime()).toBeCloseTo(due + 0.01, 6);
    });
    await mode.run(reactor);
    expect(log).toEqual([]);
    expect(reactor.getDelayedCalls()).toHaveLength(3);
    now = 6;
    reactor.callFromThread(() => reactor.stop()); // after the calls that are due
    await mode.run(reactor);
    expect(log).toEqual(['late 1', 'late 4', 'late 3']);
  },
);

test('bad arguments', () => {
  const reactor = openReactor({ selector: 'poll' });
  expect(thrown(() => reactor.callLater(-1, () => {}))).toEqual(rangeError);
  expect(thrown(() => reactor.callLater(Number.NaN, () => {}))).toEqual(rangeError);
  expect(thrown(() => reactor.callLater('1' as never, () => {}))).toEqual(typeError);
  expect(thrown(() => reactor.callLater(1, null as never))).toEqual(typeError);
  expect(thrown(() => reactor.callFromThread(null as never))).toEqual(typeError);
  expect(thrown(() => reactor.callWhenRunning(null as never))).toEqual(typeError);
  expect(thrown(() => reactor.cancelCallLater({} as never))).toEqual(typeError);
  const call = reactor.callLater(1, () => {});
  expect(thrown(() => call.reset(-1))).toEqual(rangeError);
  expect(thrown(() => call.delay(Infinity))).toEqual(rangeError);
  expect(reactor.getDelayedCalls()).toEqual([call]);
});
