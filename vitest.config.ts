/** How the tests run. CONTRIBUTING.md lists the commands. */
import { configDefaults, defineConfig } from 'vitest/config';

/** Tests that wait for child processes most of their time, and have no fds of their own. */
const SERVERS = ['test/servers/**/*.test.ts', 'test/chaos/**/*.test.ts'];

export default defineConfig({
  test: {
    // A process for each file: a blocking wait must not stall vitest's own threads, and the count
    // of open fds is the file's own.
    pool: 'forks',
    globalSetup: ['test/support/fresh-build.ts'],
    retry: 0,
    projects: [
      {
        extends: true,
        test: {
          name: 'servers',
          include: SERVERS,
          setupFiles: ['test/support/fd-leaks.ts', 'test/support/concurrent.ts'],
          // More processes at once would disturb the tests that look at CPU time.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 40_000,
          hookTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'main',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...SERVERS],
          setupFiles: ['test/support/fd-leaks.ts'],
          // Two cores: one file at a time computes while the others wait for their timeouts.
          maxWorkers: 4,
          sequence: { groupOrder: 2 },
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
    ],
  },
});
