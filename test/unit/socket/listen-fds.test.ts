/** listenFds(): the sockets that systemd hands over to a process that it starts; sd_listen_fds(3). */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'fdselect/socket';
import { expect, test } from 'vitest';
import { RUN_FILE } from '../../support/runtime.ts';
import { closing } from '../../support/sandbox.ts';
import { scriptFile } from '../../support/script.ts';
import { Child } from '../../support/server.ts';

/** Prints what a child that is started with a listener as fd 3 and a file as fd 4 finds. */
async function found(variables: string, expression: string): Promise<unknown> {
  const listener = closing(createServer(['127.0.0.1', 0]));
  const file = openSync('/dev/null', 'r');
  const script = scriptFile(`
    import { getInheritable } from 'fdselect/os';
    import { listenFds } from 'fdselect/socket';
    const names = ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES'];
    const shown = (list) => list.map(({ fd, name, socket }) => [
      fd, name, getInheritable(fd), socket === null ? null : socket.getsockname()[1] === ${listener.getsockname()[1]},
    ]);
    console.log(JSON.stringify(${expression}));
  `);
  // $$ stays the number of the process: exec(3) replaces the shell.
  const command = `${variables} exec "$@"`;
  const stdio = ['ignore', 'pipe', 'pipe', listener.fileno(), file] as const;
  await using child = new Child(
    spawn('sh', ['-c', command, 'sh', ...RUN_FILE, script], { stdio: [...stdio] }),
  );
  const { stdout, stderr, code } = await child.finished();
  closeSync(file);
  expect([stderr, code]).toEqual(['', 0]);
  return JSON.parse(stdout);
}

const BOTH = 'LISTEN_PID=$$ LISTEN_FDS=2';

test('the fds from 3 on, with their names and sockets; they close on exec', async () => {
  expect(await found(`${BOTH} LISTEN_FDNAMES=web:log`, 'shown(listenFds())')).toEqual([
    [3, 'web', false, true],
    [4, 'log', false, null],
  ]);
  expect(await found(`${BOTH} LISTEN_FDNAMES=web`, 'shown(listenFds())')).toEqual([
    [3, 'web', false, true],
    [4, 'unknown', false, null],
  ]);
});

test('a second call gives the same objects; `unset` hides the variables from children', async () => {
  const same = 'listenFds()[0].socket === listenFds()[0].socket';
  expect(await found(BOTH, same)).toBe(true);
  const unset =
    '[listenFds({ unset: true }).length, names.map((name) => process.env[name] ?? null)]';
  expect(await found(`${BOTH} LISTEN_FDNAMES=a:b`, unset)).toEqual([2, [null, null, null]]);
});

test.each([
  ['none of the variables', ''],
  ['another process is meant', 'LISTEN_PID=1 LISTEN_FDS=2'],
  ['no number', 'LISTEN_PID=$$ LISTEN_FDS=two'],
  ['a negative number', 'LISTEN_PID=$$ LISTEN_FDS=-1'],
  ['more than any process has', 'LISTEN_PID=$$ LISTEN_FDS=99999999999'],
])('an empty array: %s', async (_, variables) => {
  expect(await found(variables, 'listenFds()')).toEqual([]);
});
