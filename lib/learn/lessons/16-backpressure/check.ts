/** Checks the exercise of lesson 16: a broadcast with a queue for each client and a limit. */
import { socketpair } from 'fdselect/socket';
import { type Answer, type Exercise, fail } from '../../exercises/exercise.js';

function join(answer: Answer) {
  const [peer, socket] = socketpair();
  for (const end of [peer, socket]) end.setblocking(false);
  const client = answer.makeClient(socket);
  const buffer = Buffer.alloc(65536);
  let text = '';
  const read = () => {
    for (let size = peer.tryRecvInto(buffer); size; size = peer.tryRecvInto(buffer)) {
      text += buffer.toString('latin1', 0, size);
    }
    return text;
  };
  return { client, socket, read };
}

export const exercise: Exercise = {
  hints: [
    '`trySend` gives how many bytes were taken, or null for none. What becomes of the others?',
    'Each client needs a queue. Bytes go behind what already waits there, never before it.',
    'After sending what the kernel takes, compare the size of the queue with LIMIT.',
  ],
  checks: [
    {
      says: 'a client with an empty queue is not waited for',
      run: (answer) => {
        const { client, read } = join(answer);
        answer.broadcast(new Set([client]), Buffer.from('hello'));
        if (read() !== 'hello') fail(`the client got '${read()}' and not 'hello'`);
        if (answer.wantsWrite(client)) fail('nothing is left to send: this wait would never sleep');
      },
    },
    {
      says: 'what the kernel does not take is sent later, in order',
      run: (answer) => {
        const { client, read } = join(answer);
        const clients = new Set([client]);
        let sent = '';
        for (let i = 0; i < 10; i++) {
          const piece = String(i).repeat(90_000);
          sent += piece;
          answer.broadcast(clients, Buffer.from(piece));
        }
        if (!answer.wantsWrite(client)) fail('bytes are left, and no one waits to send them');
        for (let i = 0; i < 100 && answer.wantsWrite(client); i++) {
          read();
          answer.flush(client);
        }
        if (read() !== sent)
          fail(`the client got ${read().length} bytes of ${sent.length}, or in another order`);
      },
    },
    {
      says: 'a client that never reads is dropped at 1 MiB, and the others are served',
      run: (answer) => {
        const [sleeper, reader] = [join(answer), join(answer)];
        const clients = new Set([sleeper.client, reader.client]);
        for (let i = 0; i < 40; i++) {
          answer.broadcast(clients, Buffer.alloc(65536, 'x'));
          reader.read();
          if (clients.has(reader.client)) answer.flush(reader.client);
          if (i === 8 && !clients.has(sleeper.client)) fail('the sleeper was dropped too early');
        }
        if (clients.has(sleeper.client)) fail('after 2.6 MB the sleeper is still in the set');
        if (sleeper.socket.fileno() !== -1) fail("the sleeper's socket is still open");
        while (clients.has(reader.client) && answer.wantsWrite(reader.client)) {
          reader.read();
          answer.flush(reader.client);
        }
        const { length } = reader.read();
        if (length !== 40 * 65536) fail(`the reader got ${length} of ${40 * 65536} bytes`);
      },
    },
  ],
};
