/** Deno's installer, which runs no script of a package unless it is allowed. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { tarball, tool, User } from './support/user.mjs';

const name = `@deno/linux-${process.arch === 'arm64' ? 'arm64' : 'x64'}-glibc`;
const deno = tool([name], `${name}/deno`);

test('deno install', async (t) => {
  const user = new User(t, { commands: { deno } });
  Object.assign(user.env, { DENO_NO_UPDATE_CHECK: '1', DENO_DIR: `${user.env.HOME}/deno` });
  user.write(
    'package.json',
    JSON.stringify({ name: 'user', private: true, dependencies: { fdselect: `file:${tarball}` } }),
  );
  user.write('deno.json', '{ "nodeModulesDir": "auto" }');
  user.run('deno', 'install');
  user.checkPrograms(['deno', 'run', '-A']);
  assert.match(user.run('deno', 'run', '-A', 'npm:fdselect', 'list'), /^echo-poll +8881 /m);
  await user.checkServer('deno', 'run', '-A', 'npm:fdselect');
});
