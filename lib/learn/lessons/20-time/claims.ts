/** The claims of lesson 20 about the kernel. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { poll } from 'fdselect';
import { EventLoop } from 'fdselect/loop';
import { claim } from '../../course/claim.js';

const timeOf = (milliseconds: number) => {
  const began = performance.now();
  poll().poll(milliseconds);
  return performance.now() - began;
};

/** A loop whose clock is moved by hand. */
function withClock(): { loop: EventLoop; clock: { now: number } } {
  const clock = { now: 0 };
  return { loop: new EventLoop({ clock: () => clock.now }), clock };
}

export const claims = [
  claim('time-rounds-up', '`poll` rounds its timeout up: 0.4 ms sleeps at least 0.4 ms.', () => {
    for (let i = 0; i < 10; i++) assert.ok(timeOf(0.4) >= 0.4);
  }),
  claim('time-whole-ms', 'It knows whole milliseconds only: 1.2 ms sleeps 2 ms.', () => {
    for (let i = 0; i < 10; i++) assert.ok(timeOf(1.2) >= 1.99);
  }),
  claim(
    'time-truncated-spins',
    'A loop that rounds the time left down does not sleep in the last millisecond: it asks again and again.',
    () => {
      let turns = 0;
      for (let i = 0; i < 20; i++) {
        const end = performance.now() + 0.99;
        for (let left = 0.99; left > 0; left = end - performance.now()) {
          poll().poll(Math.trunc(left));
          turns++;
        }
      }
      assert.ok(turns > 200, `${turns} turns for 20 timers`);
    },
  ),
  claim('time-never-early', 'A wait with nothing to tell never returns before its time.', () => {
    for (const milliseconds of [1, 3, 7, 12]) assert.ok(timeOf(milliseconds) >= milliseconds);
  }),
  claim(
    'time-no-drift',
    'The n-th call of `callEvery` is due at start + n × period, however late the one before was.',
    () => {
      const { loop, clock } = withClock();
      const due: (number | null)[] = [];
      const every = loop.callEvery(10, () => {
        clock.now += 3; // work
        due.push(every.getTime());
      });
      for (let i = 1; i <= 4; i++) {
        clock.now = Math.max(clock.now, i * 10);
        loop.runOnce(0);
      }
      every.cancel();
      loop.close();
      assert.deepEqual(due, [20, 30, 40, 50]);
    },
  ),
  claim(
    'time-no-fds',
    'Ten thousand timers need no fd: they are a list in the program, and the nearest one is the timeout.',
    () => {
      const { loop, clock } = withClock();
      const before = readdirSync('/dev/fd').length;
      let calls = 0;
      for (let i = 0; i < 10_000; i++) loop.callLater(i, () => calls++);
      assert.equal(readdirSync('/dev/fd').length, before);
      clock.now = 10_000;
      loop.runOnce(0);
      loop.close();
      assert.equal(calls, 10_000);
    },
  ),
  claim(
    'time-same-time',
    'Timers that are due at the same time run in the order in which they were made.',
    () => {
      const { loop, clock } = withClock();
      const order: number[] = [];
      for (const i of [1, 2, 3]) loop.callLater(5, () => order.push(i));
      clock.now = 5;
      loop.runOnce(0);
      loop.close();
      assert.deepEqual(order, [1, 2, 3]);
    },
  ),
];
