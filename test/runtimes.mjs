/**
 * `npm run test:runtimes [NAME]`: the tests of the API in every runtime that loads Node-API addons, all on
 * the one addon that was built here. The runtimes come from the package registry and are kept in
 * node_modules/.cache. Under Node every test passes; the others skip what they cannot do, and say why
 * (testUnless() in test/support/runtime.ts).
 */
import { join } from 'node:path';
import { bunRuns, install, Report, vitest } from './support/api-runs.mjs';

const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
const bun = `@oven/bun-linux-${arch === 'x64' ? 'x64' : 'aarch64'}`;
const deno = `@deno/linux-${arch}-glibc`;

function node(version, drivers = ['uv']) {
  const alias = `node-${version}`;
  return {
    name: `Node ${version}`,
    drivers,
    packages: [`${alias}@npm:node-linux-${arch}@${version}`],
    path: `${alias}/bin/node`,
    runs: [vitest],
  };
}

/** Bun has its own runner, Deno runs vitest. */
const runtimes = [
  node(20),
  node(22),
  node(24),
  node(26, ['uv', 'thread']),
  { name: 'Bun', drivers: ['thread'], packages: [bun], path: `${bun}/bin/bun`, runs: bunRuns },
  {
    name: 'Deno',
    drivers: ['thread'],
    packages: [deno],
    path: `${deno}/deno`,
    runs: [['run', '-A', ...vitest]],
  },
];

const wanted = runtimes.filter(({ name }) => name.startsWith(process.argv[2] ?? ''));
const folder = install(
  'fdselect-runtimes',
  runtimes.flatMap(({ packages }) => packages),
);
const report = new Report();
for (const { drivers, path, ...runtime } of wanted) {
  const file = join(folder, 'node_modules', path);
  for (const driver of drivers) report.run({ ...runtime, file, driver });
}
process.exit(report.finish());
