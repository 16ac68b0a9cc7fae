/** signalPipe(): in child processes, because a signal is for the whole process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { select } from 'fdselect';
import { signalPipe } from 'fdselect/signal';
import { afterAll, expect, test } from 'vitest';
import { ADDON, runtime, testUnless } from '../support/runtime.ts';
import { closing } from '../support/sandbox.ts';
import { scriptFile } from '../support/script.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

/** A second copy of the package in another folder, with its own addon. */
const secondCopy = mkdtempSync(join(tmpdir(), 'fdselect-copy-'));
afterAll(() => rmSync(secondCopy, { recursive: true }));

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

for (const name of ['dist', 'package.json']) {
  cpSync(join(ROOT, name), join(secondCopy, name), { recursive: true });
}
cpSync(ADDON, join(secondCopy, 'build/Release/fdselect.node'));

symlinkSync(join(ROOT, 'node_modules'), join(secondCopy, 'node_modules'));

interface Ended {
  output: string;
  code: number | null;
  signal: NodeJS.Signals | null;
}

/**
 * Runs a script; each time it prints a line that names a signal after `>`, it gets that one.
 */
async function run(script: string): Promise<Ended> {
  const prelude = `
    import { poll, POLLIN, select } from 'fdselect';
    import { signalPipe } from 'fdselect/signal';
    import { writeSync } from 'node:fs';
    const print = (text) => writeSync(1, text + '\\n');
    const secondCopy = () => {
      // Where this names the addon under test, the second copy takes its own all the same.
      if (process.env.FDSELECT_PREBUILD) process.env.FDSELECT_PREBUILD = process.env.SECOND_COPY;
      return import(process.env.SECOND_COPY + '/dist/signal/index.js');
    };
  `;
  const child = spawn(process.execPath, [scriptFile(prelude + script)], {
    cwd: ROOT,
    env: { ...process.env, SECOND_COPY: secondCopy },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data;
    for (const [, name] of `${data}`.matchAll(/^>(\w+)$/gm))
      process.kill(child.pid as number, name);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { output, code, signal };
}

test('a signal wakes a blocked select() and a blocked poll(), and is read once', async () => {
  const ended = await run(`
    const pipe = signalPipe('SIGINT', 'SIGTERM');
    print('>SIGINT');
    print(select([pipe], [], [])[0][0] === pipe);
    print(pipe.read() + ' ' + pipe.read().length);
    const poller = poll();
    poller.register(pipe, POLLIN);
    print('>SIGTERM');
    print(poller.poll().length);
    print(pipe.read());
    process.exit(); // with the pipe open, see DENO_LATE
  `);
  expect(ended).toEqual({
    output: '>SIGINT\ntrue\nSIGINT 0\n>SIGTERM\n1\nSIGTERM\n',
    code: 0,
    signal: null,
  });
});

test('two pipes for one signal: both get it, each until it is closed', async () => {
  const { output, code } = await run(`
    const [a, b] = [signalPipe('SIGUSR2'), signalPipe('SIGUSR2', 'SIGHUP')];
    const wait = (pipe) => { select([pipe], [], []); return pipe.read().join(); };
    print('>SIGUSR2');
    print(wait(a) + wait(b));
    a.close();
    print('>SIGUSR2');
    print(wait(b));
    print('>SIGHUP');
    print(wait(b));
    process.exit(); // with the pipe open, see DENO_LATE
  `);
  expect([output, code]).toEqual([
    '>SIGUSR2\nSIGUSR2SIGUSR2\n>SIGUSR2\nSIGUSR2\n>SIGHUP\nSIGHUP\n',
    0,
  ]);
});

test('after close() the earlier disposition is back: the default one kills', async () => {
  const { output, signal } = await run(`
    const pipe = signalPipe('SIGUSR2');
    pipe.close();
    print('>SIGUSR2');
    select([], [], []);
  `);
  expect([output, signal]).toEqual(['>SIGUSR2\n', 'SIGUSR2']);
});

test("after close() the earlier disposition is back: a listener of process.on('…')", async () => {
  const { output, code } = await run(`
    process.on('SIGUSR2', () => { print('listener'); process.exit(0); });
    const pipe = signalPipe('SIGUSR2');
    print('>SIGUSR2');
    select([pipe], [], []);
    print(pipe.read());
    pipe.close();
    print('>SIGUSR2');
    setInterval(() => {}, 1000);
  `);
  expect([output, code]).toEqual(['>SIGUSR2\nSIGUSR2\n>SIGUSR2\nlistener\n', 0]);
});

const ORDERS = [
  ['on, pipe', 'on pipe', 'listener'],
  ['pipe, on', 'pipe on', 'listener'],
  ['on, pipe, off', 'on pipe off', ''],
  ['pipe, on, off', 'pipe on off', ''],
  ['on, off, pipe', 'on off pipe', ''],
  ['once, pipe', 'once pipe', 'listener'],
  ['pipe, once', 'pipe once', 'listener'],
  ['once, pipe, off', 'once pipe off', ''],
  ['on, pipe, off, on', 'on pipe off on', 'listener'],
  ['pipe, pipe, close', 'pipe pipe close', ''],
  ['pipe, on, pipe, close, off', 'pipe on pipe close off', ''],
  ['on, pipe, pipe, off, close', 'on pipe pipe off close', ''],
];

test.each(ORDERS)('the pipe gets the signal and the program lives: %s', async (_, steps, told) => {
  // Twice, as a listener of once() removes itself between the two.
  const calls = { '': [0, 0], listener: steps.includes('once') ? [1, 1] : [1, 2] }[told];
  const { output, code, signal } = await run(`
    let calls = 0;
    const listener = () => { calls++; };
    const pipes = [];
    const on = () => process.on('SIGTERM', listener);
    const once = () => process.once('SIGTERM', listener);
    const off = () => process.off('SIGTERM', listener);
    const pipe = () => pipes.push(signalPipe('SIGTERM'));
    const close = () => pipes.shift().close();
    for (const step of [${steps.replaceAll(' ', ', ')}]) step();
    for (const expected of ${JSON.stringify(calls)}) {
      print('>SIGTERM');
      select([pipes[0]], [], [], 15);
      print(pipes[0].read().join());
      while (calls < expected) await new Promise((resolve) => setImmediate(resolve));
      print(calls);
    }
    process.exit();
  `);
  const lines = calls?.map((count) => `>SIGTERM\nSIGTERM\n${count}\n`).join('');
  expect([output, code, signal]).toEqual([lines, 0, null]);
});

test.each([
  ['on before the import, off, close', "process.on('SIGTERM', f)", "process.off('SIGTERM', f)"],
  ['on after the pipe, off, close', '', "process.on('SIGTERM', f); process.off('SIGTERM', f)"],
])('after close() the signal ends the process again: %s', async (_, before, meanwhile) => {
  const { output, signal } = await run(`
    const f = () => {};
    ${before};
    const pipe = signalPipe('SIGTERM');
    ${meanwhile};
    pipe.close();
    print('>SIGTERM');
    select([], [], []);
  `);
  expect([output, signal]).toEqual(['>SIGTERM\n', 'SIGTERM']);
});

test('a listener from before the addon was loaded is not restored as a disposition', async () => {
  const { output, signal } = await run(`
    import { createRequire } from 'node:module';
    const f = () => {};
    process.on('SIGTERM', f);
    // A second copy of the package, which is loaded only now.
    const { signalPipe: late } = await secondCopy();
    const pipe = late('SIGTERM');
    process.off('SIGTERM', f);
    pipe.close();
    print('>SIGTERM');
    select([], [], []);
  `);
  expect([output, signal]).toEqual(['>SIGTERM\n', 'SIGTERM']);
});

test('SIGPIPE is ignored again after close(), as the runtime has set it', async () => {
  const { output, code } = await run(`
    const pipe = signalPipe('SIGPIPE');
    print('>SIGPIPE');
    select([pipe], [], [], 15);
    print(pipe.read());
    pipe.close();
    process.kill(process.pid, 'SIGPIPE');
    print('alive');
  `);
  expect([output, code]).toEqual(['>SIGPIPE\nSIGPIPE\nalive\n', 0]);
});

/**
 * Deno's own thread chooses between the listeners and the default action some time after the signal. A
 * program of Deno alone ends too: process.on('SIGUSR2', f); process.kill(process.pid, 'SIGUSR2');
 * process.off('SIGUSR2', f).
 */
const DENO_LATE = 'it takes the default action if the last listener goes soon after the signal';

const BUN_KEEPS = 'a handler of Bun that was replaced does not pass the signal on';

for (const [order, first, last] of [
  ['opening', 'a', 'b'],
  ['reverse', 'b', 'a'],
]) {
  testUnless({ Bun: BUN_KEEPS })(
    `two copies: both get the signal, closed in ${order} order`,
    async () => {
      const { output, signal } = await run(`
    const { signalPipe: other } = await secondCopy();
    const pipes = { a: signalPipe('SIGTERM'), b: other('SIGTERM') };
    const wait = (pipe) => { select([pipe], [], [], 15); return pipe.read().join(); };
    print('>SIGTERM');
    print(wait(pipes.a) + ' ' + wait(pipes.b));
    pipes.${first}.close();
    print('>SIGTERM');
    print(wait(pipes.${last}));
    pipes.${last}.close();
    print('>SIGTERM');
    select([], [], []);
  `);
      const lines = '>SIGTERM\nSIGTERM SIGTERM\n>SIGTERM\nSIGTERM\n>SIGTERM\n';
      expect([output, signal]).toEqual([lines, 'SIGTERM']);
    },
  );
}

testUnless({
  Bun: 'the main thread restores the default action with its last listener',
  Deno: DENO_LATE,
})("a worker's pipe goes on when the main thread's listeners come and go", async () => {
  const { output, code } = await run(`
    import { Worker } from 'node:worker_threads';
    const code = "const { parentPort } = require('node:worker_threads');" +
      "Promise.all([import('fdselect/signal'), import('fdselect')]).then(([{ signalPipe }, { select }]) => {" +
      "const pipe = signalPipe('SIGUSR2'); parentPort.postMessage('open');" +
      "select([pipe], [], [], 15); parentPort.postMessage(pipe.read().join()); });";
    const worker = new Worker(code, { eval: true });
    worker.on('message', (text) => {
      print(text);
      if (text !== 'open') return;
      const f = () => {};
      process.on('SIGUSR2', f);
      process.off('SIGUSR2', f);
      print('>SIGUSR2');
    });
  `);
  expect([output, code]).toEqual(['open\n>SIGUSR2\nSIGUSR2\n', 0]);
});

test.each([
  ['before', 'spawned opened'],
  ['after', 'opened spawned'],
])('SIGCHLD: child_process and the pipe learn of a child started %s it', async (_, order) => {
  const { output, code } = await run(`
    import { spawn } from 'node:child_process';
    import { once } from 'node:events';
    import { pipe as openPipe, write } from 'fdselect/os';
    let pipe, ended;
    const [r, w] = openPipe();
    const opened = () => { pipe = signalPipe('SIGCHLD'); };
    const spawned = () => { ended = once(spawn('sh', ['-c', 'read line; exit 3'], { stdio: [r] }), 'exit'); };
    for (const step of [${order.replace(' ', ', ')}]) step();
    write(w, '\\n');
    select([pipe], [], [], 15);
    print(pipe.read().join());
    print((await ended)[0]);
    pipe.close();
    print((await once(spawn('sh', ['-c', 'exit 4']), 'exit'))[0]);
  `);
  expect([output, code]).toEqual(['SIGCHLD\n3\n4\n', 0]);
});

testUnless({
  Bun: 'a signal is read from that fd',
  Deno: 'a signal is read from that fd',
})('the fd that was closed behind the back of a pipe harms nothing', async () => {
  const { output, code } = await run(`
    import { close } from 'fdselect/os';
    const pipe = signalPipe('SIGUSR2');
    close(pipe.fileno());
    process.kill(process.pid, 'SIGUSR2');
    print(pipe.read().join());
    pipe.close();
  `);
  expect([output, code]).toEqual(['SIGUSR2\n', 0]);
});

test('a pipe of the other runtimes: its number belongs to a pipe that would block', async () => {
  const { output, code } = await run(`
    import { close, dup2, pipe } from 'fdselect/os';
    import { native } from ${JSON.stringify(pathToFileURL(join(ROOT, 'dist/native/index.js')).href)};
    const numbers = new Uint8Array(4);
    const fd = native.openSignalPipe([12], 0);
    const [r] = pipe();
    dup2(r, fd);
    print(native.readSignals(fd, numbers));
    native.closeSignalPipe(fd);
  `);
  expect([output, code]).toEqual(['0\n', 0]);
});

testUnless({ Deno: DENO_LATE })(
  'thousands of signals that were not read are kept up to a limit, and the last pipe closes',
  async () => {
    const { output, code } = await run(`
    const pipe = signalPipe('SIGUSR2');
    for (let i = 0; i < 10_000; i++) process.kill(process.pid, 'SIGUSR2');
    const count = pipe.read().length;
    print(count > 1000 && count <= 10_000);
    pipe.close();
  `);
    expect([output, code]).toEqual(['true\n', 0]);
  },
);

test('the pipes of a worker are closed when it ends', async () => {
  // Deno says that a worker is terminated before its environment is torn down.
  const grace = runtime === 'Deno' ? 1000 : 0;
  const { output, signal } = await run(`
    import { Worker } from 'node:worker_threads';
    const code = "const { parentPort } = require('node:worker_threads');" +
      "import('fdselect/signal').then(({ signalPipe }) => {" +
      "signalPipe('SIGUSR2'); parentPort.postMessage('open'); setInterval(() => {}, 1000); });";
    const worker = new Worker(code, { eval: true });
    worker.on('error', (error) => print(error));
    worker.on('message', async () => {
      await worker.terminate();
      if (${grace}) await new Promise((resolve) => setTimeout(resolve, ${grace}));
      print('>SIGUSR2');
      setInterval(() => {}, 1000);
    });
  `);
  expect([output, signal]).toEqual(['>SIGUSR2\n', 'SIGUSR2']);
});

test('interrupted waits end at their timeout, and their result is right', async () => {
  const { output, code } = await run(`
    import { createServer, socketpair } from 'fdselect/socket';
    import { spawn } from 'node:child_process';
    const pipe = signalPipe('SIGUSR2');
    const [a] = socketpair();
    const listener = createServer(['127.0.0.1', 0]);
    const poller = poll();
    poller.register(a, POLLIN);
    a.settimeout(0.1);
    listener.settimeout(0.1);
    const storm = spawn('sh', ['-c', 'while kill -USR2 ' + process.pid + '; do :; done'], { stdio: 'ignore' });
    select([pipe], [], []);
    const expectTimeout = (call) => {
      const start = process.hrtime.bigint();
      let result;
      try { result = JSON.stringify(call()); } catch (error) { result = error.code; }
      print(result + ' ' + (process.hrtime.bigint() - start >= 100000000n));
    };
    expectTimeout(() => select([a], [], [], 0.1));
    expectTimeout(() => poller.poll(100));
    expectTimeout(() => a.recv(1));
    expectTimeout(() => listener.accept());
    expectTimeout(() => a.sendall(Buffer.alloc(5000000)));
    print(pipe.read().length > 10);
    storm.kill();
    // With the pipe open: Deno's threads may still have to handle the last signals.
    storm.on('close', () => process.exit(0));
  `);
  expect([output, code]).toEqual([
    '[[],[],[]] true\n[] true\nETIMEDOUT true\nETIMEDOUT true\nETIMEDOUT true\ntrue\n',
    0,
  ]);
});

test('bad signals', () => {
  expect(thrown(() => signalPipe())).toEqual(rangeError);
  expect(thrown(() => signalPipe('SIGNOPE' as never))).toEqual(rangeError);
  expect(thrown(() => signalPipe('toString' as never))).toEqual(rangeError);
  expect(thrown(() => signalPipe(2 as never))).toEqual(typeError);
  for (const name of ['SIGKILL', 'SIGSTOP', 'SIGSEGV', 'SIGABRT'] as const) {
    expect(thrown(() => signalPipe('SIGUSR2', name))).toEqual(osError('EINVAL', 'sigaction'));
  }
});

test('a closed pipe is ERR_CLOSED, close() is idempotent', () => {
  const pipe = closing(signalPipe('SIGUSR2'));
  expect(pipe.read()).toEqual([]);
  expect(select([pipe], [], [], 0)[0]).toEqual([]);
  pipe.close();
  pipe[Symbol.dispose]();
  for (const call of [() => pipe.fileno(), () => pipe.read(), () => select([pipe], [], [], 0)]) {
    expect(thrown(call)).toMatchObject({ code: 'ERR_CLOSED' });
  }
});
