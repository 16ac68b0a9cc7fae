/** Slow lookups: a cancelled call, and the end of the process, do not wait for them. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect } from 'vitest';
import { buildNames, withNames } from '../../support/names.ts';
import { testUnless } from '../../support/runtime.ts';
import { scriptFile } from '../../support/script.ts';
import { Child } from '../../support/server.ts';

/** Seconds; longer than any of these tests may take. */
const LOOKUP = 20;

const testNames = testUnless({ qemu: 'the library of names is for the machine itself' });

let names: ReturnType<typeof buildNames>;
beforeAll(() => {
  names = buildNames();
});
afterAll(() => names.remove());

/** Runs a program in which `slow.test` takes 20 s to be looked up. @returns what it prints */
async function run(source: string): Promise<string> {
  const env = withNames(names.library, `slow.test ${LOOKUP * 1000} 127.0.0.1`);
  const start = performance.now();
  await using child = new Child(spawn(process.execPath, [scriptFile(source)], { env }));
  const { stdout, stderr, code } = await child.finished();
  expect([stderr, code]).toEqual(['', 0]);
  expect(performance.now() - start).toBeLessThan((LOOKUP * 1000) / 2);
  return stdout;
}

testNames(
  'a signal, close() and a timeout end the wait, and then the process may end',
  async () => {
    const printed = await run(`
    import { getaddrinfoAsync, socket } from 'fdselect/socket';
    const aborter = new AbortController();
    const [closed, late] = [socket(), socket()];
    late.settimeout(0.05);
    const waits = [
      getaddrinfoAsync('slow.test', 80, 0, 0, 0, 0, { signal: aborter.signal }),
      closed.connectAsync(['slow.test', 80]),
      late.connectAsync(['slow.test', 80]),
      late.sendtoAsync('x', ['slow.test', 80]).catch((error) => { throw error; }),
    ];
    aborter.abort(new Error('mine'));
    closed.close();
    for (const { reason } of await Promise.allSettled(waits)) {
      console.log(reason.code ?? reason.message, reason.syscall ?? '');
    }
    late.close();
  `);
    expect(printed).toBe('mine \nERR_CLOSED \nETIMEDOUT getaddrinfo\nERR_CONCURRENT_POLL \n');
  },
);

for (const exit of ['process.exit()', 'process.reallyExit(0)']) {
  testNames(`${exit} ends at once`, async () => {
    const printed = await run(`
    import { getaddrinfoAsync } from 'fdselect/socket';
    for (let i = 0; i < 8; i++) void getaddrinfoAsync('slow.test', 80);
    console.log(await getaddrinfoAsync('127.0.0.1', 80, 0, 1).then(([[, , , , [host]]]) => host));
    ${exit};
  `);
    // More than libuv's pool has threads: a quick one does not wait behind the slow ones.
    expect(printed).toBe('127.0.0.1\n');
  });
}

testNames('a loop that ends or is closed does not wait for its lookups', async () => {
  const printed = await run(`
    import { connect, EventLoop } from 'fdselect/loop';
    for (const end of ['stop', 'cancel', 'close']) {
      const loop = new EventLoop();
      const handlers = { onConnection: () => {}, onFailed: ({ code }) => console.log(end, code) };
      const connectors = [1, 2].map(() => connect(loop, ['slow.test', 80], handlers));
      loop.callLater(0.05, () => {
        if (end === 'cancel') for (const connector of connectors) connector.cancel();
        else loop[end]();
      });
      loop.run();
      loop.close();
    }
  `);
  const failed = (end: string) => `${end} ECONNABORTED\n`.repeat(2);
  expect(printed).toBe(failed('stop') + failed('cancel') + failed('close'));
});

testNames('worker.terminate() ends a worker that has begun lookups', async () => {
  const printed = await run(`
    import { isMainThread, Worker, parentPort } from 'node:worker_threads';
    if (isMainThread) {
      const worker = new Worker(new URL(import.meta.url));
      await new Promise((resolve) => worker.once('message', resolve));
      console.log(await worker.terminate());
    } else {
      const { getaddrinfoAsync } = await import('fdselect/socket');
      void getaddrinfoAsync('slow.test', 80).catch(() => {});
      parentPort.postMessage('begun');
    }
  `);
  expect(printed).toBe('1\n');
});
