/** The claims of docs/bundlers.md, each run: a bundle with and without fdselect in it, Vitest, Jest. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/prebuilds.mjs';
import { tarball, tool, User } from './support/user.mjs';

const SOURCE = `
import { poll, POLLIN } from 'fdselect';
import { pipe, write } from 'fdselect/os';
const [reader, writer] = pipe();
write(writer, 'x');
const poller = poll();
poller.register(reader, POLLIN);
console.log(poller.poll(0).length === 1 ? 'works' : 'wrong');
`;

const guide = readFileSync(join(root, 'docs/bundlers.md'), 'utf8');

/** A user with the package and a program. */
function user(t) {
  const one = new User(t);
  one.run('npm', 'install', '--ignore-scripts', tarball);
  one.write('main.mjs', SOURCE);
  return one;
}

const bundlers = {
  esbuild: {
    packages: ['esbuild@0.28'],
    path: 'esbuild/bin/esbuild',
    args: ['main.mjs', '--bundle', '--platform=node', '--format=esm', '--outfile=out/main.mjs'],
    external: ['--external:fdselect', '--external:fdselect/*'],
  },
  rollup: {
    packages: ['rollup@4', '@rollup/plugin-node-resolve@16'],
    path: 'rollup/dist/bin/rollup',
    args: ['main.mjs', '--format', 'es', '--file', 'out/main.mjs'],
    external: ['--external', '/^fdselect(\\/|$)/'],
  },
};

const bunPackage = `@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' : 'x64'}`;

test('bun build, with fdselect as external', (t) => {
  const one = user(t);
  const options = ['--target=node', '--outfile=out/main.mjs'];
  const external = ['--external', 'fdselect', '--external', 'fdselect/*'];
  one.run(
    tool([bunPackage], `${bunPackage}/bin/bun`),
    'build',
    'main.mjs',
    ...options,
    ...external,
  );
  assert.equal(one.run('node', 'out/main.mjs'), 'works\n');
});

test('a CommonJS bundle', (t) => {
  const one = user(t);
  const { packages, path, external } = bundlers.esbuild;
  const options = ['--bundle', '--platform=node', '--format=cjs', '--outfile=out/main.cjs'];
  one.run('node', tool(packages, path), 'main.mjs', ...options, ...external);
  assert.equal(one.run('node', '--no-warnings', 'out/main.cjs'), 'works\n');
});

for (const [name, { packages, path, args, external }] of Object.entries(bundlers)) {
  test(`${name}, with fdselect as external`, (t) => {
    const one = user(t);
    one.run('node', tool(packages, path), ...args, ...external);
    assert.equal(one.run('node', 'out/main.mjs'), 'works\n');
  });
}

test('rolldown and rollup, with the setting of the guide in a configuration file', (t) => {
  const [, external] = /\| Rolldown \| `(external: .*?)` in/.exec(guide.replaceAll('\\|', '|'));
  const commands = {
    rolldown: tool(['rolldown@1'], 'rolldown/bin/cli.mjs'),
    rollup: tool(bundlers.rollup.packages, bundlers.rollup.path),
  };
  for (const [name, command] of Object.entries(commands)) {
    const one = user(t);
    const output = "output: { file: 'out/main.mjs', format: 'es' }";
    one.write('config.mjs', `export default { input: 'main.mjs', ${external}, ${output} };`);
    one.run('node', command, '--config', 'config.mjs');
    assert.equal(one.run('node', 'out/main.mjs'), 'works\n', name);
  }
});

test('esbuild, with fdselect in the bundle: the error says what to do', (t) => {
  const one = user(t);
  const { packages, path, args } = bundlers.esbuild;
  one.run('node', tool(packages, path), ...args, '--log-level=error');
  const { status, stderr } = one.attempt('node', 'out/main.mjs');
  assert.notEqual(status, 0);
  assert.match(stderr, /fdselect's native addon was not found /);
  assert.match(stderr, /in a bundler, mark fdselect as external\./);
  assert.match(stderr, /ERR_ADDON_NOT_FOUND/);
  assert.match(guide, /in a bundler, mark fdselect as external\./);
});

const JEST_TEST = `
import { poll } from 'fdselect';
test('polls', () => { expect(poll().poll(0)).toEqual([]); });
`;

test('jest loads it as an ES module', (t) => {
  const one = user(t);
  const { jest } = JSON.parse(/\n({ "type".*"jest".*})\n/.exec(guide)[1]);
  one.write('package.json', JSON.stringify({ type: 'module', jest }));
  one.write('polls.test.js', JEST_TEST);
  const jestFile = tool(['jest@30'], 'jest/bin/jest.js');
  one.env.NODE_OPTIONS = '--experimental-vm-modules --no-warnings';
  const { status, stderr } = one.attempt('node', jestFile);
  assert.match(stderr, /Tests: +1 passed/);
  assert.equal(status, 0);
  delete one.env.NODE_OPTIONS;
  assert.notEqual(one.attempt('node', jestFile).status, 0);
});

test('vitest loads it without a setting', (t) => {
  const one = user(t);
  one.write('polls.test.js', `import { expect, test } from 'vitest';${JEST_TEST}`);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  assert.match(one.run('node', vitest, 'run', '--root', one.folder), /Tests +1 passed/);
});
