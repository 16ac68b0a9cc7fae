/** signalPipe(): in child processes, because a signal is for the whole process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { select } from 'fdselect';
import { signalPipe } from 'fdselect/signal';
import { expect, test } from 'vitest';
import { runtime } from '../support/runtime.ts';
import { closing } from '../support/sandbox.ts';
import { scriptFile } from '../support/script.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

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
  `;
  const child = spawn(process.execPath, [scriptFile(prelude + script)], {
    cwd: ROOT,
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
    pipe.close();
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
    b.close();
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

test('a worker that ends takes its pipes along', async () => {
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

test('interrupted waits last as long as they should, and their answer is right', async () => {
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
    storm.on('close', () => pipe.close());
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
