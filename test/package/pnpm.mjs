/** pnpm 10, which runs scripts of a package only on request. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { tarball, tool, User } from './support/user.mjs';

const pnpm = tool(['pnpm@10'], 'pnpm/bin/pnpm.cjs');

for (const options of [[], ['--ignore-scripts']]) {
  test(`pnpm add ${options.join(' ')}`, async (t) => {
    const user = new User(t, { commands: { pnpm } });
    user.run('pnpm', 'add', ...options, tarball);
    user.checkPrograms();
    assert.match(user.run('pnpm', 'exec', 'fdselect', 'list'), /^echo-poll +8881 /m);
    await user.checkServer('pnpm', 'exec', 'fdselect');
  });
}
