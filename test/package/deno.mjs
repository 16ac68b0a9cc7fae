/** Deno's installer, which runs no script of a package unless it is allowed. It takes no tarball. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { registry } from './support/registry.mjs';
import { tarball, tool, User } from './support/user.mjs';

const name = `@deno/linux-${process.arch === 'arm64' ? 'arm64' : 'x64'}-glibc`;
const deno = tool([name], `${name}/deno`);

test('deno add', async (t) => {
  const user = new User(t, { commands: { deno } });
  Object.assign(user.env, {
    DENO_NO_UPDATE_CHECK: '1',
    DENO_DIR: `${user.env.HOME}/deno`,
    DENO_TLS_CA_STORE: 'system',
    NPM_CONFIG_REGISTRY: await registry(t, tarball, user.env.npm_config_registry),
  });
  await user.runAsync('deno', 'add', 'npm:fdselect');
  user.checkPrograms(['deno', 'run', '-A']);
  assert.match(user.run('deno', 'run', '-A', 'npm:fdselect', 'list'), /^echo-poll +8881 /m);
  await user.checkServer('deno', 'run', '-A', 'npm:fdselect');
});
