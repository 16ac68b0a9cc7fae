/** The claims of lesson 19 about the kernel. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { select } from 'fdselect';
import { signalPipe } from 'fdselect/signal';
import { claim } from '../../course/claim.js';
import { proof } from '../../course/proof.js';

/** Sends the signal to this process from another one, which takes a moment to start. */
const sendFromOutside = (signal: string) =>
  spawn('kill', [`-${signal}`, String(process.pid)], { stdio: 'ignore' });

export const claims = [
  claim(
    'signal-handler-waits',
    'A handler of `process.on` does not run while a wait sleeps, though the signal has come; it runs when the loop of Node.js has its turn.',
    proof(async (own) => {
      let hasRun = false;
      const handler = () => {
        hasRun = true;
      };
      process.on('SIGUSR2', handler);
      const signals = own(signalPipe('SIGUSR2'));
      const child = sendFromOutside('USR2');
      const [ready] = select([signals], [], [], 5);
      assert.equal(ready.length, 1);
      assert.equal(hasRun, false);
      await once(child, 'exit');
      assert.equal(hasRun, true);
      process.off('SIGUSR2', handler);
    }),
  ),
  claim(
    'signal-wait-goes-on',
    'A wait that a signal has interrupted is made again with the time that is left: it takes its full time.',
    async () => {
      const handler = () => {};
      process.on('SIGUSR2', handler);
      const child = sendFromOutside('USR2');
      const began = performance.now();
      assert.deepEqual(select([], [], [], 0.3), [[], [], []]);
      assert.ok(performance.now() - began >= 299);
      await once(child, 'exit');
      process.off('SIGUSR2', handler);
    },
  ),
  claim(
    'signal-pipe-wakes',
    'A signal pipe becomes readable when the signal comes, and so ends a wait that sleeps.',
    proof(async (own) => {
      const signals = own(signalPipe('SIGUSR2'));
      const child = sendFromOutside('USR2');
      const [ready] = select([signals], [], [], 5);
      assert.deepEqual(ready, [signals]);
      assert.deepEqual(signals.read(), ['SIGUSR2']);
      await once(child, 'exit');
    }),
  ),
  claim(
    'signal-before-wait',
    'A signal that came before the wait is not lost: the pipe is readable already.',
    proof((own) => {
      const signals = own(signalPipe('SIGUSR2'));
      process.kill(process.pid, 'SIGUSR2');
      const [ready] = select([signals], [], [], 5);
      assert.equal(ready.length, 1);
    }),
  ),
  claim(
    'signal-read-quiets',
    'After `read` the pipe is not readable, until the next signal comes.',
    proof((own) => {
      const signals = own(signalPipe('SIGUSR1', 'SIGUSR2'));
      for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
        process.kill(process.pid, signal);
        select([signals], [], [], 5);
        assert.deepEqual(signals.read(), [signal]);
        assert.deepEqual(select([signals], [], [], 0)[0], []);
      }
    }),
  ),
];
