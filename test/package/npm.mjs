/** npm, with the scripts of packages and without, where there is no compiler. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { tarball, User } from './support/user.mjs';

for (const options of [[], ['--ignore-scripts']]) {
  test(`npm install ${options.join(' ')}`, async (t) => {
    const user = new User(t);
    user.run('npm', 'install', ...options, tarball);
    user.checkPrograms();
    assert.match(user.run('npx', 'fdselect', 'list'), /^echo-poll +8881 /m);
    await user.checkServer('npx', 'fdselect');
    // Nothing was compiled: what has run is a prebuilt binary.
    assert.equal(existsSync(join(user.folder, 'node_modules/fdselect/build')), false);
  });
}
