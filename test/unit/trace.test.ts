/** FDSELECT_TRACE=1: the notation of strace, and no line is lost. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { scriptFile } from '../support/script.ts';
import { Child } from '../support/server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function traced(script: string, ...wrapper: string[]): Child {
  const command = [...wrapper, process.execPath, scriptFile(script)];
  const env = { ...process.env, FDSELECT_TRACE: '1' };
  const [file, ...args] = command as [string, ...string[]];
  return new Child(spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env, cwd: ROOT }));
}

/** A line with ppoll(2), which Linux has instead of poll(2) on arm64, as one with poll(2). */
function asPoll(line: string): string {
  const timeout = / (?:NULL|\{tv_sec=(\d+), tv_nsec=(\d+)\}), NULL, 8\)/;
  return line
    .replace('ppoll(', 'poll(')
    .replace('(NULL', '([]')
    .replace(
      timeout,
      (_, s?: string, ns?: string) => ` ${s ? Number(s) * 1000 + Number(ns) / 1e6 : -1})`,
    )
    .replace(/, left \{.*\}/, '');
}

test('poll and select look as strace shows them', async () => {
  await using child = traced(
    `
    import { poll, POLLIN, POLLOUT, select } from 'fdselect';
    import { dup2 } from 'fdselect/os';
    const polled = (entries, timeout) => {
      const p = poll();
      for (const [fd, events] of entries) p.register(fd, events);
      p.poll(timeout);
    };
    polled([[999, POLLIN]], 0);
    polled([[999, POLLIN | POLLOUT], [998, 0]], -1);
    polled([], 77);
    select([], [], [], 0.077);
    dup2(0, 999); // lib/ answers EBADF itself where the highest fd is closed
    try { select([0, 998], [999], [], 1.5); } catch {}
    `,
    ...['strace', '-e', 'trace=?poll,ppoll,?select,pselect6'],
  );
  const { code, stderr } = await child.finished();
  expect(code).toBe(0);
  const calls = stderr
    .split('\n')
    .filter((line) => /^(p?poll|p?select6?)\(.*(99[89]|77)/.test(line));
  const shown = calls.map((line) =>
    line
      .replace(/ += /, ' = ') // strace aligns short lines
      .replace(/^ppoll\(.*/, asPoll)
      .replace('pselect6(', 'select(')
      .replace(/tv_nsec=(\d+)000}, NULL/, 'tv_usec=$1}'),
  );
  expect(shown.filter((_, i) => i % 2 === 0)).toEqual(shown.filter((_, i) => i % 2 === 1));
  expect(shown).toHaveLength(10);
});

test('epoll looks as strace shows it', async () => {
  await using child = traced(
    `
    import * as f from 'fdselect';
    import { pipe, dup2, close } from 'fdselect/os';
    const [r, w] = pipe();
    dup2(f.epoll().fileno(), 990);
    dup2(r, 991);
    dup2(w, 992);
    const e = f.Epoll.fromfd(990);
    e.register(991, f.EPOLLIN | f.EPOLLET);
    e.register(992, f.EPOLLOUT | f.EPOLLONESHOT | f.EPOLLERR | f.EPOLLHUP | f.EPOLLRDHUP | 0x3c0);
    try { e.register(991); } catch {}
    try { e.register(993, f.EPOLLEXCLUSIVE | f.EPOLLWAKEUP | f.EPOLLPRI | f.EPOLLMSG); } catch {}
    e.poll(0);
    e.poll(0.01, 1);
    e.modify(992, 0);
    e.poll(0.005);
    e.unregister(992);
    dup2(r, 990);
    try { e.poll(0); } catch {}
    `,
    ...['strace', '-e', 'trace=epoll_ctl,?epoll_wait,epoll_pwait'],
  );
  const { code, stderr } = await child.finished();
  expect(code).toBe(0);
  const calls = stderr.split('\n').filter((line) => /^epoll_.*\(990/.test(line));
  const shown = calls.map((line) =>
    line
      .replace(/ += /, ' = ')
      // musl, and Linux on arm64, have epoll_wait() as an epoll_pwait() without a mask.
      .replace(/^epoll_pwait(.*), NULL, 8\)/, 'epoll_wait$1)')
      .replace(/990, 0x[0-9a-f]+,/, '990, [],'),
  );
  expect(shown.filter((_, i) => i % 2 === 0)).toEqual(shown.filter((_, i) => i % 2 === 1));
  expect(shown).toHaveLength(20);
});

test('every line arrives, however slowly they are read', async () => {
  await using child = traced(`
    import { select } from 'fdselect';
    for (let i = 0; i < 20000; i++) select([], [], [], 0);
    process.exit(0);
  `);
  child.process.stderr?.pause();
  await new Promise((resolve) => setTimeout(resolve, 300)); // the pipe fills up
  child.process.stderr?.resume();
  const { stderr, code } = await child.finished();
  expect(code).toBe(0);
  expect(stderr).toBe(
    'select(0, NULL, NULL, NULL, {tv_sec=0, tv_usec=0}) = 0 (Timeout)\n'.repeat(20_000),
  );
});
