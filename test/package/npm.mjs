/** npm, with the scripts of packages and without, where there is no compiler. */
import assert from 'node:assert/strict';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { root } from '../../scripts/prebuilds.mjs';
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

test('npm install --global, in a folder with a space and a letter of its own; then npm link', async (t) => {
  const user = new User(t);
  const prefix = join(user.env.HOME, 'für alle');
  user.env.npm_config_prefix = prefix;
  user.run('npm', 'install', '--global', tarball);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  assert.equal(user.run(join(prefix, 'bin/fdselect'), '--version'), `${version}\n`);
  assert.match(
    readFileSync(join(prefix, 'share/man/man1/fdselect.1'), 'utf8'),
    /^\.TH FDSELECT 1 /,
  );
  user.run('npm', 'link', 'fdselect');
  assert.ok(lstatSync(join(user.folder, 'node_modules/fdselect')).isSymbolicLink());
  user.checkPrograms();
});
