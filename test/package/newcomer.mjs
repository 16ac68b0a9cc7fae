/**
 * From an empty folder to a running echo server in two commands, without a compiler: install, then
 * serve. On this machine, with musl, and on arm64 by qemu-user.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { prebuilds } from '../../scripts/prebuilds.mjs';
import { emulatedNode, librariesFor, missingFor } from '../support/foreign.mjs';
import { tarball, tool, User } from './support/user.mjs';

const packed = execFileSync('tar', ['tzf', tarball], { encoding: 'utf8' });

/** Why a test cannot run here, or false. */
function obstacle(target) {
  const { file } = prebuilds.find((one) => `${one.arch} ${one.libc}` === target);
  if (!packed.includes(file)) return `${file} is not in the tarball: npm run prebuild:all makes it`;
  return missingFor(target) ?? false;
}

test('x64 with glibc: npm install, npx fdselect serve', async (t) => {
  const user = new User(t);
  user.run('npm', 'install', tarball);
  t.diagnostic(await user.checkServer('npx', 'fdselect'));
});

test('x64 with musl: bun add, bun x fdselect serve', { skip: obstacle('x64 musl') }, async (t) => {
  const name = '@oven/bun-linux-x64-musl';
  const user = new User(t, { commands: { bun: tool([name], `${name}/bin/bun`) } });
  const libraries = join(user.env.HOME, 'lib');
  mkdirSync(libraries);
  // An Alpine system has a libstdc++ for musl, and a file by which node-gyp-build knows it.
  Object.assign(user.env, { LD_LIBRARY_PATH: librariesFor(libraries), LIBC: 'musl' });
  user.run('bun', 'add', tarball);
  t.diagnostic(await user.checkServer('bun', 'x', '--bun', 'fdselect'));
});

test('arm64: npm install, npx fdselect serve', { skip: obstacle('arm64 glibc') }, async (t) => {
  const user = new User(t, { node: '/nowhere' });
  const node = emulatedNode(user.env.HOME);
  execFileSync('ln', ['-sf', node, user.path('node')]);
  user.run('npm', 'install', tarball);
  t.diagnostic(await user.checkServer('npx', 'fdselect'));
});
