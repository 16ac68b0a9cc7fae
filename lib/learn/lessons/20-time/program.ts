/** Lesson 20: timeouts in milliseconds, and work that is due every 20 ms. */
import { poll } from 'fdselect';
import { EventLoop } from 'fdselect/loop';

const run = process.argv[2] ?? 'truncated';

/** Waits until the time has come, as a loop with a timer does. Gives the number of waits. */
function waitUntil(end: number, round: (milliseconds: number) => number): number {
  const poller = poll();
  let turns = 0;
  for (;;) {
    const left = end - performance.now();
    if (left <= 0) return turns;
    poller.poll(round(left));
    turns++;
  }
}

/** 5 ms of work. */
function work(): void {
  const end = performance.now() + 5;
  while (performance.now() < end);
}

if (run === 'truncated') {
  let turns = 0;
  for (let i = 0; i < 20; i++) turns += waitUntil(performance.now() + 2.9, Math.trunc); // the bug
  console.log(`20 timers, rounded down: ${turns > 200 ? 'more than 200 waits' : turns}`);
}

if (run === 'rounded-up') {
  let turns = 0;
  for (let i = 0; i < 20; i++) turns += waitUntil(performance.now() + 2.9, Math.ceil);
  console.log(`20 timers, rounded up: ${turns <= 20 ? 'a wait for each' : turns}`);
}

if (run === 'drift') {
  const began = performance.now();
  for (let i = 0; i < 10; i++) {
    work();
    poll().poll(20); // the bug: 20 ms after the work, and not every 20 ms
  }
  const took = performance.now() - began;
  console.log(`ten times "work, then sleep 20 ms": ${took >= 250 ? 'at least 250 ms' : took}`);
}

if (run === 'every') {
  const loop = new EventLoop();
  const due: number[] = [];
  const every = loop.callEvery(0.02, () => {
    due.push(every.getTime() ?? 0); // when the next call is to come
    work();
    if (due.length === 10) every.cancel();
  });
  loop.run();
  // A call that comes late may be left out: then it is twice the period.
  const periods = due.slice(1).map((time, i) => (time - (due[i] ?? 0)) / 0.02);
  const isEven = periods.every((count) => Math.abs(count - Math.round(count)) < 0.001);
  console.log(`callEvery(0.02): all calls at multiples of 20 ms: ${isEven}`);
}
