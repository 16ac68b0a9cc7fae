/** Checks the exercise of lesson 18: what an acceptor does with no fd left. The limit is 64. */
import { POLLIN, POLLRDHUP } from 'fdselect';
import { close, dup } from 'fdselect/os';
import { createConnection, createServer, type Socket } from 'fdselect/socket';
import { codeOf, eventsOf } from '../../course/proof.js';
import { type Answer, type Exercise, fail } from '../../exercises/exercise.js';

/** An acceptor with `clients` in its queue, and no number left but `free`. Runs the test. */
function full(
  { makeAcceptor }: Answer,
  clients: number,
  free: number,
  test: (acceptor: { acceptAll(): Socket[] }, listener: Socket, clients: Socket[]) => void,
): void {
  const listener = createServer(['127.0.0.1', 0]);
  listener.setblocking(false);
  const acceptor = makeAcceptor(listener);
  const waiting = Array.from({ length: clients }, () => createConnection(listener.getsockname()));
  const taken: number[] = [];
  codeOf(() => {
    for (;;) taken.push(dup(0));
  });
  for (const fd of taken.splice(0, free)) close(fd);
  try {
    test(acceptor, listener, waiting);
  } finally {
    for (const fd of taken) close(fd);
    for (const socket of [listener, ...waiting]) socket.close();
  }
}

const hasEnded = (socket: Socket) => (eventsOf(socket, POLLIN | POLLRDHUP) & POLLIN) !== 0;

export const exercise: Exercise = {
  hints: [
    'Open a number in makeAcceptor and keep it. What can you do with it when there is no other?',
    'On `EMFILE`: close the reserve, accept, close the client, open the reserve again.',
    'Go on until `tryAccept` gives null: other clients may be in the queue.',
  ],
  checks: [
    {
      says: 'with numbers left, all clients are accepted',
      run: (answer) =>
        full(answer, 3, 9, ({ acceptAll }) => {
          const { length } = acceptAll();
          if (length !== 3) fail(`${length} of 3 clients were accepted`);
        }),
    },
    {
      says: 'with no number left, the client sees the end, and the listener is quiet',
      run: (answer) =>
        full(answer, 2, 0, ({ acceptAll }, listener, clients) => {
          const { length } = acceptAll();
          if (length !== 0) fail(`${length} clients were accepted, though no number was left`);
          if (eventsOf(listener, POLLIN) !== 0) fail('a client is still in the queue');
          if (!clients.every(hasEnded)) fail('a client still waits for its answer');
        }),
    },
    {
      says: 'with one number left, one client is served and the other sent away, more than once',
      run: (answer) =>
        full(answer, 2, 1, (acceptor, listener, clients) => {
          const sockets = acceptor.acceptAll();
          if (sockets.length !== 1) fail(`${sockets.length} clients were accepted, not 1`);
          if (hasEnded(clients[0] as Socket)) fail('the client that was first has been sent away');
          if (!hasEnded(clients[1] as Socket)) fail('the second client still waits');
          sockets[0]?.close();
          (clients.pop() as Socket).close();
          const third = createConnection(listener.getsockname());
          clients.push(third);
          if (acceptor.acceptAll().length !== 1)
            fail('after a close the next client is not served');
        }),
    },
  ],
};
