/** Checks the exercise of lesson 23: a periodic timer, on a loop whose clock the check sets. */
import { type Answer, type Exercise, fail } from '../../exercises/exercise.js';

/** A loop without a wait: the time goes on where the check says so. */
class Loop {
  #time = 1000.5;
  #timers: { time: number; callback: () => void }[] = [];

  now = () => this.#time;
  callLater = (milliseconds: number, callback: () => void) => {
    if (!(milliseconds >= 0)) fail(`callLater was given ${milliseconds} ms`);
    this.#timers.push({ time: this.#time + milliseconds, callback });
  };

  get pending(): number {
    return this.#timers.length;
  }

  /** The callback takes so long. */
  work(milliseconds: number): void {
    this.#time += milliseconds;
  }

  /** Runs the timers that are due within a time, in their order. */
  run(milliseconds: number): void {
    const end = this.#time + milliseconds;
    for (let turns = 0; turns < 1000; turns++) {
      this.#timers.sort((a, b) => a.time - b.time);
      const [next] = this.#timers;
      if (next === undefined || next.time > end) break;
      this.#timers.shift();
      this.#time = Math.max(this.#time, next.time);
      next.callback();
    }
    this.#time = Math.max(this.#time, end);
  }
}

/** When the calls were made, in milliseconds since the beginning. */
function times({ callEvery }: Answer, work: (call: number) => number, milliseconds: number) {
  const loop = new Loop();
  const began = loop.now();
  const calls: number[] = [];
  callEvery(loop, 100, () => {
    calls.push(Math.round(loop.now() - began));
    loop.work(work(calls.length));
  });
  loop.run(milliseconds);
  return calls.join(' ');
}

function expectTimes(got: string, expected: string): void {
  if (got !== expected) fail(`the calls came at ${got} ms, and not at ${expected}`);
}

export const exercise: Exercise = {
  hints: [
    'The callback takes 30 ms. When is the next call due, counted from the beginning?',
    'Remember when it began. The next call is due at `began + n * period`, with the least n that is later than now.',
    'Ask a flag before the callback and after it. What if the callback throws?',
  ],
  checks: [
    {
      says: 'the calls are due at the multiples of the period, whatever the callback takes',
      run: (answer) =>
        expectTimes(
          times(answer, () => 30, 350),
          '100 200 300',
        ),
    },
    {
      says: 'a call for which it is too late is left out',
      run: (answer) =>
        expectTimes(
          times(answer, (call) => (call === 1 ? 250 : 0), 600),
          '100 400 500 600',
        ),
    },
    {
      says: 'cancel() ends it, from outside and within the callback',
      run: ({ callEvery }) => {
        const loop = new Loop();
        const calls: string[] = [];
        const expectCalls = (where: string, count: number) => {
          const more = calls.length - count;
          if (more !== 0) fail(`after cancel() ${where} it was called ${more} times more`);
        };
        const outside = callEvery(loop, 100, () => calls.push('outside'));
        loop.run(150);
        outside.cancel();
        loop.run(500);
        expectCalls('from outside', 1);
        const inside = callEvery(loop, 100, () => {
          calls.push('inside');
          inside.cancel();
        });
        loop.run(100);
        expectCalls('within the callback', 2);
        if (loop.pending > 0) fail('a timer of a cancelled call is left: the loop would not end');
      },
    },
    {
      says: 'a callback that throws is called again in the next period',
      run: ({ callEvery }) => {
        const loop = new Loop();
        let calls = 0;
        callEvery(loop, 100, () => {
          calls++;
          throw new Error('a bug in the callback');
        });
        for (let i = 0; i < 3; i++) {
          try {
            loop.run(100);
          } catch {
            // a loop reports it, and goes on
          }
        }
        if (calls !== 3) fail(`in three periods it was called ${calls} times`);
      },
    },
  ],
};
