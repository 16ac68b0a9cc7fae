/** Checks the exercise of lesson 14: a goodbye that arrives. */
import { Worker } from 'node:worker_threads';
import { createServer, type Socket } from 'fdselect/socket';
import { type Answer, type Exercise, fail } from '../../exercises/exercise.js';

/** The data that the client has read in its own thread. */
async function run(answer: Answer, size: number): Promise<[string, Socket]> {
  const listener = createServer(['127.0.0.1', 0]);
  const client = new Worker(new URL('./client.js', import.meta.url), {
    workerData: listener.getsockname(),
  });
  const said = new Promise<string>((resolve) => client.once('message', resolve));
  const [server] = listener.accept();
  listener.close();
  answer.finish(server, Buffer.alloc(size, 'x'));
  return [await said, server];
}

export const exercise: Exercise = {
  hints: [
    'Which call says "no more from me" and leaves the other direction open?',
    'As long as input is unread, `close` sends a reset. Who reads it?',
    '`shutdown(SHUT_WR)`, then `recv` until it gives no bytes, then `close`.',
  ],
  checks: [
    {
      says: 'a short goodbye arrives, and then the end of file',
      run: async (answer) => {
        const [said] = await run(answer, 10);
        if (said !== '10 bytes, then end of file') fail(`the client got ${said}`);
      },
    },
    {
      says: 'a long goodbye arrives, and then the end of file',
      run: async (answer) => {
        const [said] = await run(answer, 3_000_000);
        if (said !== '3000000 bytes, then end of file') fail(`the client got ${said}`);
      },
    },
    {
      says: 'the socket is closed afterwards',
      run: async (answer) => {
        const [, server] = await run(answer, 10);
        if (server.fileno() !== -1) fail('the socket is still open');
      },
    },
  ],
};
