/** Checks the exercise of lesson 4: counts the waits and the calls that each law is about. */
import { once } from 'node:events';
import { createServer, SO_SNDBUF, SOL_SOCKET } from 'fdselect/socket';
import { startWorker } from '../../course/kernel.js';
import { type Answer, type Exercise, fail } from '../../exercises/exercise.js';

const url = new URL('./client.js', import.meta.url);

/** Serves for that long while a client plays; its number is how many bytes came back. */
async function play({ serve }: Answer, play: string, milliseconds: number) {
  const listener = createServer(['127.0.0.1', 0]);
  listener.setblocking(false);
  // Little room, which the accepted sockets inherit: send() takes a part only.
  if (play === 'large') listener.setsockopt(SOL_SOCKET, SO_SNDBUF, 32_768);
  const worker = await startWorker(url, { address: listener.getsockname(), play });
  const told = once(worker, 'message');
  const counts = serve(listener, milliseconds);
  if (!(counts?.waits > 0)) fail('serve() has to return { waits, receives }');
  listener.close();
  const [bytes] = await told;
  await worker.terminate();
  return { ...counts, bytes };
}

export const exercise: Exercise = {
  rules: ['sleeps'],
  hints: [
    'Count the waits of an idle server. Which list has something ready all the time? (law 3)',
    'How many bytes does each recv() take, and how many sockets does a turn look at? (laws 4, 6)',
    'recv() answered 0 bytes: what has to happen to that client? (law 9) send() answered less than the length: where is the rest? (law 5)',
  ],
  checks: [
    {
      // First, and as a share: on a busy machine not all 2000 bytes come in time when each costs a call.
      says: 'bytes are not read one by one (law 6)',
      run: async (answer) => {
        const { receives, bytes } = await play(answer, 'echo', 300);
        if (receives > 20 && receives > bytes / 10) {
          fail(`${receives} calls of recv(), and ${bytes} of 2000 bytes came back`);
        }
      },
    },
    {
      says: 'an idle client costs no waits (law 3)',
      run: async (answer) => {
        const { waits, receives, bytes } = await play(answer, 'echo', 300);
        if (bytes !== 2000) fail(`of 2000 bytes ${bytes} came back`);
        if (waits - receives > 200) {
          const idle = waits - receives;
          fail(
            `${idle} idle waits in 300 ms: a socket with nothing to send is writable all the time`,
          );
        }
      },
    },
    {
      says: 'a client that has left costs no waits (law 9)',
      run: async (answer) => {
        const { waits } = await play(answer, 'leave', 300);
        if (waits > 50)
          fail(`${waits} waits in 300 ms: the end stays readable until it is acted on`);
      },
    },
    {
      says: 'what send() did not take is kept (law 5)',
      run: async (answer) => {
        const { bytes } = await play(answer, 'large', 900);
        if (bytes !== 300_000) fail(`of 300000 bytes ${bytes} came back`);
      },
    },
  ],
};
