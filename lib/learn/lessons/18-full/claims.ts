/** The claims of lesson 18 about the kernel. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { claim } from '../../course/claim.js';

/** The results in a process with a limit of 60 fds. */
function seen(): Record<string, unknown> {
  const file = fileURLToPath(new URL('./few-fds.js', import.meta.url));
  const shell = 'ulimit -n 60 && exec "$@"';
  const { stdout, stderr } = spawnSync('sh', ['-c', shell, 'sh', process.execPath, file], {
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

let facts: Record<string, unknown> | undefined;
const fact = (name: string): unknown => {
  facts ??= seen();
  return facts[name];
};

export const claims = [
  claim('full-emfile', '`accept` with no number left is `EMFILE`.', () => {
    assert.equal(fact('error'), 'EMFILE');
  }),
  claim(
    'full-stays-readable',
    'The client stays in the queue, so the listener stays readable: each wait returns at once.',
    () => {
      const count = fact('turns') as number;
      assert.ok(count > 100, `${count} waits in 50 ms`);
    },
  ),
  claim(
    'full-connect',
    '`connect` has succeeded all the same: the client knows nothing of it.',
    () => {
      assert.equal(fact('connected'), true);
    },
  ),
  claim('full-paused', 'A listener that is not asked about costs nothing.', () => {
    assert.equal(fact('pausedTurns'), 1);
  }),
  claim('full-later', 'When a number is free again, the client that waited is accepted.', () => {
    assert.equal(fact('acceptedLater'), true);
  }),
  claim(
    'full-reserve',
    'With a number kept in reserve the client can be accepted and closed: it sees the end of file.',
    () => {
      assert.equal(fact('refusedSees'), 0);
    },
  ),
];
