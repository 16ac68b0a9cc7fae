/** Checks the exercise of lesson 20: a list of timers. */
import { type Exercise, fail } from '../../exercises/exercise.js';

export const exercise: Exercise = {
  hints: [
    'Which timer is the nearest? The list must be in order of time, and of adding for equal times.',
    '2.9 ms are left. What does `Math.trunc` make of it, and what do 0.9 become after that?',
    'In `runDue` first take those that are due out of the list; a cancelled one of them must stay silent.',
  ],
  checks: [
    {
      says: 'timers are called in the order of their times, and of adding for equal times',
      run: ({ Timers }) => {
        const timers = new Timers();
        const order: string[] = [];
        for (const [time, name] of [
          [30, 'd'],
          [10, 'a'],
          [20, 'b'],
          [20, 'c'],
        ] as const) {
          timers.add(time, () => order.push(name));
        }
        timers.runDue(9);
        if (order.length > 0) fail(`'${order.join('')}' was called before its time`);
        timers.runDue(30);
        const got = order.join('');
        if (got !== 'abcd') fail(`they were called in the order '${got}' and not 'abcd'`);
      },
    },
    {
      says: 'the timeout is that of the nearest timer, rounded up',
      run: ({ Timers }) => {
        const timers = new Timers();
        const expect = (now: number, timeout: number) => {
          const got = timers.timeout(now);
          if (got !== timeout) fail(`at ${now} the timeout is ${got} and not ${timeout}`);
        };
        expect(0, -1);
        timers.add(50, () => {});
        timers.add(2.9, () => {});
        expect(0, 3);
        expect(2, 1);
        expect(7, 0);
      },
    },
    {
      says: 'a cancelled timer is not called, also where another timer cancels it that is due at once',
      run: ({ Timers }) => {
        const timers = new Timers();
        const calls: string[] = [];
        const cancel: (() => void)[] = [];
        timers.add(1, () => {
          calls.push('first');
          for (const each of cancel) each();
        });
        cancel.push(timers.add(1, () => calls.push('second')));
        cancel.push(timers.add(2, () => calls.push('third')));
        timers.runDue(5);
        if (calls.join() !== 'first') fail(`called: ${calls.join()}`);
        if (timers.timeout(5) !== -1) fail('a timer is left that is never called');
      },
    },
    {
      says: 'what a timer adds is called by the next runDue',
      run: ({ Timers }) => {
        const timers = new Timers();
        const count = { calls: 0 };
        const again = () => {
          if (++count.calls < 1000) timers.add(0, again);
        };
        timers.add(0, again);
        timers.runDue(1);
        const { calls } = count;
        if (calls !== 1) fail(`it was called ${calls} times in one runDue`);
        timers.runDue(1);
        if (count.calls !== 2) fail('the next runDue did not call it');
      },
    },
  ],
};
