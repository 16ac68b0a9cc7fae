/** Waits where poll(2) fails: at the limit of open files, and where the kernel has no memory. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { testUnless } from '../support/runtime.ts';
import { scriptFile } from '../support/script.ts';
import { run } from '../support/server.ts';

/** Runs a module with `limit` as RLIMIT_NOFILE. Linux (prlimit(1)). */
async function runLimited(limit: number, source: string, before = ''): Promise<unknown> {
  const path = scriptFile(`
    import { execFileSync, spawn } from 'node:child_process';
    import { once } from 'node:events';
    ${before}
    const { Poll, POLLIN, selectAsync } = await import('fdselect');
    const { pipe, write } = await import('fdselect/os');
    execFileSync('prlimit', ['--nofile=${limit}:${limit}', '--pid', String(process.pid)]);
    ${source}
  `);
  await using child = run(process.execPath, [path]);
  return await child.finished();
}

describe('a Poll with as many fds as RLIMIT_NOFILE', () => {
  test('may replace one fd by another, again and again', async () => {
    const source = `
      const poller = new Poll();
      const fds = [];
      // Numbers that are not open count as well.
      for (let fd = 1000; fd < 1090; fd++) { poller.register(fd, POLLIN); fds.push(fd); }
      for (let i = 0; i < 500; i++) {
        poller.unregister(fds.shift());
        fds.push(2000 + i);
        poller.register(2000 + i, POLLIN);
        if (poller.poll(0).length !== 90) throw new Error('not all');
        if ((await poller.pollAsync(0)).length !== 90) throw new Error('not all');
      }
      console.log('lives');
    `;
    expect(await runLimited(100, source)).toMatchObject({ code: 0, stdout: 'lives\n' });
  });

  test('with more than the limit it is EINVAL', async () => {
    const source = `
      const poller = new Poll();
      for (let fd = 0; fd < 101; fd++) poller.register(1000 + fd, POLLIN);
      try { poller.poll(0); } catch (error) { console.log(error.code); }
    `;
    expect(await runLimited(100, source)).toMatchObject({ code: 0, stdout: 'EINVAL\n' });
  });
});

describe('the thread of the waiter', () => {
  test('reports ENOMEM of poll(2) to its waits, and does not spin', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fdselect-no-memory-'));
    try {
      const library = join(folder, 'no-memory.so');
      const source = fileURLToPath(new URL('../support/no-memory.c', import.meta.url));
      execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']);
      const path = scriptFile(`
        import { selectAsync } from 'fdselect';
        import { pipe, write } from 'fdselect/os';
        const [r, w] = pipe();
        const wait = selectAsync([r], [], []);
        await new Promise((resolve) => setTimeout(resolve, 50));
        const before = process.cpuUsage();
        await new Promise((resolve) => setTimeout(resolve, 500));
        const { user, system } = process.cpuUsage(before);
        write(w, 'x');
        const [readable] = await wait;
        console.log((user + system) / 1000 < 100, readable.length);
      `);
      // After the existing libraries: that of a sanitizer must be the first.
      const preload = [process.env.LD_PRELOAD, library].filter(Boolean).join(' ');
      const env = [`LD_PRELOAD=${preload}`, 'FDSELECT_WAITER=thread'];
      await using child = run('env', [...env, process.execPath, path]);
      expect(await child.finished()).toMatchObject({ code: 0, stdout: 'true 1\n' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('100 waits for the same 3 fds at a limit of 256 open files sleep, and all get the events', async () => {
    const source = `
      const pipes = [pipe(), pipe(), pipe()];
      const waits = Array.from({ length: 100 }, () => selectAsync(pipes.map(([r]) => r), [], []));
      await new Promise((resolve) => setTimeout(resolve, 50));
      const before = process.cpuUsage();
      await new Promise((resolve) => setTimeout(resolve, 500));
      const { user, system } = process.cpuUsage(before);
      write(pipes[1][1], 'x');
      const answers = await Promise.all(waits);
      console.log((user + system) / 1000 < 150, answers.every(([[r]]) => r === pipes[1][0]));
    `;
    const before = "process.env.FDSELECT_WAITER = 'thread';";
    expect(await runLimited(256, source, before)).toMatchObject({ code: 0, stdout: 'true true\n' });
  });

  testUnless({ Deno: 'it needs more open files itself' })(
    'with more fds than the limit allows tells its waits all the same',
    async () => {
      const source = `
      const poller = new Poll();
      const [r, w] = pipe();
      await selectAsync([], [], [], 0.001); // opens the waiter
      // More than the limit in all, but each wait by itself has fewer.
      const pipes = Array.from({ length: 30 }, pipe);
      // It waits for a line: Bun opens an fd for the child once the child has started.
      const command = 'read line; exec prlimit --nofile=20:256 --pid ' + process.pid;
      const limiter = spawn('sh', ['-c', command], { stdio: ['pipe', 'ignore', 'inherit'] });
      limiter.stdin.end('go\\n');
      await once(limiter, 'close');
      const controller = new AbortController();
      const { signal } = controller;
      const waits = pipes.map(([reader]) => selectAsync([reader], [], [], null, { signal }));
      poller.register(r, POLLIN);
      const wait = poller.pollAsync();
      setTimeout(() => write(w, 'x'), 30);
      const before = process.cpuUsage();
      console.log((await wait).length);
      const start = process.cpuUsage();
      await new Promise((resolve) => setTimeout(resolve, 300));
      const { user, system } = process.cpuUsage(start);
      console.log((user + system) / 1000 < 100);
      controller.abort('enough');
      console.log((await Promise.allSettled(waits)).length);
    `;
      const before = "process.env.FDSELECT_WAITER = 'thread';";
      const stdout = '1\ntrue\n30\n';
      expect(await runLimited(256, source, before)).toMatchObject({ code: 0, stdout });
    },
  );
});

test('a Poll with RLIMIT_NOFILE fds works in a worker, which watches one fd more', async () => {
  const source = `
    import { Worker } from 'node:worker_threads';
    const worker = new Worker(\`
      const { parentPort, workerData } = require('node:worker_threads');
      import(workerData).then(({ Poll, POLLIN }) => {
        const poller = new Poll();
        for (let fd = 1000; fd < 1100; fd++) poller.register(fd, POLLIN);
        parentPort.postMessage(poller.poll().length);
      });
    \`, { eval: true, workerData: import.meta.resolve('fdselect') });
    worker.on('message', (count) => console.log(count));
    worker.on('error', (error) => console.log(error));
  `;
  expect(await runLimited(100, source)).toMatchObject({ code: 0, stdout: '100\n' });
});

/** As a user that has no process left (prlimit(1) --nproc); root has no such limit. */
const NEEDS_THREADS = 'it needs more threads itself';
for (const waiter of ['thread', 'uv']) {
  testUnless({ Bun: NEEDS_THREADS, Deno: NEEDS_THREADS })(
    `no thread left (waiter: ${waiter}): EAGAIN for the wait, and the program goes on`,
    async () => {
      const path = scriptFile(`
      import { execFileSync } from 'node:child_process';
      process.env.FDSELECT_WAITER = '${waiter}';
      const { Epoll, EPOLLIN, Poll, POLLIN, selectAsync } = await import('fdselect');
      const { pipe, write } = await import('fdselect/os');
      const [r, w] = pipe();
      // So deep that libuv's loop cannot watch it.
      const sets = [new Epoll()];
      if ('${waiter}' === 'uv') {
        await selectAsync([], [], [], 0.001);
        while (sets.length < 5) {
          const next = new Epoll();
          next.register(sets.at(-1), EPOLLIN);
          sets.push(next);
        }
      }
      execFileSync('prlimit', ['--nproc=1', '--pid', String(process.pid)]);
      const set = sets.at(-1);
      for (let i = 0; i < 3; i++) {
        await set.pollAsync(1).then(console.log, (error) => console.log(error.code, error.syscall));
      }
      console.log(set.poll(0).length);
    `);
      const isRoot = process.getuid?.() === 0;
      const user = isRoot ? ['setpriv', '--reuid=65534', '--clear-groups'] : [];
      const [command = process.execPath, ...args] = [...user, process.execPath, path];
      await using child = run(command, args);
      const { stdout } = await child.finished();
      expect(stdout.split('\n').slice(0, 4)).toEqual([
        ...Array(3).fill('EAGAIN pthread_create'),
        '0',
      ]);
    },
  );
}

test('a chain of epoll sets of every depth, as the first wait of a process', async () => {
  const source = `
    import { spawnSync } from 'node:child_process';
    import { Epoll, EPOLLIN } from 'fdselect';
    import { pipe, write } from 'fdselect/os';
    const depth = Number(process.argv[2] ?? 0);
    if (depth === 0) {
      for (let i = 1; i <= 5; i++) {
        const { status, signal, stdout } = spawnSync(process.execPath, [process.argv[1], String(i)]);
        console.log(i, status, signal, String(stdout).trim());
      }
    } else {
      const [r, w] = pipe();
      const sets = [];
      for (let inner = r; sets.length < depth; inner = sets.at(-1)) {
        sets.push(new Epoll());
        sets.at(-1).register(inner, EPOLLIN);
      }
      const empty = await sets.at(-1).pollAsync(0.05);
      const wait = sets.at(-1).pollAsync();
      setTimeout(() => write(w, 'x'), 10);
      console.log(empty.length, (await wait).length);
    }
  `;
  await using child = run(process.execPath, [scriptFile(source)]);
  const { stdout } = await child.finished();
  expect(stdout).toBe([1, 2, 3, 4, 5].map((i) => `${i} 0 null 0 1\n`).join(''));
});
