/** fdselect/redirect: output, input, restore() and the end of the process. */
import { createHash } from 'node:crypto';
import {
  flush,
  initListenerSocket,
  input,
  redirectBothAsClient,
  redirectBothAsServer,
  redirectIn,
  redirectOut,
  restore,
} from 'fdselect/redirect';
import { createServer as createListener } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { connectSoon } from '../support/peer.ts';
import { closing, refusingAddress } from '../support/sandbox.ts';
import { scriptFile } from '../support/script.ts';
import { type Child, run, until } from '../support/server.ts';
import { closedPort, Target } from '../support/target.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

const PRELUDE = `
import { readdirSync, writeSync } from 'node:fs';
import * as redirect from 'fdselect/redirect';
import { getBlocking, setBlocking } from 'fdselect/os';
import { SHUT_WR } from 'fdselect/socket';
const { flush, initListenerSocket, input, redirectBothAsClient, redirectBothAsServer, redirectIn,
  redirectOut, restore } = redirect;
const port = Number(process.argv[2]);
const say = (text) => writeSync(2, text + '\\n');
const codeOf = (run) => { try { return run(); } catch (error) { return error.code; } };
`;

/** Runs a program with what it needs imported; its stdin stays open. */
function program(source: string, port: number, stdin: string | null = null): Child {
  return run(process.execPath, [scriptFile(PRELUDE + source), String(port)], stdin);
}

/** Waits for a line on stderr. */
async function says(child: Child, line: string): Promise<void> {
  await until(() => child.stderr.split('\n').includes(line), `${line}, got ${child.stderr}`);
}

const done = { code: 0, signal: null, stdout: '', stderr: '' };

/** A server that resets each connection as soon as it has accepted it. Prints its port. */
const RESETTER = `
import socket, struct
s = socket.create_server(('127.0.0.1', 0), backlog=128)
print(s.getsockname()[1], flush=True)
while True:
    c, _ = s.accept()
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    c.close()
`;

test('peers that reset at once: an error of sending, and nothing is left open', async () => {
  await using server = run('python3', ['-c', RESETTER]);
  await until(() => server.stdout.endsWith('\n'), 'the port');
  await using child = program(
    `
const errors = new Set();
const fds = () => readdirSync('/proc/self/fd').length;
process.stdout.write(''); // opened when it is first used
const before = fds();
for (let i = 0; i < 500; i++) {
  let socket = null;
  try {
    socket = redirectOut(port);
    for (let j = 0; j < 100; j++) { process.stdout.write('x'); flush(); }
  } catch (error) { errors.add(error.code); }
  try { restore(); } catch {}
  socket?.close();
}
say(JSON.stringify([...errors]) + ' ' + (fds() - before));
`,
    Number(server.stdout),
  );
  const { stderr } = await child.finished();
  const [errors, leaked] = stderr.trim().split(' ');
  expect(leaked).toBe('0');
  for (const code of JSON.parse(errors as string)) expect(['EPIPE', 'ECONNRESET']).toContain(code);
});

describe('output', () => {
  test('what is redirected: console.*, process.stdout.write; console.error is not', async () => {
    await using target = await Target.open();
    await using child = program(
      `
redirectOut(port);
console.log('log %d', 1, { a: 1 });
console.info('info');
console.debug('debug');
console.dir([1]);
console.group('group');
console.log('within');
console.groupEnd();
console.error('error');
console.warn('warning');
process.stdout.write('text\\n');
process.stdout.write('c3a9', 'hex');
process.stdout.write(Buffer.from('\\n€\\n'));
process.stdout.write(new Uint8Array([33, 10]), () => console.error('written'));
process.stdout.write('last\\n', 'utf8', (error) => console.error('written too', error));
      `,
      target.port,
    );
    const peer = (await target.peer()).read();
    expect((await peer.ends()).toString()).toBe(
      'log 1 { a: 1 }\ninfo\ndebug\n[ 1 ]\ngroup\n  within\ntext\né\n€\n!\nlast\n',
    );
    expect(await child.finished()).toEqual({
      ...done,
      stderr: 'error\nwarning\nwritten\nwritten too null\n',
    });
  });

  test('waits in the buffer for flush(), restore() or the end; the buffer holds 8 KiB', async () => {
    await using target = await Target.open();
    await using child = program(
      `
const socket = redirectOut(port);
const mark = (name) => socket.sendall(Buffer.from('<' + name + '>'));
console.log('1');
mark('written');
flush();
mark('flushed');
process.stdout.write('x'.repeat(8192));
mark('full');
process.stdout.write('y');
mark('fuller');
restore();
mark('restored');
redirectOut(port);
process.on('exit', () => console.log('handler of exit'));
console.log('end');
      `,
      target.port,
    );
    const first = await (await target.peer(0)).read().ends();
    const second = await (await target.peer(1)).read().ends();
    const x = 'x'.repeat(8192);
    expect(first.toString()).toBe(`<written>1\n<flushed><full>${x}<fuller>y<restored>`);
    expect(second.toString()).toBe('end\nhandler of exit\n');
    expect(await child.finished()).toEqual(done);
  });

  test('5 MB to a slow reader, also over a non-blocking socket', async () => {
    for (const isBlocking of [true, false]) {
      await using target = await Target.open();
      await using child = program(
        `
const socket = redirectOut(port);
socket.setblocking(${isBlocking});
for (let i = 0; i < 50_000; i++) console.log(String(i).padStart(99, '.'));
process.stdout.write('é'.repeat(100_000));
        `,
        target.port,
      );
      const { socket } = await target.peer();
      await until(() => child.isAsleep, 'the peer does not read, so it has to wait');
      const hash = createHash('sha256');
      let size = 0;
      for await (const chunk of socket) {
        hash.update(chunk);
        size += chunk.length;
        await new Promise(setImmediate);
      }
      const expected = createHash('sha256');
      for (let i = 0; i < 50_000; i++) expected.update(`${String(i).padStart(99, '.')}\n`);
      expected.update('é'.repeat(100_000));
      expect(size).toBe(5_200_000);
      expect(hash.digest('hex')).toBe(expected.digest('hex'));
      expect(await child.finished()).toEqual(done);
    }
  });

  test('redirected twice: each peer gets its part', async () => {
    await using target = await Target.open();
    await using child = program(
      `
const one = redirectOut(port);
console.log('first');
redirectOut(port);
one.close();
say('closed');
console.log('second');
input();
restore();
console.log('third');
      `,
      target.port,
    );
    await says(child, 'closed');
    expect((await (await target.peer(0)).read().ends()).toString()).toBe('first\n');
    child.process.stdin?.end('\n');
    expect((await (await target.peer(1)).read().ends()).toString()).toBe('second\n');
    expect(await child.finished()).toMatchObject({ code: 0, stdout: 'third\n' });
  });

  test('on a terminal: no colours for the peer', async () => {
    await using target = await Target.open();
    const script = scriptFile(`${PRELUDE}
say(String(process.stdout.isTTY));
redirectOut(port);
console.log({ a: 1 });
restore();
say(String(process.stdout.isTTY));
`);
    const pty = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))';
    const args = ['-c', pty, process.execPath, script, String(target.port)];
    await using child = run('python3', args);
    expect((await (await target.peer()).read().ends()).toString()).toBe('{ a: 1 }\n');
    expect(await child.finished()).toMatchObject({ code: 0, stdout: 'true\r\ntrue\r\n' });
  });

  test('a value that is not output is refused', async () => {
    await using target = await Target.open();
    await using child = program(
      `
redirectOut(port);
say(codeOf(() => process.stdout.write(5)));
say(codeOf(() => process.stdout.write('x', 'klingon')));
      `,
      target.port,
    );
    const stderr = 'ERR_INVALID_ARG_TYPE\nERR_UNKNOWN_ENCODING\n';
    expect(await child.finished()).toEqual({ ...done, stderr });
  });
});

describe('restore()', () => {
  test('restores the former output, flushes before, may be called again', async () => {
    await using target = await Target.open();
    await using child = program(
      `
const { write } = process.stdout;
const listeners = process.listenerCount('exit');
redirectBothAsClient(port);
console.log('to the peer');
restore();
console.log('to stdout');
process.stdout.write('as before\\n');
say(String(process.stdout.write === write));
say(String(Object.hasOwn(process.stdout, 'write') || process.listenerCount('exit') !== listeners));
restore();
flush();
console.log(input());
      `,
      target.port,
      'from stdin\n',
    );
    const peer = (await target.peer()).read();
    peer.write('from the peer\n');
    await peer.gets(12);
    expect(await child.finished()).toEqual({
      ...done,
      stdout: 'to stdout\nas before\nfrom stdin\n',
      stderr: 'true\nfalse\n',
    });
    expect(peer.text).toBe('to the peer\n');
  });

  test('no fd is left, even if the peer has closed', async () => {
    await using target = await Target.open();
    await using child = program(
      `
const count = () => readdirSync('/proc/self/fd').length;
console.log('begin');
const before = count();
for (let i = 0; i < 3; i++) {
  for (const connect of [redirectOut, redirectIn, redirectBothAsClient]) {
    const socket = connect(port);
    if (connect !== redirectIn) console.log('x');
    if (i === 1) socket.close();
    if (i === 2) socket.shutdown(SHUT_WR);
    say(String(codeOf(restore)));
    socket.close();
  }
}
say(String(codeOf(() => redirectOut(${refusingAddress()[1]}, '127.0.0.1', { timeout: 0 }))));
say(String(count() - before));
      `,
      target.port,
    );
    const codes = [...Array(6).fill('undefined'), 'EPIPE', 'undefined', 'EPIPE'];
    const stderr = [...codes, 'ECONNREFUSED', '0', ''].join('\n');
    expect(await child.finished()).toEqual({ ...done, stdout: 'begin\n', stderr });
  });
});

describe('a peer that has closed', () => {
  test('during output: flush() throws each time, restore() once, then stdout is restored', async () => {
    await using target = await Target.open();
    await using child = program(
      `
redirectOut(port);
let code;
for (let i = 0; code === undefined; i++) {
  console.log('line', i);
  code = codeOf(flush);
}
say('gone: ' + /^(EPIPE|ECONNRESET)$/.test(code));
console.log('lost');
say([codeOf(flush), codeOf(flush)].join());
say(codeOf(() => process.stdout.write('x'.repeat(9000))));
process.stdout.write('x'.repeat(9000), (error) => {
  say('called back: ' + error.code);
  say(codeOf(restore));
  say(String(codeOf(restore)));
  console.log('back');
});
      `,
      target.port,
    );
    const peer = (await target.peer()).read();
    await peer.gets(20);
    await peer.reset();
    expect(await child.finished()).toEqual({
      ...done,
      stdout: 'back\n',
      stderr: 'gone: true\nEPIPE,EPIPE\nEPIPE\ncalled back: EPIPE\nEPIPE\nundefined\n',
    });
  });

  test.each([
    ['', 120],
    ['process.exit(0)', 120],
    ['process.exit(3)', 3],
    ['process.exitCode = 4', 4],
  ])('at the end of the process, %j: a message and exit code %d', async (end, code) => {
    await using target = await Target.open();
    await using child = program(
      `
const socket = redirectOut(port);
console.log('sent');
flush();
input();
while (codeOf(() => socket.getpeername()) !== 'ENOTCONN'); // until the reset is here
console.log('lost');
${end}
      `,
      target.port,
    );
    const peer = (await target.peer()).read();
    await peer.gets(5);
    await peer.reset();
    child.process.stdin?.end('\n');
    const message =
      /^Exception ignored while flushing redirected output: OSError: (EPIPE|ECONNRESET): .*\n$/;
    expect(await child.finished()).toEqual({
      ...done,
      code,
      stderr: expect.stringMatching(message),
    });
  });

  test('an uncaught exception ends the program, and its output is sent', async () => {
    await using target = await Target.open();
    await using child = program(
      `redirectOut(port); console.log('before'); throw new Error('mine');`,
      target.port,
    );
    expect((await (await target.peer()).read().ends()).toString()).toBe('before\n');
    expect(await child.finished()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Error: mine'),
    });
  });

  test('input(): the lines that it had sent, then the error', async () => {
    await using target = await Target.open();
    await using child = program(
      `
const socket = redirectBothAsClient(port);
say(input());
socket.shutdown(SHUT_WR);
console.log('an answer that nobody gets');
say(input());
say(codeOf(input));
say(codeOf(restore));
      `,
      target.port,
    );
    const peer = await target.peer();
    peer.socket.end('one\ntwo\n');
    expect(await child.finished()).toEqual({ ...done, stderr: 'one\ntwo\nEPIPE\nEPIPE\n' });
  });

  test('input() after a reset is an error, not a hang and not the end', async () => {
    await using target = await Target.open();
    await using child = program(
      `
redirectIn(port);
say(input());
say(codeOf(input));
      `,
      target.port,
    );
    const peer = await target.peer();
    peer.write('one\n');
    await says(child, 'one');
    await peer.reset();
    expect(await child.finished()).toEqual({ ...done, stderr: 'one\nECONNRESET\n' });
  });
});

describe('input()', () => {
  test('flushes first: a dialogue without a single flush()', async () => {
    await using target = await Target.open();
    await using child = program(
      `
redirectBothAsClient(port);
console.log('hello');
const name = input('your name? ');
say(input('and ' + name + ', your age? '));
      `,
      target.port,
    );
    const peer = (await target.peer()).read();
    await until(() => peer.text === 'hello\nyour name? ', 'the first question');
    peer.write('Bob\r\n');
    await until(() => peer.text.endsWith('and Bob, your age? '), 'the second question');
    peer.write('7'); // the end of the input ends the line too
    peer.socket.end();
    expect(await child.finished()).toEqual({ ...done, stderr: '7\n' });
  });

  test('characters that come in pieces, every kind of newline', async () => {
    await using target = await Target.open();
    await using child = program(
      `
const socket = redirectIn(port);
say(String(getBlocking(socket)));
socket.setblocking(false);
for (let line = input('? '); line !== 'end'; line = input()) console.log(JSON.stringify(line));
      `,
      target.port,
    );
    const peer = await target.peer();
    await says(child, 'true');
    for (const byte of Buffer.from('a€😀\n\r\nb\rend\n')) {
      peer.write(Buffer.of(byte));
      await until(() => peer.socket.writableLength === 0, 'it is sent');
    }
    expect(await child.finished()).toEqual({
      ...done,
      stdout: '? "a€😀"\n""\n"b"\n',
      stderr: 'true\n',
    });
  });

  test('at the end of file: EOFError, each time', async () => {
    await using target = await Target.open();
    await using child = program(
      `
redirectBothAsClient(port);
for (const _ of [1, 2]) {
  try {
    input();
  } catch (error) {
    say([error instanceof redirect.EOFError, error instanceof Error, error.code, String(error)].join());
  }
}
restore();
say(codeOf(input));
      `,
      target.port,
      '',
    );
    (await target.peer()).socket.end();
    const line = 'true,true,ERR_EOF,EOFError: EOF when reading a line\n';
    expect(await child.finished()).toEqual({ ...done, stderr: `${line}${line}ERR_EOF\n` });
  });

  test('not redirected: from fd 0, which may be non-blocking; the prompt goes to stdout', async () => {
    await using child = program(
      `
setBlocking(0, false);
say('ready');
console.log(input('name? ') + '!');
console.log(input() + '!');
console.log(codeOf(input));
say(String(getBlocking(0)));
      `,
      0,
    );
    await says(child, 'ready');
    await until(() => child.stdout === 'name? ', 'the prompt');
    await until(() => child.isAsleep, 'it waits');
    child.process.stdin?.write('Bo');
    child.process.stdin?.write('b\nlast');
    await until(() => child.stdout === 'name? Bob!\n', 'the answer');
    child.process.stdin?.end();
    expect(await child.finished()).toEqual({
      ...done,
      stdout: 'name? Bob!\nlast!\nERR_EOF\n',
      stderr: 'ready\nfalse\n',
    });
  });

  test('from a non-blocking terminal', async () => {
    const script = scriptFile(`${PRELUDE}
setBlocking(0, false);
console.log('got ' + input('name? '));
`);
    const pty = `
import os, pty, subprocess, sys
master, slave = pty.openpty()
child = subprocess.Popen(sys.argv[1:], stdin=slave, stdout=subprocess.PIPE)
assert child.stdout.read(6) == b'name? '
os.write(master, b'Bob\\n')
print(child.stdout.read().decode(), child.wait())
`;
    await using child = run('python3', ['-c', pty, process.execPath, script]);
    expect(await child.finished()).toEqual({ ...done, stdout: 'got Bob\n 0\n' });
  });

  test('in a worker: its end ends the wait', async () => {
    await using child = program(
      `
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
if (!isMainThread) {
  parentPort.postMessage('waiting');
  input();
} else {
  const worker = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) });
  await once(worker, 'message');
  await worker.terminate();
  console.log('terminated');
}
      `,
      0,
    );
    expect(await child.finished()).toEqual({ ...done, stdout: 'terminated\n' });
  });
});

describe('connecting', () => {
  test('before the other program listens', async () => {
    const port = await closedPort();
    await using child = program(
      `
say('connecting');
const socket = redirectOut(port);
console.log(JSON.stringify(socket.getpeername()));
      `,
      port,
    );
    await says(child, 'connecting');
    await until(() => child.isAsleep, 'it waits');
    await using target = await Target.open(port);
    const peer = (await target.peer()).read();
    expect((await peer.ends()).toString()).toBe(`["127.0.0.1",${port}]\n`);
  });

  test('no listener: ECONNREFUSED, after the timeout', async () => {
    const port = await closedPort();
    for (const connect of [redirectOut, redirectIn, redirectBothAsClient]) {
      const start = performance.now();
      const error = thrown(() => connect(port, '127.0.0.1', { timeout: 0.1 }));
      expect(error).toEqual(osError('ECONNREFUSED', 'connect'));
      expect(performance.now() - start).toBeGreaterThan(99);
    }
  });

  test('as a server: the listener is closed with the first client, and the port is free', async () => {
    const port = await closedPort();
    await using child = program(
      `
for (const accept of [initListenerSocket, redirectBothAsServer]) {
  const socket = accept(port);
  say(JSON.stringify(socket.getsockname()));
  if (accept === redirectBothAsServer) console.log(input() + '!');
  else socket.sendall(Buffer.from('hello'));
  restore();
  say(String(codeOf(() => redirectOut(port, '127.0.0.1', { timeout: 0 }))));
  socket.close();
}
      `,
      port,
    );
    const greeting = await connectSoon({ port });
    expect((await greeting.read().ends()).toString()).toBe('hello');
    const dialogue = await connectSoon({ port });
    dialogue.write('hello\n');
    expect((await dialogue.read().ends()).toString()).toBe('hello!\n');
    const line = `["127.0.0.1",${port}]\nECONNREFUSED\n`;
    expect(await child.finished()).toEqual({ ...done, stderr: line + line });
    for (const peer of [greeting, dialogue]) await peer[Symbol.asyncDispose]();
  });

  test('over IPv6', async () => {
    const port = await closedPort();
    await using child = program(
      `
const socket = redirectBothAsServer(port, '::1');
console.log(input());
      `,
      port,
    );
    await using peer = await connectSoon({ port }, { host: '::1' });
    peer.write('six\n');
    expect((await peer.read().ends()).toString()).toBe('six\n');
    expect(await child.finished()).toEqual(done);
  });

  test('a bad argument is named, and nothing is redirected', () => {
    const { write } = process.stdout;
    const taken = closing(createListener(['127.0.0.1', 0])).getsockname() as [string, number];
    for (const call of [
      initListenerSocket,
      redirectOut,
      redirectIn,
      redirectBothAsClient,
      redirectBothAsServer,
    ]) {
      expect(thrown(() => call('50008' as unknown as number))).toEqual(typeError);
      expect(thrown(() => call(70000))).toEqual(rangeError);
      expect(thrown(() => call(50008, 5 as unknown as string))).toEqual(typeError);
    }
    expect(thrown(() => redirectOut(1, '127.0.0.1', { timeout: -1 }))).toEqual(rangeError);
    expect(thrown(() => redirectOut(1, '127.0.0.1', { timeout: '1' as never }))).toEqual(typeError);
    expect(thrown(() => initListenerSocket(taken[1]))).toEqual(osError('EADDRINUSE', 'bind'));
    expect(thrown(() => input(5 as unknown as string))).toEqual(typeError);
    expect(process.stdout.write).toBe(write);
    flush();
    restore();
  });
});
