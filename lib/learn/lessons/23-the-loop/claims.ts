/** The claims of lesson 23 about an event loop, proved with that of `fdselect/loop`. */
import assert from 'node:assert/strict';
import { Waker } from 'fdselect';
import { EventLoop, type Watch } from 'fdselect/loop';
import { pipe, read, write } from 'fdselect/os';
import { claim } from '../../course/claim.js';
import { proof } from '../../course/proof.js';

export const claims = [
  claim(
    'loop-cancelled-is-silent',
    'A watch that is cancelled while an answer is handled is not called, though the answer names its fd.',
    proof((own) => {
      const [[r1, w1], [r2, w2]] = [own(pipe()), own(pipe())];
      const loop = own(new EventLoop());
      const calls: number[] = [];
      const watches: Watch[] = [];
      for (const fd of [r1, r2]) {
        watches.push(
          loop.watch(fd, 'r', () => {
            calls.push(fd);
            for (const watch of watches) watch.cancel();
          }),
        );
      }
      write(w1, 'x');
      write(w2, 'x');
      loop.runOnce(1);
      assert.equal(calls.length, 1);
    }),
  ),
  claim(
    'loop-next-turn',
    'What a callback adds is called in the next turn, not in this one.',
    proof((own) => {
      const loop = own(new EventLoop());
      const calls: string[] = [];
      loop.callSoon(() => {
        calls.push('first');
        loop.callSoon(() => calls.push('second'));
      });
      loop.runOnce(0);
      assert.deepEqual(calls, ['first']);
      loop.runOnce(0);
      assert.deepEqual(calls, ['first', 'second']);
    }),
  ),
  claim(
    'loop-throws',
    'A callback that throws is reported, and those after it have their turn.',
    proof((own) => {
      const errors: unknown[] = [];
      const loop = own(new EventLoop({ onError: (error) => errors.push(error) }));
      let hasRun = false;
      loop.callSoon(() => {
        throw new Error('a bug of one client');
      });
      loop.callSoon(() => {
        hasRun = true;
      });
      loop.runOnce(0);
      assert.equal(errors.length, 1);
      assert.equal(hasRun, true);
    }),
  ),
  claim(
    'loop-woken',
    'A loop sleeps in its wait, and a wake-up through its `wakeFd` ends that, as another thread would.',
    proof(async (own) => {
      const loop = own(new EventLoop());
      const [reader] = own(pipe());
      loop.watch(reader, 'r', () => read(reader, 1));
      const waker = own(Waker.fromfd(loop.wakeFd));
      waker.wake();
      const began = performance.now();
      loop.runOnce(10);
      assert.ok(performance.now() - began < 9000);
    }),
  ),
];
