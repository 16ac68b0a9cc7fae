/** Checks the exercise of lesson 13: clients that leave in several ways. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { dup, pipe } from 'fdselect/os';
import { createServer, type Socket } from 'fdselect/socket';
import { type Answer, type Exercise, fail } from '../../exercises/exercise.js';

async function visit({ serve }: Answer, how: string): Promise<void> {
  const listener = createServer(['127.0.0.1', 0]);
  const [stop, writer] = pipe();
  const visitor = new Worker(new URL('./visitor.js', import.meta.url), {
    workerData: { address: listener.getsockname(), stop: writer, how },
  });
  const said = once(visitor, 'message');
  const state = { ins: [] as unknown[], ous: [] as Socket[], data: new Map<Socket, Buffer>() };
  let thrown = '';
  try {
    serve(listener, dup(stop), state);
  } catch (error) {
    thrown = `the server has ended with: ${error instanceof Error ? error.message : error}`;
  }
  if (thrown !== '') fail(thrown);
  const [problem] = await said;
  if (problem !== null) fail(problem);
  const clients = state.ins.filter((item) => typeof item === 'object' && item !== listener);
  const left = clients.length + state.ous.length + state.data.size;
  if (left > 0) fail(`${left} entries of clients are left in ins, ous and data`);
}

export const exercise: Exercise = {
  hints: [
    'Which of the collections still knows a client that has left?',
    'Write one function that makes all collections forget a socket and closes it.',
    '`recv` and `send` throw where the client has reset. And a socket that left in the first loop is still in `o`.',
  ],
  checks: (['stays', 'leaves', 'resets', 'is reset with data unsent'] as const).map((how) => ({
    says: `a client ${how}, another one is served`,
    run: (answer) => visit(answer, how),
  })),
};
