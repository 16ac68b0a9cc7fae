/**
 * Processes and workers that end at every moment of a wait: exit code 0, no signal, no output.
 *
 * FDSELECT_LIVES sets how many times each: 3 by default, 10 in CI, 100 in `npm run test:lifecycle:long`,
 * where a crash that comes once in fifty shows.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { scriptFile } from '../support/script.ts';
import { Child, run } from '../support/server.js';

const COUNT = Number(process.env.FDSELECT_LIVES ?? 3);
const AT_ONCE = 4;

const child = fileURLToPath(new URL('child.mjs', import.meta.url));

async function live(name: string, driver: string): Promise<void> {
  const env = { ...process.env, FDSELECT_WAITER: driver };
  const args = ['--expose-gc', child, name];
  await using process_ = new Child(spawn(process.execPath, args, { env, stdio: 'pipe' }));
  const { code, signal, stdout, stderr } = await process_.finished();
  expect({ code, signal, stdout, stderr }).toEqual({
    code: 0,
    signal: null,
    stdout: '',
    stderr: '',
  });
}

const LIVES = [
  'exitBesideSyncWait',
  'exitInAsyncWait',
  'exitInContinuation',
  'terminateLoading',
  'terminateSyncSelect',
  'terminateSyncPoll',
  'terminateSyncEpoll',
  'terminateAsyncWaits',
  'terminateDelivering',
  'terminateClosing',
  'severalWorkersAndMain',
  'collectGarbage',
  'closeWhatIsWaitedFor',
  'throwInContinuation',
];

/** These know no waiter: one driver is enough. */
const SOCKET_LIVES = [
  'terminateSyncRecv',
  'terminateSyncRecvWithTimeout',
  'terminateSyncRecvfrom',
  'terminateSyncRecvmsg',
  'terminateSyncSendmsg',
  'terminateSyncSendfile',
  'terminateSyncAsyncCalls',
  'terminateSyncAccept',
  'terminateSyncSend',
  'terminateSyncSendall',
  'terminateSyncSendto',
  'terminateSyncConnect',
  'terminateSyncConnectWithTimeout',
  'terminateSyncConnectUnix',
  'terminateBlockedSockets',
  'exitBesideSyncSockets',
  'exitBesideBlockedSockets',
];

const FILE_LIVES = [
  'terminateFileRead',
  'terminateFileReadOfTerminal',
  'terminateFileWrite',
  'terminateFileReadv',
  'terminateFileWritev',
  'terminateFileSplice',
  'terminateFileSendfile',
  'terminateFileEventfdRead',
  'terminateFileEventfdWrite',
  'terminateFileAsyncTwins',
  'terminateFileWaitpid',
  'terminateFileWaitpidOfAny',
  'terminateFileFlock',
  'terminateFileLock',
  'terminateFileReadInotify',
  'terminateFileIoReadOnce',
  'terminateFileIoRead',
  'terminateFileIoWrite',
  'terminateFileFdopen',
  'terminateFileInput',
  'terminateBlockedFiles',
  'exitBesideBlockedFiles',
];

const options = { timeout: 10_000 + 2000 * COUNT };

async function livesOf(name: string, driver: string): Promise<void> {
  let left = COUNT;
  const next = async () => {
    while (left-- > 0) await live(name, driver);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

describe.each(['uv', 'thread'])('the waiter with FDSELECT_WAITER=%s', (driver) => {
  test.each(LIVES)(`%s, ${COUNT} times`, options, async (name) => {
    await livesOf(name, driver);
  });
});

test('waits are watched for a termination in a worker, and not in the main thread', async () => {
  const file = scriptFile(`
    import { writeSync } from 'node:fs';
    import { isMainThread, Worker } from 'node:worker_threads';
    import { isInterruptible } from '../../dist/native/index.js';
    writeSync(1, (isMainThread ? 'main ' : 'worker ') + isInterruptible + '\\n');
    if (isMainThread) new Worker(new URL(import.meta.url));
  `);
  await using process_ = run(process.execPath, [file]);
  const { code, stdout, stderr } = await process_.finished();
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: 'main false\nworker true\n',
    stderr: '',
  });
});

describe('sockets that block a worker', () => {
  test.each(SOCKET_LIVES)(`%s, ${COUNT} times`, options, async (name) => {
    await livesOf(name, 'uv');
  });
});

describe('calls on files that block a worker', () => {
  test.each(FILE_LIVES)(`%s, ${COUNT} times`, options, async (name) => {
    await livesOf(name, 'uv');
  });
});
