/** The number of system calls of an asynchronous wait per message, counted by strace(1). */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { scriptFile } from '../support/script.ts';
import { run } from '../support/server.ts';

const hasStrace = spawnSync('strace', ['-V']).status === 0;
const isInLoop = process.env.FDSELECT_WAITER !== 'thread';

const ROUNDS = 200;
/** kRefreshAfterMs of native/binding/uv_driver.cc. */
const REFRESH_MS = 10;

/** One message after the other; between two of them the wait has gone to sleep. */
const source = (open: string) => `
  import { Poll, Epoll, POLLIN, EPOLLIN } from 'fdselect';
  import { EpollSelector, PollSelector } from 'fdselect/selectors';
  import { pipe, read, write } from 'fdselect/os';
  const [r, w] = pipe();
  ${open}
  let sent = 0;
  const timer = setInterval(() => write(w, 'x'), 2);
  for (let i = 0; i < ${ROUNDS}; i++) {
    await wait();
    read(r, 1);
  }
  clearInterval(timer);
`;

test.skipIf(!hasStrace || !isInLoop).each([
  [
    'Poll.pollAsync',
    'const p = new Poll(); p.register(r, POLLIN); const wait = () => p.pollAsync();',
  ],
  [
    'Epoll.pollAsync',
    'const p = new Epoll(); p.register(r, EPOLLIN); const wait = () => p.pollAsync();',
  ],
  [
    'EpollSelector',
    'const p = new EpollSelector(); p.register(r, 1); const wait = () => p.selectAsync();',
  ],
  [
    'PollSelector',
    'const p = new PollSelector(); p.register(r, 1); const wait = () => p.selectAsync();',
  ],
])('%s: one real call for a message, and no epoll_ctl', async (_, open) => {
  const script = scriptFile(source(open));
  const log = `${script}.strace`;
  onTestFinished(() => rmSync(log, { force: true }));
  const calls = 'poll,epoll_wait,epoll_ctl,read,write';
  const strace = ['-ttt', '-o', log, '-e', `trace=${calls}`];
  await using child = run('strace', [...strace, process.execPath, script]);
  expect(await child.finished()).toMatchObject({ code: 0 });
  const lines = readFileSync(log, 'latin1').split('\n');
  const reads = lines.flatMap((line, i) => (/ read\(\d+, "x", 1\)/.test(line) ? [i] : []));
  expect(reads).toHaveLength(ROUNDS);
  const timeOf = (i: number) => 1000 * Number((lines[i] as string).split(' ', 1)[0]);
  // The first waits fill the waiter's set. After 10 ms of waiting numbers are checked: what a busy
  // machine makes that slow does not count. libuv counts the 10 ms, in whole ones, from the beginning
  // of the turn in which the wait begins, which is after the message before.
  const steady = reads.slice(20).flatMap((end, i) => {
    const [before, begin] = reads.slice(18 + i, 20 + i) as [number, number];
    return timeOf(end) - timeOf(before) < REFRESH_MS - 1 ? [lines.slice(begin + 1, end)] : [];
  });
  const count = (pattern: RegExp) => steady.flat().filter((line) => pattern.test(line)).length;
  expect(steady.length).toBeGreaterThan(0);
  // libuv's own waits are epoll_pwait.
  expect(count(/ (poll|epoll_wait)\(/) / steady.length).toBeLessThanOrEqual(1.05);
  expect(count(/ epoll_ctl\(/) / steady.length).toBeLessThanOrEqual(0.02);
});
