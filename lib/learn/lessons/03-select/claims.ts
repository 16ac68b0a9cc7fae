/** The claims of lesson 3 about the kernel; those about the bits themselves are tested in C. */
import assert from 'node:assert/strict';
import { select } from 'fdselect';
import { close, dup2, pipe, write } from 'fdselect/os';
import { seenInC as inC } from '../../course/c-program.js';
import { claim } from '../../course/claim.js';
import { closeAll } from '../../course/kernel.js';

const seenInC = (name: string) => inC('03-select', 'sets.c', name);

export const claims = [
  claim(
    'select-overwrites',
    'The call overwrites its sets: a file descriptor that is not ready has lost its bit.',
    () => {
      assert.equal(seenInC('answer'), 1);
      assert.equal(seenInC('ready'), 1);
      assert.equal(seenInC('quiet'), 0);
    },
    'cc',
  ),
  claim(
    'select-not-filled',
    'A set that is not filled again after a timeout finds nothing, though data is there.',
    () => {
      assert.equal(seenInC('timeout'), 0);
      assert.equal(seenInC('timeout-bit'), 0);
      assert.equal(seenInC('not-filled'), 0);
    },
    'cc',
  ),
  claim(
    'select-nfds',
    'With `nfds` one too small, the highest file descriptor is not watched, and no error says so.',
    () => assert.equal(seenInC('nfds-too-small'), 0),
    'cc',
  ),
  claim(
    'select-words',
    'Linux copies whole words of 64 bits: a bit above `nfds` in the same word is cleared, in the next word it stays.',
    () => {
      assert.equal(seenInC('same-word'), 0);
      assert.equal(seenInC('next-word'), 1);
    },
    'cc-linux',
  ),
  claim(
    'select-error-keeps',
    'A closed file descriptor makes the whole call fail with `EBADF`; on Linux the sets stay as they were.',
    () => {
      assert.equal(seenInC('closed'), 1);
      assert.equal(seenInC('closed-bits'), 2);
    },
    'cc-linux',
  ),
  claim(
    'select-time-left',
    'Linux writes the time that is left into the timeout.',
    () => {
      const left = seenInC('left');
      assert.ok(left > 0 && left <= 5_000_000, `${left} microseconds of 5 s`);
      assert.equal(seenInC('timeout-left'), 0);
    },
    'cc-linux',
  ),
  claim(
    'select-1024',
    '1024 is the size of a type in C: `fd_set` has 128 bytes.',
    () => assert.equal(seenInC('fd-set-bytes'), 128),
    'cc',
  ),
  claim(
    'select-above-1024',
    'The kernel takes higher numbers: `select` waits for fd 1500.',
    () => {
      const [reader, writer] = pipe();
      dup2(reader, 1500);
      write(writer, 'x');
      const [ready] = select([1500], [], [], 0);
      closeAll(reader, writer, 1500);
      assert.deepEqual(ready, [1500]);
    },
    'linux',
  ),
  claim(
    'select-ebadf',
    'One closed number in a list, and no other file descriptor of the call is answered.',
    () => {
      const [reader, writer] = pipe();
      const [gone, other] = pipe();
      write(writer, 'x');
      close(gone);
      assert.throws(() => select([reader, gone], [], [], 0), { code: 'EBADF' });
      closeAll(reader, writer, other);
    },
  ),
];
