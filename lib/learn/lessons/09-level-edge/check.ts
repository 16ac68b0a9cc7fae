/** Checks the exercise of lesson 9: an edge-triggered server that leaves nothing unread. */
import { once } from 'node:events';
import * as fdselect from 'fdselect';
import { socketpair } from 'fdselect/socket';
import { startWorker } from '../../course/kernel.js';
import { type Answer, type Exercise, fail } from '../../exercises/exercise.js';

/** The answers that the client got for its messages. */
async function answerTo({ serve }: Answer, messages: string[]): Promise<string> {
  const [own, peer] = socketpair();
  own.setblocking(false);
  const worker = await startWorker(new URL('./client.js', import.meta.url), {
    fd: peer.detach(),
    messages,
  });
  const told = once(worker, 'message');
  try {
    serve(own);
  } catch (error) {
    // The client has given up: what it got says why.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
  const [answer] = await told;
  await worker.terminate();
  return answer;
}

/** Serves, and shows what each call of a method of epoll answered and its second argument. */
async function watching(
  name: 'poll' | 'register',
  see: (result: unknown[], second: number) => void,
  answer: Answer,
  messages: string[],
): Promise<void> {
  const methods = Object.getPrototypeOf(fdselect.epoll());
  const original = methods[name];
  methods[name] = function (...args: number[]) {
    const result = original.apply(this, args);
    see(result, args[1] ?? 0);
    return result;
  };
  try {
    await answerTo(answer, messages);
  } finally {
    methods[name] = original;
  }
}

export const exercise: Exercise = {
  rules: ['drained', 'sleeps'],
  hints: [
    'How many bytes does one recv() take, and how many edges come for a message of 40 bytes?',
    'After an edge, read until the kernel says EAGAIN: tryRecvInto() answers null.',
    'The 0 of the end may be the second answer after an edge. It must end both loops.',
  ],
  checks: [
    {
      says: 'a short message is answered',
      run: async (answer) => {
        const got = await answerTo(answer, ['hello\n']);
        if (got !== 'HELLO\n') fail(`the client got '${got.trim()}' for 'hello'`);
      },
    },
    {
      says: 'a message that is longer than the buffer is answered whole',
      run: async (answer) => {
        const message = `${'abcdefgh'.repeat(8)}\n`;
        const got = await answerTo(answer, [message]);
        if (got.length < message.length) {
          fail(`of ${message.length} bytes ${got.length} were answered; then both sides waited`);
        }
      },
    },
    {
      says: 'several messages are answered, one after the other',
      run: async (answer) => {
        const messages = Array.from({ length: 20 }, (_, i) => `${'x'.repeat(i * 3)}\n`);
        const got = await answerTo(answer, messages);
        if (got !== messages.join('').toUpperCase()) fail(`${got.length} bytes came back`);
      },
    },
    {
      says: 'the end of the peer ends it, and not the half second',
      run: async (answer) => {
        let last = -1;
        await watching('poll', (result) => (last = result.length), answer, ['x'.repeat(5)]);
        if (last === 0)
          fail('its last wait found nothing: the end was reported before, and not acted on');
      },
    },
    {
      says: 'EPOLLET is still there',
      run: async (answer) => {
        let events = 0;
        await watching('register', (_, given) => (events |= given), answer, ['hello\n']);
        if ((events & fdselect.EPOLLET) === 0) fail('the socket was registered without EPOLLET');
      },
    },
  ],
};
