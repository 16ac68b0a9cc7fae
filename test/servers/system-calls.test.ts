/** The echo servers send first: how many system calls a message costs, counted by strace. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { connectTo } from '../support/peer.js';
import { run, serve, until } from '../support/server.js';

const MESSAGES = 500;
/** All calls on file descriptors, with times. */
const EXPRESSION = ['-ttt', '-e', 'trace=%network,%desc'];
/** kRefreshAfterMs of native/binding/uv_driver.cc: after that time a wait checks its fd numbers. */
const REFRESH_MS = 10;
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
  const messages = messagesOf(stderr);
  // What a busy machine makes slow does not count.
  const steady = messages.filter(({ milliseconds }) => milliseconds < REFRESH_MS);
  expect(steady.length).toBeGreaterThan(10);
  for (const call of steady.flatMap(({ calls }) => calls)) {
    const key = WAITS.includes(call) ? 'wait' : call in counts ? call : 'other';
    counts[key] = (counts[key] ?? 0) + 1 / steady.length;
  }
  return counts;
}

/** The calls from one send to the next, and how long they took. */
function messagesOf(trace: string): { calls: string[]; milliseconds: number }[] {
  const messages: { calls: string[]; milliseconds: number }[] = [];
  let calls: string[] = [];
  let begin = Number.NaN;
  for (const line of trace.split('\n')) {
    const [, time, call = 'mmap'] = /^([\d.]+) (\w+)\(/.exec(line) ?? [];
    if (call === 'mmap') continue;
    calls.push(call);
    if (call !== 'sendto') continue;
    // The first one may have begun before strace.
    if (!Number.isNaN(begin)) messages.push({ calls, milliseconds: 1000 * Number(time) - begin });
    begin = 1000 * Number(time);
    calls = [];
  }
  return messages;
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
    // A long wait of select() or poll() checks once whether an fd number is used for another file.
    expect(counts.epoll_ctl).toBeLessThan(selector === 'epoll' ? 0.05 : 1);
    expect(counts.other).toBeLessThan(0.05);
  },
);
