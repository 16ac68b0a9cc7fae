/** Checks the exercise of lesson 17: a turn with a budget. */
import { type Socket, socketpair } from 'fdselect/socket';
import { type Exercise, fail } from '../../exercises/exercise.js';

function pairs(count: number): [peer: Socket, own: Socket][] {
  return Array.from({ length: count }, () => {
    const [peer, own] = socketpair();
    for (const socket of [peer, own]) socket.setblocking(false);
    return [peer, own];
  });
}

export const exercise: Exercise = {
  rules: ['fair'],
  hints: [
    'Which loop has no end when the talker is quick?',
    'Count the reads of one socket. After 16 go on with the next one.',
    '`for (let reads = 0; reads < 16; reads++)` in place of `for (;;)`.',
  ],
  checks: [
    {
      says: 'all that was sent is handled, over as many turns as it takes',
      run: ({ turn }) => {
        const [[peer, own]] = pairs(1) as [[Socket, Socket]];
        peer.send(Buffer.alloc(100_000));
        let bytes = 0;
        for (let i = 0; i < 100; i++)
          turn([own], (_: Socket, data: Buffer) => (bytes += data.length));
        if (bytes !== 100_000) fail(`${bytes} of 100000 bytes were handled`);
      },
    },
    {
      says: 'a talker is read at most 16 times in a turn, and the quiet client is served',
      run: ({ turn }) => {
        const [[talker, a], [quiet, b]] = pairs(2) as [[Socket, Socket], [Socket, Socket]];
        talker.send('x');
        quiet.send('?');
        let reads = 0;
        let isServed = false;
        turn([a, b], (socket: Socket) => {
          if (socket === b) isServed = true;
          else if (++reads > 1000) fail('the talker was read 1000 times, and the turn goes on');
          else talker.send('x');
        });
        if (reads > 16) fail(`the talker was read ${reads} times in one turn`);
        if (!isServed) fail('the quiet client was not served in this turn');
      },
    },
    {
      says: 'the end of a connection is handled once in a turn',
      run: ({ turn }) => {
        const [[peer, own]] = pairs(1) as [[Socket, Socket]];
        peer.close();
        let ends = 0;
        turn([own], (_: Socket, data: Buffer) => (ends += data.length === 0 ? 1 : 0));
        if (ends !== 1) fail(`the end was handled ${ends} times`);
      },
    },
  ],
};
