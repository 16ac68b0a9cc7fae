/** Checks the exercise of lesson 2: a sender that loses nothing and never sleeps. */
import { SO_SNDBUF, SOL_SOCKET, socketpair } from 'fdselect/socket';
import { type Exercise, fail } from '../../exercises/exercise.js';

function pair() {
  const [own, peer] = socketpair();
  own.setsockopt(SOL_SOCKET, SO_SNDBUF, 4608);
  own.setblocking(false);
  peer.setblocking(false);
  return { own, peer };
}

/** Bytes that tell their own place, so that a lost or doubled one shows. */
const message = Buffer.from(Array.from({ length: 30_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff));

const asBytes = (rest: unknown): Uint8Array =>
  rest instanceof Uint8Array ? rest : fail(`it returned ${String(rest)} and not a Uint8Array`);

export const exercise: Exercise = {
  hints: [
    '`send` answers how many bytes it took. What happens to the others?',
    '`trySend(bytes)` answers null where `send` would fail with EAGAIN.',
    '`bytes.subarray(taken)` is what is left; when the answer is null, all of it is left.',
  ],
  checks: [
    {
      says: 'a small message goes out at once, and nothing is left',
      run: ({ sendAll }) => {
        const { own, peer } = pair();
        const rest = asBytes(sendAll(own, Buffer.from('hello')));
        if (rest.length > 0) fail(`it says that ${rest.length} of 5 bytes are left`);
        if (String(peer.recv(99)) !== 'hello') fail('the peer did not get the 5 bytes');
      },
    },
    {
      says: 'when the kernel has no room, it returns what is left and throws nothing',
      run: ({ sendAll }) => {
        const { own } = pair();
        const rest = asBytes(sendAll(own, message));
        if (rest.length === 0)
          fail('it says that nothing is left, but the kernel took a part only');
        let again: Uint8Array;
        try {
          again = asBytes(sendAll(own, rest));
        } catch (error) {
          return fail(`the next call threw ${(error as NodeJS.ErrnoException).code}`);
        }
        if (again.length !== rest.length) fail('the kernel took nothing, but the rest got shorter');
      },
    },
    {
      says: 'a peer that reads one byte at a time gets all bytes in order',
      run: ({ sendAll }) => {
        const { own, peer } = pair();
        let rest = asBytes(sendAll(own, message));
        const byte = Buffer.alloc(1);
        for (let i = 0; i < message.length; i++) {
          if (peer.tryRecvInto(byte) === null) {
            rest = asBytes(sendAll(own, rest));
            if (peer.tryRecvInto(byte) === null) fail(`after ${i} bytes no more came`);
          }
          if (byte[0] !== message[i]) fail(`byte ${i} is not the one that was sent`);
        }
        if (peer.tryRecvInto(byte) !== null) fail('more bytes came than were sent');
      },
    },
  ],
};
