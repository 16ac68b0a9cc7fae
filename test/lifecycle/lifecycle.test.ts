/**
 * Processes and workers that end at every moment of a wait: exit code 0, no signal, no output.
 *
 * FDSELECT_LIVES sets how many times each; a third of that for those with a crowd of workers. It is 3
 * by default, 10 with FDSELECT_TESTS=all, and 100 in `npm run test:lifecycle:long`, where a crash that
 * comes once in fifty shows.
 */
import { type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { amount } from '../support/amount.ts';
import { scriptFile } from '../support/script.ts';
import { Child, run } from '../support/server.js';

const COUNT = Number(process.env.FDSELECT_LIVES ?? amount(3, 10));
/** How many lives of one name run one after the other in a process. */
const IN_A_ROW = 5;
/** How many lives of all names a process has: its workers leave their fds open. */
const IN_A_PROCESS = 12;
/** These end their process, or leave something that disturbs the next life. */
const ALONE = /^exit|^throwInContinuation$|^terminateFile(Input|WaitpidOfAny)$/;
/**
 * These use the package in the main thread: their processes have no other lives, so that each ends
 * with what these leave behind.
 */
const IN_MAIN =
  /^(severalWorkersAndMain|collectGarbage|closeWhatIsWaitedFor|terminateInWaitAfterRequest)$|Blocked|^terminateFile(AsyncTwins|Waitpid)$/;
/** These start a worker for each blocking call, so one such life takes as long as many others. */
const CROWD = /Blocked(Sockets|Files)$|^exitBesideSyncSockets$/;

const child = fileURLToPath(new URL('child.mjs', import.meta.url));

/** A process with some lives. Its end says whether all was well. */
class Life extends Child {
  left = IN_A_PROCESS;

  constructor(args: string[], driver: string) {
    const env = { ...process.env, FDSELECT_WAITER: driver };
    const stdio: StdioOptions = args.length === 1 ? ['pipe', 'pipe', 'pipe', 'ipc'] : 'pipe';
    super(spawn(process.execPath, ['--expose-gc', child, ...args], { env, stdio }));
  }

  async endsWell(): Promise<void> {
    const { code, signal, stdout, stderr } = await this.finished();
    expect({ code, signal, stdout, stderr }).toEqual({
      code: 0,
      signal: null,
      stdout: '',
      stderr: '',
    });
  }

  /** One of the lives that end a worker. Where the process ends by it, that is the failure. */
  async lives(name: string): Promise<void> {
    this.left--;
    this.process.send(name);
    const early = this.endsWell().then(() => expect.unreachable('the process has ended'));
    await Promise.race([once(this.process, 'message'), early]);
  }

  /** Lets it end, when no life needs it any more. */
  async end(): Promise<void> {
    this.process.send('end');
    await this.endsWell();
  }
}

/** One process with the lives of one name. */
async function live(name: string, driver: string, count: number): Promise<void> {
  await using life = new Life([name, String(count)], driver);
  await life.endsWell();
}

/** Processes that have no life now, by what they are. */
const idle = new Map<string, Life[]>();

afterAll(async () => {
  for (const life of [...idle.values()].flat()) {
    await using ending = life;
    await ending.end();
  }
});

/** One life in a process that has others before and after it: starting a process costs more than a life. */
async function liveInTurn(name: string, driver: string, kind: 'bare' | 'loaded'): Promise<void> {
  const key = `${driver} ${kind}`;
  const free = idle.get(key) ?? [];
  idle.set(key, free);
  const life = free.pop() ?? new Life([kind], driver);
  let isWell = false;
  try {
    await life.lives(name);
    if (life.left === 0) await life.end();
    isWell = true;
  } finally {
    if (isWell && life.left > 0) free.push(life);
    else await life[Symbol.asyncDispose]();
  }
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

/** These use no waiter, so they run with one driver only. */
const SOCKET_LIVES = [
  'terminateInWaitAfterRequest',
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

/** A life that hangs is found by this; on a busy machine the start of a worker may take a second. */
const options = { timeout: 60_000 + 4000 * COUNT };

/** For `test.each`: names of lives, and how often each one runs. */
function counted(names: string[]): [name: string, count: number][] {
  return names.map((name) => [name, CROWD.test(name) ? Math.ceil(COUNT / 3) : COUNT]);
}

async function livesOf(name: string, count: number, driver: string): Promise<void> {
  if (IN_MAIN.test(name)) {
    for (let left = count; left > 0; left -= IN_A_ROW) {
      await live(name, driver, Math.min(IN_A_ROW, left));
    }
    return;
  }
  for (let i = 0; i < count; i++) {
    if (ALONE.test(name)) await live(name, driver, 1);
    // The addon is loaded and unloaded with the worker, or stays with the main thread.
    else await liveInTurn(name, driver, i > 0 && FILE_LIVES.includes(name) ? 'loaded' : 'bare');
  }
}

describe.concurrent.each(['uv', 'thread'])('the waiter with FDSELECT_WAITER=%s', (driver) => {
  test.each(counted(LIVES))('%s, %i times', options, async (name, count) => {
    await livesOf(name, count, driver);
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

test('the checks for termination leave no memory behind in a worker that blocks for long', async () => {
  const addon = createRequire(import.meta.url).resolve('../../build/Release/fdselect.node');
  const file = scriptFile(`
    import { createRequire } from 'node:module';
    import { getHeapStatistics } from 'node:v8';
    import { isMainThread, parentPort, Worker } from 'node:worker_threads';
    if (isMainThread) {
      const worker = new Worker(new URL(import.meta.url));
      worker.once('message', () => worker.postMessage('the first sign'));
      worker.on('message', (sizes) => sizes.length > 0 && console.log(JSON.stringify(sizes)));
    } else {
      const addon = createRequire(import.meta.url)(${JSON.stringify(addon)});
      const fds = [];
      addon.pipe(fds);
      const sizes = [];
      // Called for each check, ten times a second. A handle that is not freed keeps the returned array.
      addon.watchTermination(() => {
        gc();
        sizes.push(getHeapStatistics().used_heap_size);
        if (sizes.length === 6) addon.write(fds[1], Buffer.from('x'));
        return new Array(500_000).fill(0.5);
      });
      parentPort.postMessage([]);
      addon.read(fds[0], Buffer.alloc(1));
      parentPort.postMessage(sizes);
    }
  `);
  await using process_ = run(process.execPath, ['--expose-gc', file]);
  const { code, stdout, stderr } = await process_.finished();
  expect([code, stderr]).toEqual([0, '']);
  const sizes = JSON.parse(stdout) as number[];
  expect(sizes).toHaveLength(6);
  // Each array has 4 MB.
  expect((sizes.at(-1) as number) - (sizes[1] as number)).toBeLessThan(4_000_000);
});

describe.concurrent('sockets that block a worker', () => {
  test.each(counted(SOCKET_LIVES))('%s, %i times', options, async (name, count) => {
    await livesOf(name, count, 'uv');
  });
});

describe.concurrent('calls on files that block a worker', () => {
  test.each(counted(FILE_LIVES))('%s, %i times', options, async (name, count) => {
    await livesOf(name, count, 'uv');
  });
});
