/** How many system calls an asynchronous wait makes for a message, as strace(1) sees them. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { scriptFile } from '../support/script.ts';
import { run } from '../support/server.ts';

const hasStrace = spawnSync('strace', ['-V']).status === 0;
const isInLoop = process.env.FDSELECT_WAITER !== 'thread';

const ROUNDS = 200;

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

test.runIf(hasStrace && isInLoop).each([
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
  await using child = run('strace', ['-o', log, '-e', `trace=${calls}`, process.execPath, script]);
  expect(await child.finished()).toMatchObject({ code: 0 });
  const lines = readFileSync(log, 'latin1').split('\n');
  const reads = lines.flatMap((line, i) => (/^read\(\d+, "x", 1\)/.test(line) ? [i] : []));
  expect(reads).toHaveLength(ROUNDS);
  // The first waits fill the waiter's set.
  const steady = lines.slice(reads[20], reads.at(-1));
  const count = (pattern: RegExp) => steady.filter((line) => pattern.test(line)).length;
  const messages = ROUNDS - 21;
  // libuv's own waits are epoll_pwait.
  expect(count(/^(poll|epoll_wait)\(/) / messages).toBeLessThanOrEqual(1.05);
  // On a busy machine a message may take longer than the 10 ms after which numbers are checked.
  expect(count(/^epoll_ctl\(/) / messages).toBeLessThanOrEqual(0.2);
});
