/** Checks the exercise of lesson 24: a chat of promises. */
import {
  createConnection,
  createServer,
  SO_LINGER,
  SOL_SOCKET,
  type Socket,
} from 'fdselect/socket';
import { type Answer, type Exercise, fail } from '../../exercises/exercise.js';

interface Guest {
  readonly client: Socket;
  readonly own: Socket;
  /** The promise of serveMember(). */
  readonly served: Promise<unknown>;
}

/** Clients, each of which is served. */
function guests({ serveMember }: Answer, count: number): Guest[] {
  const listener = createServer(['127.0.0.1', 0]);
  const found = Array.from({ length: count }, () => {
    const client = createConnection(listener.getsockname());
    const [own] = listener.accept();
    // What it throws is looked at where the check waits for its end.
    const served = Promise.resolve(serveMember(own));
    served.catch(() => {});
    return { client, own, served };
  });
  listener.close();
  return found;
}

/** Reads as the client until the data is that long, or until half a second has passed. */
async function heard({ client }: Guest, length: number): Promise<string> {
  let text = '';
  try {
    while (text.length < length) {
      const bytes = await client.recvAsync(4096, 0, { signal: AbortSignal.timeout(500) });
      if (bytes.length === 0) break;
      text += bytes;
    }
  } catch {
    // the time is over
  }
  return text;
}

async function ended({ served }: Guest): Promise<void> {
  const late = new Promise((resolve) => setTimeout(resolve, 500, 'late'));
  if ((await Promise.race([served, late])) === 'late')
    fail('serveMember() goes on for a member that has gone');
}

const RESET = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);

export const exercise: Exercise = {
  hints: [
    'One call of recvAsync() is one piece. A member says more than one line.',
    'Keep what has no newline yet. Send to each of `members`, and put the member in and out of it.',
    'Everything in try, with `members.delete(socket); socket.close();` in finally. A member that is lost must not end the loop of another one.',
  ],
  checks: [
    {
      says: 'what one member says, all get, more than once',
      run: async (answer) => {
        const [ann, bea] = guests(answer, 2) as [Guest, Guest];
        for (const line of ['hello\n', 'is anyone here?\n']) {
          ann.client.send(line);
          for (const [name, guest] of [
            ['Ann', ann],
            ['Bea', bea],
          ] as const) {
            const text = await heard(guest, line.length);
            if (text !== line) fail(`Ann said '${line.trim()}' and ${name} got '${text.trim()}'`);
          }
        }
      },
    },
    {
      says: 'half a line waits for its end',
      run: async (answer) => {
        const [ann, bea] = guests(answer, 2) as [Guest, Guest];
        ann.client.send('one\ntw');
        await heard(ann, 4);
        bea.client.send('three\n');
        await heard(ann, 6);
        ann.client.send('o\n');
        const text = await heard(bea, 14);
        if (text !== 'one\nthree\ntwo\n') fail(`the lines arrived as ${JSON.stringify(text)}`);
      },
    },
    {
      says: 'a member that leaves is closed and forgotten, and the others go on',
      run: async (answer) => {
        const [ann, bea] = guests(answer, 2) as [Guest, Guest];
        bea.client.close();
        await ended(bea);
        if (bea.own.fileno() !== -1) fail('the socket of the member that has left is open');
        if (answer.members?.has?.(bea.own) !== false) fail('it is still in members');
        ann.client.send('hello\n');
        const text = await heard(ann, 6);
        if (text !== 'hello\n') fail(`then Ann said 'hello' and got '${text.trim()}'`);
      },
    },
    {
      says: 'a reset loses one member only',
      run: async (answer) => {
        const [ann, bea] = guests(answer, 2) as [Guest, Guest];
        bea.client.setsockopt(SOL_SOCKET, SO_LINGER, RESET);
        bea.client.close();
        ann.client.send('hello\n');
        const text = await heard(ann, 6);
        if (text !== 'hello\n') fail(`Ann said 'hello' and got '${text.trim()}'`);
        await bea.served.catch((error) => fail(`serveMember() was rejected: ${error.message}`));
        await ended(bea);
        if (answer.members?.has?.(bea.own) !== false) fail('it is still in members');
      },
    },
  ],
};
