/** Checks the exercise of lesson 15: urgent bytes that are passed on. */
import { POLLIN, POLLPRI, poll, select } from 'fdselect';
import { createConnection, createServer, MSG_OOB, type Socket } from 'fdselect/socket';
import { type Exercise, fail } from '../../exercises/exercise.js';

function connection(): [client: Socket, server: Socket] {
  const listener = createServer(['127.0.0.1', 0]);
  const client = createConnection(listener.getsockname());
  const [server] = listener.accept();
  for (const socket of [client, server]) socket.setblocking(false);
  listener.close();
  return [client, server];
}

function wait(socket: Socket, events: number): void {
  const poller = poll();
  poller.register(socket, events);
  poller.poll(1000);
}

const hasUrgent = (socket: Socket) => select([], [], [socket], 0.2)[2].length > 0;

export const exercise: Exercise = {
  hints: [
    'Which list of `select` says that an urgent byte is there?',
    'Ask about the third list first, with a timeout of 0. Then read the normal data.',
    '`to.send(from.recv(1, MSG_OOB), MSG_OOB)` where the third list has the socket.',
  ],
  checks: [
    {
      says: 'normal data is passed on',
      run: ({ passOn }) => {
        const [[sender, from], [to, receiver]] = [connection(), connection()];
        sender.send('hello');
        wait(from, POLLIN);
        passOn(from, to);
        wait(receiver, POLLIN);
        const buffer = Buffer.alloc(99);
        const text = String(buffer.subarray(0, receiver.tryRecvInto(buffer) ?? 0));
        if (text !== 'hello') fail(`the receiver got '${text}' and not 'hello'`);
        if (hasUrgent(receiver)) fail('an urgent byte was sent, though none had come');
      },
    },
    {
      says: 'an urgent byte alone is passed on as an urgent byte',
      run: ({ passOn }) => {
        const [[sender, from], [to, receiver]] = [connection(), connection()];
        sender.send('!', MSG_OOB);
        wait(from, POLLPRI);
        passOn(from, to);
        if (!hasUrgent(receiver)) fail('the receiver sees no urgent byte');
        const byte = String(receiver.recv(1, MSG_OOB));
        if (byte !== '!') fail(`the urgent byte is '${byte}' and not '!'`);
      },
    },
    {
      says: 'an urgent byte between normal data is not lost',
      run: ({ passOn }) => {
        const [[sender, from], [to, receiver]] = [connection(), connection()];
        sender.send('before');
        sender.send('!', MSG_OOB);
        sender.send('after');
        wait(from, POLLPRI);
        passOn(from, to);
        if (!hasUrgent(receiver)) fail('the receiver sees no urgent byte');
        if (String(receiver.recv(1, MSG_OOB)) !== '!') fail('the urgent byte is another one');
      },
    },
  ],
};
