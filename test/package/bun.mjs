/** Bun's installer, which runs no script of a package unless it is trusted. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { tarball, tool, User } from './support/user.mjs';

const name = `@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' : 'x64'}`;
const bun = tool([name], `${name}/bin/bun`);

for (const options of [[], ['--ignore-scripts']]) {
  test(`bun add ${options.join(' ')}`, async (t) => {
    const user = new User(t, { commands: { bun } });
    user.run('bun', 'add', ...options, tarball);
    user.checkPrograms(['node']);
    user.checkPrograms(['bun']);
    assert.match(user.run('bun', 'x', '--bun', 'fdselect', 'list'), /^echo-poll +8881 /m);
    await user.checkServer('bun', 'x', '--bun', 'fdselect');
  });
}
