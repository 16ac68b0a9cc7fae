/** How the tests run. CONTRIBUTING.md lists the commands. */
import { configDefaults, defineConfig } from 'vitest/config';

/**
 * Node reads every certificate of this file each time it starts: two thirds of the CPU time of a start,
 * where a proxy has set it. The tests start a thousand processes, and none of them uses TLS.
 */
delete process.env.NODE_EXTRA_CA_CERTS;

/** Tests that wait for child processes most of their time, and have no fds of their own. */
const SERVERS = ['test/servers/**/*.test.ts'];
/** The same, and they take too long for `npm test`: `npm run test:chaos`. */
const CHAOS = ['test/chaos/**/*.test.ts'];

/**
 * These look at the clock, or at CPU time: two files at a time, and nothing else beside them. The check
 * of an exercise gives up after 5 s, as for a student.
 */
const CLOCK = ['test/**/*.clock.test.ts', 'test/learn/exercises.test.ts'];

/**
 * These look at what a process has once: its waiter and the driver of that, the numbers of its waits,
 * the lowest free fd. Each has a process of its own, which costs a third of a CPU-second.
 */
const ISOLATED = [
  'test/differential/**/*.test.ts',
  'test/unit/async/**/*.test.ts',
  'test/unit/{selectors/async,socket/async-calls}.test.ts',
  'test/unit/{iterators,realms-waits,registrations,select,signal,waiter-corners,waker}.test.ts',
];

/** It comes first, so that its afterAll() runs last. */
const CPU_REPORT =
  process.env.FDSELECT_CPU_REPORT === undefined ? [] : ['test/support/cpu-report.ts'];

/**
 * Files at a time, of the servers, of main and of isolated together: they wait more than they compute.
 * Six keep two cores busy.
 */
const FILES_AT_A_TIME = 6;

/** What every project has. */
const common = {
  // Processes: a blocking wait must not stall vitest's own threads, and the count of open fds is that
  // of one file.
  pool: 'forks',
  retry: 0,
  // The default, 1 s, is too short for a browser on a busy machine.
  expect: { poll: { timeout: 20_000 } },
} as const;

const servers = {
  ...common,
  isolate: false,
  setupFiles: [...CPU_REPORT, 'test/support/fd-leaks.ts', 'test/support/concurrent.ts'],
  hookTimeout: 60_000,
};

const main = {
  ...common,
  setupFiles: [
    ...CPU_REPORT,
    'test/support/fd-leaks.ts',
    'test/support/turn.ts',
    ...(process.env.FDSELECT_NATIVE_CALLS === undefined ? [] : ['test/support/native-calls.ts']),
  ],
  maxWorkers: FILES_AT_A_TIME,
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    // A project with `extends: true` would run it once more.
    globalSetup: ['fresh-build', 'amount', 'python'].map((name) => `test/support/${name}.ts`),
    projects: [
      {
        test: {
          ...servers,
          name: 'servers',
          maxWorkers: FILES_AT_A_TIME,
          include: SERVERS,
          exclude: [...configDefaults.exclude, ...CLOCK],
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
        },
      },
      {
        test: {
          ...servers,
          name: 'chaos',
          maxWorkers: 2,
          include: CHAOS,
          sequence: { groupOrder: 2 },
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...main,
          name: 'main',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...SERVERS, ...CHAOS, ...ISOLATED, ...CLOCK],
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...main,
          name: 'isolated',
          include: ISOLATED,
          exclude: [...configDefaults.exclude, ...CLOCK],
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...main,
          name: 'clock',
          include: CLOCK,
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
