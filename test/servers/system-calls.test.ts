/** The echo servers send first: how many system calls a message costs, counted by strace. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { connectTo } from '../support/peer.js';
import { run, serve, until } from '../support/server.js';

const MESSAGES = 500;
/** All calls on file descriptors. */
const EXPRESSION = ['-e', 'trace=%network,%desc'];
const WAITS = ['select', 'pselect6', 'poll', 'ppoll', 'epoll_wait', 'epoll_pwait'];

/** The system calls of a server's main thread for each of 500 messages, sent one by one. */
async function callsPerMessage(name: string): Promise<Record<string, number>> {
  await using server = await serve(name, { args: ['--quiet'] });
  await using peer = (await connectTo(server)).read();
  const exchange = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const expected = peer.size + 5;
      peer.write('hello');
      await peer.gets(expected);
    }
  };
  await exchange(20);
  // The main thread only; and not what V8 does for its memory and its compiler's thread.
  await using strace = run('strace', [...EXPRESSION, '-p', String(server.pid)], null);
  await until(() => strace.stderr.includes('attached'), 'strace is attached');
  await exchange(MESSAGES);
  strace.process.kill('SIGINT');
  const { stderr } = await strace.finished();
  const counts: Record<string, number> = {
    wait: 0,
    recvfrom: 0,
    sendto: 0,
    epoll_ctl: 0,
    other: 0,
  };
  for (const line of stderr.split('\n')) {
    const call = /^(\w+)\(/.exec(line)?.[1];
    if (call === undefined || call === 'mmap') continue;
    const key = WAITS.includes(call) ? 'wait' : call in counts ? call : 'other';
    counts[key] = (counts[key] ?? 0) + 1 / MESSAGES;
  }
  return counts;
}

const hasStrace = (() => {
  try {
    execFileSync('strace', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    console.log('system-calls.test.ts is skipped: there is no strace');
    return false;
  }
})();

test
  .skipIf(!hasStrace)
  .each([
    'minimal',
    'echo-select',
    'echo-poll',
    'echo-epoll',
    'echo-selectors --selector select',
    'echo-selectors --selector poll',
    'echo-selectors --selector epoll',
    'echo-reactor --selector select',
    'echo-reactor --selector poll',
    'echo-reactor --selector epoll',
  ])('%s: one wait, one recv and one send for each message, and nothing else', async (name) => {
  const counts = await callsPerMessage(name);
  for (const call of ['wait', 'recvfrom', 'sendto']) expect(counts[call]).toBeCloseTo(1, 1);
  expect(counts).toMatchObject({ epoll_ctl: 0 });
  expect(counts.other).toBeLessThan(0.01); // strace itself restarts a call
});

// libuv itself makes two waits for each message, as for a server of node:net.
test.skipIf(!hasStrace).each(['select', 'poll', 'epoll'])(
  'echo-async --selector %s: one recv, one send, and at most three waits',
  async (selector) => {
    const counts = await callsPerMessage(`echo-async --selector ${selector}`);
    for (const call of ['recvfrom', 'sendto']) expect(counts[call]).toBeCloseTo(1, 1);
    expect(counts.wait).toBeLessThan(3.2);
    // A wait of select() or poll() that lasts long looks once whether an fd has been opened anew.
    expect(counts.epoll_ctl).toBeLessThan(selector === 'epoll' ? 0.05 : 1);
    expect(counts.other).toBeLessThan(0.05);
  },
);
