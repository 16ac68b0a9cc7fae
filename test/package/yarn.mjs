/** Yarn 4, which runs scripts of a package only on request, with both of its linkers. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { tarball, tool, User } from './support/user.mjs';

const yarn = tool(['@yarnpkg/cli-dist@4'], '@yarnpkg/cli-dist/bin/yarn.js');

for (const linker of ['pnp', 'node-modules']) {
  test(`yarn add, ${linker}`, async (t) => {
    const user = new User(t, { commands: { yarn } });
    Object.assign(user.env, {
      YARN_NODE_LINKER: linker,
      YARN_NPM_REGISTRY_SERVER: user.env.npm_config_registry.replace(/\/$/, ''),
      YARN_ENABLE_TELEMETRY: '0',
      YARN_GLOBAL_FOLDER: `${user.env.HOME}/yarn`,
      YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    });
    user.write('yarn.lock', '');
    user.run('yarn', 'add', `fdselect@file:${tarball}`);
    user.checkPrograms(['yarn', 'node']);
    assert.match(user.run('yarn', 'fdselect', 'list'), /^echo-poll +8881 /m);
    await user.checkServer('yarn', 'fdselect');
  });
}
