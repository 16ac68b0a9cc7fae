/**
 * `npm run test:runtimes [-- NAME]`: tests of the API in every runtime that loads Node-API addons, on
 * the one addon that was built here; `npm run test:runtimes:all [-- NAME]` runs all of them. The
 * runtimes come from the package registry and are kept in node_modules/.cache.
 *
 * Under Node every test passes. The others skip what they cannot do, and say why (testUnless() in
 * test/support/runtime.ts).
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bunRuns, install, Report, unitTests, vitest } from './support/api-runs.mjs';

/**
 * The files of the short run. Together they call every function of the addon, which a run with Node
 * checks; none of them needs much CPU time or a quiet machine.
 */
const SHORT = [
  ...['select', 'poll', 'epoll', 'waker', 'signal', 'registrations', 'waiter-corners'],
  ...['start-select', 'close-on-exec', 'worker-fds', 'getpass', 'io-files', 'files-async'],
  ...['os', 'os-event-fd', 'os-files', 'os-terminal', 'fcntl', 'linux', 'tty'],
  ...['async-calls', 'listen-fds', 'names', 'socket'].map((name) => `socket/${name}`),
].map((name) => `test/unit/${name}.test.ts`);

/**
 * Functions whose calls are not noted, because lib/ reads them when it is loaded or the tests call
 * them in workers and child processes: select, poll, epoll, worker-fds and getpass do. Node needs no
 * keepSignals(); signal calls it in the others.
 */
const NOT_NOTED = new Set([
  ...['select', 'poll', 'createEpoll', 'controlEpoll', 'waitEpoll'],
  ...['ownFds', 'watchTermination', 'hideInput', 'showInput', 'keepSignals'],
]);

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
    runs: (files) => [vitest(files)],
  };
}

/** Bun has its own runner, Deno runs vitest. */
const runtimes = [
  node(20),
  node(22),
  node(24),
  node(26, ['uv', 'thread']),
  {
    name: 'Bun',
    drivers: ['thread'],
    packages: [bun],
    path: `${bun}/bin/bun`,
    runs: bunRuns,
  },
  {
    name: 'Deno',
    drivers: ['thread'],
    packages: [deno],
    path: `${deno}/deno`,
    runs: (files) => [['run', '-A', ...vitest(files)]],
  },
];

/** The functions of the addon that no test file has called. */
function uncalled(path) {
  const lines = readFileSync(path, 'utf8').trim().split('\n').map(JSON.parse);
  const called = new Set([...NOT_NOTED, ...lines.flatMap((line) => line.called)]);
  return [...new Set(lines.flatMap((line) => line.uncalled))].filter((name) => !called.has(name));
}

const all = process.argv[2] === '--all';
const name = process.argv[all ? 3 : 2] ?? '';
// `npm test` runs in Node 20, and `npm run test:waiter` with the thread.
const tried = all
  ? runtimes
  : runtimes
      .filter((runtime) => runtime.name !== 'Node 20')
      .map((runtime) => ({ ...runtime, drivers: runtime.drivers.slice(0, 1) }));
const wanted = tried.filter((runtime) => runtime.name.startsWith(name));
if (wanted.length === 0) throw new Error(`test:runtimes: no runtime is called ${name}`);

const folder = install(
  'fdselect-runtimes',
  // All, although only one may be wanted: npm removes what is not in its list.
  tried.flatMap(({ packages }) => packages),
);
const report = new Report();
const calls = join(tmpdir(), `fdselect-native-calls-${process.pid}`);
try {
  for (const { drivers, path, runs, ...runtime } of wanted) {
    const file = join(folder, 'node_modules', path);
    const env = runtime.name.startsWith('Node') ? { FDSELECT_NATIVE_CALLS: calls } : {};
    for (const driver of drivers) {
      report.run({ ...runtime, file, driver, env, runs: runs(all ? unitTests : SHORT) });
    }
  }
  const missed = existsSync(calls) ? uncalled(calls) : [];
  if (missed.length > 0) {
    console.error(`FAIL no test has called these functions of the addon: ${missed.join(', ')}`);
    report.hasFailed = true;
  }
} finally {
  rmSync(calls, { force: true });
}
process.exit(report.finish());
