/** Waits at the limit of open files, with which the kernel compares the length of poll's array. */
import { describe, expect, test } from 'vitest';
import { scriptFile } from '../support/script.ts';
import { run } from '../support/server.ts';

/** Runs a module with `limit` as RLIMIT_NOFILE. Linux (prlimit(1)). */
async function runLimited(limit: number, source: string, before = ''): Promise<unknown> {
  const path = scriptFile(`
    import { execFileSync } from 'node:child_process';
    ${before}
    const { Poll, POLLIN, selectAsync } = await import('fdselect');
    const { pipe, write } = await import('fdselect/os');
    execFileSync('prlimit', ['--nofile=${limit}:${limit}', '--pid', String(process.pid)]);
    ${source}
  `);
  await using child = run(process.execPath, [path]);
  return await child.finished();
}

describe('a Poll that is as full as the limit allows', () => {
  test('may exchange one fd for another, over and over', async () => {
    const source = `
      const poller = new Poll();
      const fds = [];
      // Numbers that are not open count as well.
      for (let fd = 1000; fd < 1090; fd++) { poller.register(fd, POLLIN); fds.push(fd); }
      for (let i = 0; i < 500; i++) {
        poller.unregister(fds.shift());
        fds.push(2000 + i);
        poller.register(2000 + i, POLLIN);
        if (poller.poll(0).length !== 90) throw new Error('not all');
        if ((await poller.pollAsync(0)).length !== 90) throw new Error('not all');
      }
      console.log('lives');
    `;
    expect(await runLimited(100, source)).toMatchObject({ code: 0, stdout: 'lives\n' });
  });

  test('with more than the limit it is EINVAL', async () => {
    const source = `
      const poller = new Poll();
      for (let fd = 0; fd < 101; fd++) poller.register(1000 + fd, POLLIN);
      try { poller.poll(0); } catch (error) { console.log(error.code); }
    `;
    expect(await runLimited(100, source)).toMatchObject({ code: 0, stdout: 'EINVAL\n' });
  });
});
