import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // A process for each file: a blocking wait must not stall vitest's own threads, and the count
    // of open fds is the file's own.
    pool: 'forks',
    // Most tests wait for other processes; more at once would disturb those that look at CPU time.
    maxWorkers: 2,
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/fd-leaks.ts'],
    retry: 0,
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
