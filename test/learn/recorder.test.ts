/** The recorder: what is in a file, and what happens to the file when the program or the disk ends. */
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { CallRecord, FdLists, Recording } from '../../lib/learn/replay/format.ts';
import { narrateAll } from '../../lib/learn/replay/narrate.ts';
import { parse } from '../../lib/learn/replay/parse.ts';
import { stateAt } from '../../lib/learn/replay/state.ts';
import { stepsOf } from '../../lib/learn/replay/steps.ts';
import { verify } from '../../lib/learn/replay/verify.ts';
import { scriptFile } from '../support/script.ts';
import { Child, until } from '../support/server.ts';
import { straceCalls } from './strace.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLI = join(ROOT, 'dist/cli.js');

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'fdselect-record-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

interface Recorded {
  status: number | null;
  stdout: string;
  stderr: string;
  file: string;
  recording: Recording;
}

/** Runs a module with the recorder, and with at most `maxFds` open. */
function record(source: string, env: Record<string, string> = {}, maxFds = 256): Recorded {
  const file = join(folder(), 'run.jsonl');
  const command = `ulimit -n ${maxFds}; exec ${process.execPath} ${scriptFile(source)}`;
  const result = spawnSync('sh', ['-c', command], {
    ...{ cwd: ROOT, encoding: 'utf8' },
    env: { ...process.env, FDSELECT_RECORD: file, FDSELECT_RECORD_DATA: 'all', ...env },
  });
  const recording = parse(existsSync(file) ? readFileSync(file, 'utf8') : '', result.stderr);
  return { ...result, file, recording };
}

const callsOf = ({ records }: Recording, name?: string) =>
  records.filter(
    (one): one is CallRecord => one.k === 'call' && (name === undefined || one.call === name),
  );

const PIPE = `
  import * as f from 'fdselect';
  import * as os from 'fdselect/os';
  const [r, w] = os.pipe();
`;

test('two threads: one clock, one file, and the call that ended a wait is in it', () => {
  const { recording, stderr } = record(`${PIPE}
    import { Worker } from 'node:worker_threads';
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(\`
      import { parentPort, workerData } from 'node:worker_threads';
      import { readFileSync } from 'node:fs';
      import * as os from 'fdselect/os';
      // The main thread is asleep in poll.
      while (!readFileSync(\\\`/proc/\\\${process.pid}/task/\\\${process.pid}/wchan\\\`, 'utf8').includes('poll_schedule_timeout'));
      os.write(workerData.w, Buffer.from('hello'));
    \`, { eval: true, workerData: { w } });
    await new Promise((resolve) => worker.once('online', resolve));
    const p = f.poll();
    p.register(r, f.POLLIN);
    p.poll();
    os.read(r, 10);
    await new Promise((resolve) => worker.once('exit', resolve));
  `);
  expect(stderr).toBe('');
  expect(new Set(recording.records.map(({ th }) => th)).size).toBe(2);
  const [wait] = callsOf(recording, 'poll') as [CallRecord];
  const [write] = callsOf(recording, 'write') as [CallRecord];
  expect(write.t).toBeGreaterThan(wait.t);
  expect(write.t).toBeLessThan(wait.t + wait.d);
  const steps = stepsOf(recording);
  const end = stateAt(recording, steps.length);
  expect(Object.values(end.files).filter(({ type }) => type === 'pipe')).toHaveLength(2);
  expect(verify(recording)).toEqual([]);
});

test('a wait in a worker says how it was made', () => {
  const { recording } = record(`
    import { Worker } from 'node:worker_threads';
    new Worker(\`
      import * as f from 'fdselect';
      f.select([], [], [], 0.01);
      f.select([], [], [], 0);
    \`, { eval: true });
  `);
  const [slept, looked] = callsOf(recording, 'select');
  expect(slept).toMatchObject({
    via: 'with an fd that ends the wait when the worker ends',
    ret: 0,
  });
  expect(slept?.th).toBeGreaterThan(0);
  expect(looked).not.toHaveProperty('via');
});

test('as many restarts as strace shows calls that were made again after a signal', () => {
  const output = join(folder(), 'strace.txt');
  const file = join(folder(), 'run.jsonl');
  const script = scriptFile(`${PIPE}
    import { spawn } from 'node:child_process';
    process.on('SIGUSR2', () => {});
    const kill = \`while sleep 0.02; do kill -USR2 \${process.pid}; done\`;
    const child = spawn('sh', ['-c', kill], { stdio: 'ignore' });
    await new Promise((resolve) => child.once('spawn', resolve));
    const p = f.poll();
    p.register(r, f.POLLIN);
    p.poll(800);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    f.select([r], [], [], 0.01);
    const e = f.epoll();
    e.register(r);
    e.poll(0.01);
  `);
  const strace = ['-f', '-ttt', '-o', output, '-e', 'trace=desc'];
  const env = { ...process.env, FDSELECT_RECORD: file };
  const { status } = spawnSync('strace', [...strace, process.execPath, script], { cwd: ROOT, env });
  expect(status).toBe(0);
  const recording = parse(readFileSync(file, 'utf8'));
  const [poll] = callsOf(recording, 'poll') as [CallRecord];
  const [[fd]] = poll.in as [[number, number]];
  const answers = straceCalls(readFileSync(output, 'utf8'))
    .filter(([name, asked]) => name === 'poll' && asked.startsWith(`${fd} `))
    .map(([, , answer]) => answer);
  expect(answers.slice(0, -1).filter((answer) => answer !== 'EINTR')).toEqual([]);
  // The last call ends with the timeout, or a signal interrupts it when the time is over.
  expect(['0', 'EINTR']).toContain(answers.at(-1));
  expect(answers.length).toBeGreaterThan(1);
  expect(poll).toMatchObject({ restarts: answers.length - 1, ret: 0 });
  expect(poll.d).toBeGreaterThanOrEqual(800e6);
  expect(callsOf(recording, 'select')[0]).not.toHaveProperty('restarts');
});

test("results without a system call are marked as the library's", () => {
  const { recording } = record(`
    import { select } from 'fdselect';
    try { select([998], [], [], 0); } catch {}
    try { select([60], [], [], 0); } catch {}
  `);
  const [high, low] = callsOf(recording, 'select');
  expect(high).toMatchObject({ by: 'library', ret: -1, errno: 'EBADF' });
  expect(low).toMatchObject({ ret: -1, errno: 'EBADF' });
  expect(low).not.toHaveProperty('by');
});

test('kill -9 in a wait loses nothing that came before it', async () => {
  const file = join(folder(), 'run.jsonl');
  const script = scriptFile(`${PIPE}
    for (let i = 0; i < 5000; i++) os.write(w, Buffer.from('x'));
    const e = f.epoll();
    e.register(w, f.EPOLLET);
    process._rawDebug('waits');
    e.poll();
    e.poll();
  `);
  const env = { ...process.env, FDSELECT_RECORD: file };
  await using child = new Child(
    spawn(process.execPath, [script], { cwd: ROOT, env, stdio: 'pipe' }),
  );
  const wchan = () => readFileSync(`/proc/${child.pid}/wchan`, 'utf8');
  await until(() => child.stderr === 'waits\n' && /poll|epoll/.test(wchan()), 'it waits');
  child.process.kill('SIGKILL');
  expect((await child.finished()).signal).toBe('SIGKILL');
  const recording = parse(readFileSync(file, 'utf8'));
  expect(callsOf(recording, 'write')).toHaveLength(5000);
  expect(callsOf(recording, 'epoll_wait').length).toBeLessThanOrEqual(1);
});

test('the recording ends at its limit, and the program goes on', () => {
  const { recording, status, stdout, file } = record(
    `${PIPE}
    for (let i = 0; i < 5000; i++) os.write(w, Buffer.from('x'));
    console.log('done');
    `,
    { FDSELECT_RECORD_LIMIT: '100000' },
  );
  expect([status, stdout]).toEqual([0, 'done\n']);
  expect(statSync(file).size).toBeLessThanOrEqual(100_000);
  expect(statSync(file).size).toBeGreaterThan(90_000);
  expect(recording.records.at(-1)).toMatchObject({ k: 'cut', reason: 'limit' });
});

test('a full disk ends the recording with a line on stderr, and not the program', () => {
  const script = scriptFile(
    `${PIPE} os.write(w, Buffer.from('x')); console.log(f.poll().poll(0));`,
  );
  const env = { ...process.env, FDSELECT_RECORD: '/dev/full' };
  const options = { cwd: ROOT, env, encoding: 'utf8' as const };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], options);
  expect([status, stdout]).toEqual([0, '[]\n']);
  expect(stderr).toBe('fdselect: the recording /dev/full ends here: ENOSPC\n');
});

test('the program has the fds that it has without the recorder', () => {
  const source = `${PIPE}
    import { readdirSync } from 'node:fs';
    f.select([r], [w], [], 0);
    f.select([r], [w], [], 1);
    console.log(r, w, readdirSync('/proc/self/fd').join());
  `;
  const options = { cwd: ROOT, encoding: 'utf8' as const };
  const without = spawnSync(process.execPath, [scriptFile(source)], options).stdout;
  expect(record(source).stdout).toBe(without);
});

test('while no fd is left, records wait until one is', () => {
  const { recording, stderr } = record(`${PIPE}
    import { open } from 'fdselect/os';
    const fds = [];
    try { for (;;) fds.push(os.dup(r)); } catch {}
    f.select([r], [w], [], 1);
    for (const fd of fds) os.close(fd);
  `);
  expect(stderr).toBe('');
  expect(callsOf(recording, 'dup').at(-1)).toMatchObject({ errno: 'EMFILE' });
  expect(callsOf(recording, 'close').length).toBeGreaterThan(10);
  expect(verify(recording)).toEqual([]);
});

test('a program that ends with no fd left is recorded to its end', () => {
  const { recording, stderr } = record(`${PIPE}
    f.select([r], [], [], 0.001);
    try { for (;;) os.dup(r); } catch (error) { if (error.code !== 'EMFILE') throw error; }
  `);
  expect(stderr).toBe('');
  expect(callsOf(recording, 'dup').at(-1)).toMatchObject({ errno: 'EMFILE' });
  expect(recording.records.at(-1)).toMatchObject({ k: 'exit', code: 0 });
});

test('a child process that inherits the variable has a file of its own', () => {
  const { recording, file, stdout } = record(`${PIPE}
    import { spawnSync } from 'node:child_process';
    if (process.argv[2] === undefined) {
      const child = spawnSync(process.execPath, [process.argv[1], 'child'], { encoding: 'utf8' });
      console.log(child.pid, child.stderr);
    } else {
      os.dup(r);
    }
  `);
  expect(callsOf(recording, 'dup')).toEqual([]);
  const pid = Number(stdout.split(' ')[0]);
  const child = parse(readFileSync(`${file}.${pid}`, 'utf8'));
  expect(child.header.pid).toBe(pid);
  expect(callsOf(child, 'dup')).toHaveLength(1);
});

test('threads that begin at once share one header, also where the main thread has none', () => {
  const { recording, file } = record(`
    import { Worker } from 'node:worker_threads';
    const client = "import { pipe } from 'fdselect/os'; pipe();";
    for (let i = 0; i < 6; i++) new Worker(client, { eval: true });
  `);
  const headers = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"recording"'));
  expect(headers).toHaveLength(1);
  expect(callsOf(recording, 'pipe')).toHaveLength(6);
  expect(new Set(recording.records.map(({ th }) => th)).size).toBe(6);
  expect(readdirSync(dirname(file))).toEqual(['run.jsonl']);
});

test("a worker of a child process writes to the child's file", () => {
  const { recording, file } = record(`${PIPE}
    import { spawnSync } from 'node:child_process';
    import { Worker } from 'node:worker_threads';
    if (process.argv[2] === undefined) spawnSync(process.execPath, [process.argv[1], 'child']);
    else new Worker("import { pipe, dup } from 'fdselect/os'; dup(pipe()[0]);", { eval: true });
  `);
  expect(callsOf(recording, 'dup')).toEqual([]);
  const [, name] = readdirSync(dirname(file)).sort();
  const child = parse(readFileSync(join(dirname(file), name as string), 'utf8'));
  expect(callsOf(child, 'dup').map(({ th }) => th)).toEqual([1]);
});

test('waits that do not block: the handles of the event loop, and the callbacks', () => {
  const { recording, stderr } = record(`${PIPE}
    import { EventLoop } from 'fdselect/loop';
    const p = f.poll();
    p.register(r, f.POLLIN);
    setTimeout(() => os.write(w, Buffer.from('x')), 10);
    await p.pollAsync();
    const loop = new EventLoop();
    loop.once(r, 'r', () => { os.read(r, 1); loop.stop(); });
    loop.run();
  `);
  expect(stderr).toBe('');
  const kinds = recording.records.map(({ k }) => k);
  const wait = recording.records.find((one) => one.k === 'async');
  const [write] = callsOf(recording, 'write') as [CallRecord];
  expect(wait).toMatchObject({ what: 'wait', fds: [[(write.fd as number) - 1, 1]] });
  const begin = recording.records.findIndex(({ k }) => k === 'begin');
  expect(recording.records[begin]).toMatchObject({
    what: "watch 'r'",
    fd: (write.fd as number) - 1,
  });
  expect([...narrateAll(recording)].join(' ')).toMatch(
    /Nothing is ready\. The event loop is given a wait for fd \d+\. .*write gives 1 byte/,
  );
  const end = kinds.indexOf('end', begin);
  const inside = recording.records.slice(begin + 1, end);
  expect(inside.map((one) => one.k === 'call' && one.call)).toContain('read');
});

test('what a child process sends on a copy of an fd is no inconsistency', () => {
  const { recording, stderr } = record(`${PIPE}
    import { spawn } from 'node:child_process';
    spawn('echo', ['hello'], { stdio: ['ignore', w, 'inherit'] });
    os.close(w);
    while (os.read(r, 100).length > 0);
  `);
  expect(stderr).toBe('');
  expect(callsOf(recording, 'read').map(({ ret }) => ret)).toEqual([6, 0]);
  expect(verify(recording)).toEqual([]);
  expect([...narrateAll(recording)].join(' ')).toContain('A child process is started');
});

test('the bytes: none, their number, the first 64, all', () => {
  const source = `${PIPE} os.write(w, Buffer.from('a'.repeat(100))); os.write(w, Buffer.from([255]));`;
  const fields = (data: string) => {
    const [first, second] = callsOf(
      record(source, { FDSELECT_RECORD_DATA: data }).recording,
      'write',
    );
    return [first?.size, first?.text, second?.base64];
  };
  expect(fields('none')).toEqual([undefined, undefined, undefined]);
  expect(fields('size')).toEqual([100, undefined, undefined]);
  expect(fields('head')).toEqual([100, 'a'.repeat(64), '/w==']);
  expect(fields('all')).toEqual([100, 'a'.repeat(100), '/w==']);
});

test('long lists that stay the same are written once', () => {
  const { recording, file } = record(`${PIPE}
    const p = f.poll();
    const fds = Array.from({ length: 20 }, () => os.dup(r));
    for (const fd of fds) p.register(fd, f.POLLIN);
    p.poll(0);
    p.poll(0);
    p.register(w, f.POLLOUT);
    p.poll(0);
    for (const n of [20, 20, 19]) f.select(fds.slice(0, n), [w], [], 0);
  `);
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => /"(poll|select)"/.test(line));
  expect(lines.map((line) => /"in":("=\d+"|\{"base"|\[)/.exec(line)?.[1]?.slice(0, 3))).toEqual([
    ...['[', '"=', '{"b', '[', '"=', '{"b'].map((start) =>
      expect.stringMatching(start.replace(/[[{]/g, '\\$&')),
    ),
  ]);
  const lengths = callsOf(recording, 'poll').map((one) => one.in?.length);
  expect(lengths).toEqual([20, 20, 21]);
  const lists = callsOf(recording, 'select').map((one) => (one.in as FdLists)[0]);
  expect(lists.map((list) => list?.length)).toEqual([20, 20, 19]);
});

test('--kernel: the derived interest list is the one that the kernel shows', () => {
  const { recording } = record(
    `${PIPE}
    const e = f.epoll();
    e.register(r, f.EPOLLIN | f.EPOLLONESHOT);
    e.register(w, f.EPOLLOUT | f.EPOLLET);
    os.write(w, Buffer.from('x'));
    e.poll(1);
    e.modify(r, f.EPOLLIN);
    const d = os.dup(r);
    os.close(r);
    e.poll(0);
    os.close(d);
    e.unregister(w);
    `,
    { FDSELECT_RECORD_KERNEL: '1' },
  );
  expect(recording.records.filter(({ k }) => k === 'list').length).toBeGreaterThanOrEqual(6);
  expect(verify(recording)).toEqual([]);
});

test('--sites: the line of the program that called, and the text of its file', () => {
  const text = "\nimport { pipe } from 'fdselect/os';\npipe();";
  const { recording } = record(text, { FDSELECT_RECORD_SITES: '1' });
  const { site = '' } = callsOf(recording, 'pipe')[0] ?? {};
  expect(site).toMatch(/^\d+-\d+\.mjs:3$/);
  expect(recording.header.source).toEqual({ [site.slice(0, -2)]: expect.stringContaining(text) });
});

test('a value that the variables cannot have is an error that names it', () => {
  const run = (env: Record<string, string>) =>
    spawnSync(process.execPath, [scriptFile(PIPE)], {
      ...{ cwd: ROOT, encoding: 'utf8' },
      env: { ...process.env, FDSELECT_RECORD: join(folder(), 'x'), ...env },
    }).stderr;
  expect(run({ FDSELECT_RECORD_DATA: 'x' })).toContain(
    'FDSELECT_RECORD_DATA=x: must be one of none, size, head, all',
  );
  expect(run({ FDSELECT_RECORD_LIMIT: '-1' })).toContain('FDSELECT_RECORD_LIMIT=-1: must be');
});

test('the trace has the same records, and all calls with times and owners', () => {
  const trace = (words: string) =>
    spawnSync(
      process.execPath,
      [scriptFile(`${PIPE} os.write(w, Buffer.from('x')); f.poll().poll(0);`)],
      {
        ...{ cwd: ROOT, encoding: 'utf8' },
        env: { ...process.env, FDSELECT_TRACE: words },
      },
    ).stderr;
  const records = trace('json')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const kinds = records.map(({ k, call }) => call ?? k);
  expect(kinds).toEqual(['pipe', 'fd', 'fd', 'write', 'poll', 'exit']);
  expect(trace('1')).toBe('poll([], 0, 0) = 0 (Timeout)\n');
  expect(trace('text,all,times')).toMatch(
    /^ +0\.0{6} pipe\(\[\d+, \d+\]\) = 0 <0\.\d{6}>\n +\d\.\d{6} write\(\d+<pipe:\[\d+\]>, "x", 1\) = 1 <0\.\d{6}>\n/,
  );
  expect(trace('0')).toBe('');
});

test('the last record says how the program has ended, unless a signal has killed it', () => {
  const exitOf = (code: string) => {
    // What was recorded is written before a wait that may sleep.
    const { recording } = record(`${PIPE} f.select([], [], [], 0.001); ${code}`);
    return recording.records.find(({ k }) => k === 'exit');
  };
  expect(exitOf('process.exitCode = 3;')).toEqual(expect.objectContaining({ code: 3 }));
  expect(exitOf("throw new RangeError('no\\nway');")).toMatchObject({ error: 'RangeError: no' });
  expect(exitOf("process.kill(process.pid, 'SIGKILL');")).toBeUndefined();
});

test("record: the program's exit code, its output, and a file", () => {
  const file = join(folder(), 'run.jsonl');
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [CLI, 'record', ...args], { cwd: ROOT, encoding: 'utf8' });
  const script = scriptFile(`${PIPE} console.log('out'); process.exit(7);`);
  writeFileSync(file, 'an older recording');
  const { status, stdout } = run('-o', file, '--data', 'all', '--', process.execPath, script);
  expect([status, stdout]).toEqual([7, 'out\n']);
  expect(callsOf(parse(readFileSync(file, 'utf8')), 'pipe')).toHaveLength(1);
  expect(run('-o', file, '--', 'sh', '-c', 'kill -9 $$')).toMatchObject({
    status: 137,
    stderr: 'fdselect: nothing was recorded: sh did not load fdselect\n',
  });
  const killed = scriptFile(`${PIPE} process.kill(process.pid, 'SIGKILL');`);
  expect(run('-o', file, '--', process.execPath, killed)).toMatchObject({
    status: 137,
    stderr: `fdselect: SIGKILL has ended the program: its last calls may be missing in ${file}\n`,
  });
  expect(run('--', 'no-such-command')).toMatchObject({ status: 127 });
  expect(run()).toMatchObject({
    status: 2,
    stderr: "error: missing required argument 'program'\n",
  });
  expect(run('--limit', '5X', '--', 'true')).toMatchObject({ status: 2 });
});
