/** When the recorder writes to its file: before the thread sleeps, and not before other calls. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { Bytes } from '../../lib/native/record/bytes.ts';
import type { CallRecord } from '../../lib/native/record/format.ts';
import { writeLine } from '../../lib/native/record/line.ts';
import { amount } from '../support/amount.ts';
import { scriptFile } from '../support/script.ts';
import { Child, until } from '../support/server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-saves-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'run.jsonl');
}

/** What each thread does after a dup: it sleeps in the last call. */
const SLEEPERS = {
  'read of an fd that other code has opened': 'os.read(fs.openSync(fifo, O_RDWR), 1);',
  'readv after fcntl': `
    const [r] = os.pipe2(os.O_NONBLOCK);
    fcntl.fcntl(r, fcntl.F_SETFL, 0);
    os.readv(r, [Buffer.alloc(1)]);`,
  'write, of which the pipe takes a part': 'os.write(os.pipe()[1], Buffer.alloc(100_000));',
  accept: "socket.createServer(['127.0.0.1', 0]).accept();",
  recvmsg: 'socket.socketpair()[0].recvmsg(1);',
  flock: `
    const [one, two] = [1, 2].map(() => fs.openSync(fifo, O_RDWR));
    fcntl.flock(one, fcntl.LOCK_EX);
    fcntl.flock(two, fcntl.LOCK_EX);`,
  'open of a FIFO': 'os.open(fifo, os.O_RDONLY);',
  'select of an fd that poll(2) reports as POLLHUP': `
    const [r, w] = os.pipe();
    os.close(w);
    select.select([], [r], []);`,
};

test('before a call that sleeps, all earlier records are in the file', async () => {
  const file = newFile();
  const script = scriptFile(`
    import { Worker } from 'node:worker_threads';
    const head = \`
      import fs from 'node:fs';
      import * as fcntl from 'fdselect/fcntl';
      import * as os from 'fdselect/os';
      import * as select from 'fdselect';
      import * as socket from 'fdselect/socket';
      import { threadId } from 'node:worker_threads';
      const { O_RDWR } = fs.constants;
      const fifo = process.env.FDSELECT_RECORD + threadId;
      os.mkfifo(fifo);
      os.dup(1);
    \`;
    for (const code of ${JSON.stringify(Object.values(SLEEPERS))}) {
      new Worker(head + code, { eval: true });
    }
  `);
  const env = { ...process.env, FDSELECT_RECORD: file };
  await using child = new Child(
    spawn(process.execPath, [script], { cwd: ROOT, env, stdio: 'pipe' }),
  );
  const missing = () => {
    const text = readFileSync(file, { encoding: 'utf8', flag: 'a+' });
    const threads = [...text.matchAll(/"th":(\d+).*"call":"dup"/g)].map(([, th]) => Number(th));
    return Object.keys(SLEEPERS).filter((_, i) => !threads.includes(i + 1));
  };
  await until(() => missing().length === 0 || child.stderr !== '', 'the records').catch(() => {});
  expect({ missing: missing(), stderr: child.stderr }).toEqual({ missing: [], stderr: '' });
});

test('threads that begin at the same time share the file, and an older recording is gone', async () => {
  const file = newFile();
  const THREADS = 8;
  const module = (name: string) => new URL(`../../dist/native/${name}.js`, import.meta.url).href;
  const code = `
    import { threadId, workerData } from 'node:worker_threads';
    import { recorded } from '${module('record/index')}';
    import { native } from '${module('index')}';
    process.env.FDSELECT_RECORD = ${JSON.stringify(file)};
    Atomics.add(workerData, 0, 1);
    Atomics.notify(workerData, 0);
    for (let n; (n = Atomics.load(workerData, 0)) < ${THREADS}; ) Atomics.wait(workerData, 0, n);
    recorded(native, { layout: {} });
    const { put, flush } = globalThis[Symbol.for('fdselect.recorder')];
    put({ k: 'mark', beat: threadId, say: '' });
    flush();`;
  for (let round = 0; round < amount(3, 15); round++) {
    writeFileSync(file, '{"an older":"recording"}\n');
    const workerData = new Int32Array(new SharedArrayBuffer(4));
    const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
    const workers = Array.from({ length: THREADS }, () => new Worker(url, { workerData }));
    const codes = await Promise.all(workers.map((worker) => once(worker, 'exit')));
    expect(codes).toEqual(workers.map(() => [0]));
    const [header, ...marks] = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(JSON.parse(header as string)).toMatchObject({ pid: process.pid });
    expect(marks).toHaveLength(THREADS);
  }
});

test('before calls that return at once, nothing is written', () => {
  const file = newFile();
  const script = scriptFile(`
    import { statSync } from 'node:fs';
    import * as f from 'fdselect';
    import * as os from 'fdselect/os';
    import * as socket from 'fdselect/socket';
    const [[r, w], [a, b]] = [os.pipe(), socket.socketpair()];
    const [p, e] = [f.poll(), f.epoll()];
    p.register(r, f.POLLIN);
    e.register(r, f.EPOLLIN);
    const sizes = [0, 20].map((times) => {
      for (let i = 0; i < times; i++) {
        os.write(w, Buffer.from('x'));
        f.select([r], [], []);
        p.poll();
        e.poll();
        os.read(r, 1);
        a.send(Buffer.from('x'));
        b.recv(1);
      }
      return statSync(process.env.FDSELECT_RECORD).size;
    });
    console.log(sizes[1] - sizes[0]);
  `);
  const env = { ...process.env, FDSELECT_RECORD: file };
  const run = spawnSync(process.execPath, [script], { cwd: ROOT, env, encoding: 'utf8' });
  expect([run.stdout, run.stderr]).toEqual(['0\n', '']);
  expect(readFileSync(file, 'utf8').match(/"call":"(select|recv)"/g)).toHaveLength(40);
});

test("waits of Node's event loop are written once in a turn, before it sleeps", () => {
  const file = newFile();
  const script = scriptFile(`
    import { statSync } from 'node:fs';
    import { setImmediate } from 'node:timers/promises';
    import { socketpair } from 'fdselect/socket';
    const size = () => statSync(process.env.FDSELECT_RECORD).size;
    const pairs = Array.from({ length: 20 }, () => socketpair());
    await setImmediate();
    const before = size();
    const waits = pairs.map(([, own]) => own.recvAsync(1));
    const given = size() - before;
    await setImmediate();
    console.log(given, size() > before);
    for (const [peer] of pairs) peer.send('x');
    await Promise.all(waits);
  `);
  const env = { ...process.env, FDSELECT_RECORD: file };
  const run = spawnSync(process.execPath, [script], { cwd: ROOT, env, encoding: 'utf8' });
  expect([run.stdout, run.stderr]).toEqual(['0 true\n', '']);
  expect(readFileSync(file, 'utf8').match(/"what":"wait"/g)).toHaveLength(20);
});

test('a line has the values of its record, whatever they are', () => {
  const call: CallRecord = { i: 0, t: 0, th: 0, k: 'call', d: 0, call: 'x', ret: 0 };
  const records: CallRecord[] = [
    { ...call, i: 9, t: 10, d: 999_999_999, ret: -1, errno: 'EAGAIN', timeout: -2_147_483_648 },
    { ...call, i: 10, t: 1_000_000_000, d: 1_000_000_007, th: 12, timeout: null, nfds: 100 },
    { ...call, t: Number.MAX_SAFE_INTEGER, timeout: 1.5, max: 16, events: 0x80000001 },
    { ...call, call: 'select', in: [[3, 40], null, [5]], out: [[3], [], []] },
    {
      ...call,
      call: 'poll',
      in: [
        [-1, 0],
        [3, 65535],
      ],
      out: [],
    },
    {
      ...call,
      fd: 3,
      file: 'f1.2',
      by: 'sendall',
      text: 'a"\\\n\u0000é€😀',
      address: '@"',
      args: [1, null],
    },
    {
      ...call,
      fds: [3, 4],
      base64: 'AA==',
      site: 'a b:1',
      size: 0,
      flags: 64,
      restarts: 2,
      via: 'v',
    },
  ];
  const bytes = new Bytes(8);
  for (const record of records) writeLine(bytes, record, record.in);
  const lines = bytes.view().toString().trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual(records);
});
