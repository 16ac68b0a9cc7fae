/** The claims of lesson 13 about the pieces of the museum: each runs, and fails. */
import assert from 'node:assert/strict';
import { select } from 'fdselect';
import { SO_LINGER, SOL_SOCKET, type Socket } from 'fdselect/socket';
import { claim } from '../../course/claim.js';
import { withPiece } from './piece.js';

const piece = (name: string) => new URL(`./${name}.js`, import.meta.url);

const say = (socket: Socket, text: string) => {
  socket.send(text);
  return String(socket.recv(1024));
};
const isReadable = (socket: Socket, seconds: number) =>
  select([socket], [], [], seconds)[0].length > 0;
/** The ID in front of one of Bob's messages. */
const idOf = (text: string) => /^\d+/.exec(text)?.[0];
/** Lets the text of the piece arrive: it is read between two turns of Node's loop. */
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export const claims = [
  claim('museum-echo-works', '19-6 echoes, as long as no client leaves.', () =>
    withPiece(piece('echo-19-6'), ({ connect }) => {
      const [a, b] = [connect(), connect()];
      assert.equal(say(a, 'hello'), 'hello');
      assert.equal(say(b, 'there'), 'there');
    }),
  ),
  claim(
    'museum-echo-dies',
    '19-6: the first client that leaves ends the server for all, as its closed socket is still in `ins`.',
    () =>
      withPiece(piece('echo-19-6'), async ({ connect, ended, printed }) => {
        const [leaving, staying] = [connect(), connect()];
        assert.equal(say(staying, 'hello'), 'hello');
        leaving.close();
        assert.equal(await ended, 1);
        assert.match(printed(), /select|fileno|closed/i);
        assert.equal(staying.recv(99).length, 0);
      }),
  ),
  claim('museum-bob-sleeps-first', 'Bob sleeps as long as no client has said anything.', () =>
    withPiece(
      piece('bob-0.1'),
      async ({ connect, printed }) => {
        connect();
        await pause(150);
        const waits = printed().split('\n').length - 1;
        assert.ok(waits <= 3, `${waits} waits`);
      },
      true,
    ),
  ),
  claim(
    'museum-bob-spins',
    'Bob: after the first message the server never sleeps again, as it always asks whether it may write.',
    () =>
      withPiece(
        piece('bob-0.1'),
        async ({ connect, printed }) => {
          say(connect(), 'hi\n');
          const waits = () => printed().split('\n').length - 1;
          for (let i = 0; i < 200 && waits() <= 50; i++) await pause(20);
          assert.ok(waits() > 50, `${waits()} waits`);
        },
        true,
      ),
  ),
  claim(
    'museum-bob-deaf',
    'Bob: a client that has said nothing yet hears nothing, and does not hear its own first message either.',
    () =>
      withPiece(piece('bob-0.1'), ({ connect }) => {
        const [talker, listener] = [connect(), connect()];
        assert.match(say(talker, 'hi\n'), /hi/);
        assert.equal(isReadable(listener, 0.1), false);
        listener.send('me too\n');
        assert.equal(isReadable(talker, 2), true);
        assert.equal(isReadable(listener, 0.1), false);
        assert.match(say(listener, 'once more\n'), /once more/);
      }),
  ),
  claim(
    'museum-bob-id',
    "Bob: each client reads its own number in front of a message, and not the sender's.",
    () =>
      withPiece(piece('bob-0.1'), ({ connect }) => {
        const [a, b] = [connect(), connect()];
        say(a, 'one\n');
        b.send('two\n');
        a.recv(1024);
        const ofB = idOf(say(b, 'three\n'));
        const atA = String(a.recv(1024));
        assert.match(atA, /three/);
        assert.notEqual(idOf(atA), ofB);
      }),
  ),
  claim(
    'museum-model-dies',
    'The model of the course ends at the first message: `recv` needs a size.',
    () =>
      withPiece(piece('model'), async ({ connect, ended, printed }) => {
        connect().send('hi');
        assert.equal(await ended, 1);
        assert.match(printed(), /TypeError/);
      }),
  ),
  claim(
    'museum-asyncore-reset',
    '19-7: a reset makes `handleClose` throw, as a socket that was reset has no peer. In Python that ended the server; `fdselect/asyncore` reports it and serves the others.',
    () =>
      withPiece(piece('echo-19-7'), async ({ connect, printed }) => {
        const [leaving, staying] = [connect(), connect()];
        for (const socket of [leaving, staying]) assert.equal(say(socket, 'hello'), 'hello');
        leaving.setsockopt(SOL_SOCKET, SO_LINGER, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]));
        leaving.close();
        for (let i = 0; i < 200 && !printed().includes('getpeername'); i++) await pause(20);
        assert.match(printed(), /ENOTCONN.*getpeername/);
        assert.equal(say(staying, 'still here'), 'still here');
      }),
    'linux',
  ),
];
