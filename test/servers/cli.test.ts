/** The command line: `fdselect list` and `fdselect serve`. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { read } from 'fdselect/io';
import { close, openpty } from 'fdselect/os';
import { expect, test } from 'vitest';
import { connectTo } from '../support/peer.js';
import { Child, CLI, fdselect, run, serve, until } from '../support/server.js';

/** The programs on one system call, which have no --selector. */
const ON_ONE_CALL = ['echo-select', 'echo-poll', 'minimal', 'chat-bob'];

const PROGRAMS = [...ON_ONE_CALL, 'echo-asyncore', 'echo-asynchat'];

test('list names every program, its port, and what it does', async () => {
  const { stdout, stderr, code } = await fdselect('list').finished();
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => /^(\S+) +(\d+|-) {2}(\S.+)$/.exec(line));
  expect(rows.map((row) => [row?.[1], row?.[2]])).toEqual([
    ['minimal', '5000'],
    ['echo-select', '8881'],
    ['echo-poll', '8881'],
    ['echo-epoll', '8881'],
    ['echo-selectors', '8881'],
    ['echo-asyncore', '8881'],
    ['echo-asynchat', '8881'],
    ['echo-async', '8881'],
    ['echo-reactor', '8881'],
    ['chat-bob', '7777'],
    ['chat-reactor', '51423'],
    ['forward', '8882'],
    ['time-broadcast', '1600'],
    ['time-relay', '1600'],
    ['time-source', '-'],
  ]);
});

test.each([
  [['frobnicate'], 'frobnicate'],
  [['serve'], 'name'],
  [['serve', 'echo-pool'], 'echo-pool'],
  [['serve', 'echo-poll', '--prot', '1'], '--prot'],
  [['serve', 'echo-poll', 'again'], "'again'"],
  [['serve', 'echo-poll', '--port', 'http'], 'http'],
  [['serve', 'echo-poll', '--port', '65536'], '65536'],
  [['serve', 'echo-poll', '--port', '-1'], '-1'],
  [['serve', 'echo-poll', '--port', '1.5'], '1.5'],
  [['serve', 'echo-poll', '--port', ''], '--port'],
  [['serve', 'echo-poll', '--port'], '--port'],
  [['serve', 'echo-poll', '--max-clients', '0'], '--max-clients'],
  [['serve', 'echo-poll', '--max-clients', '1.5'], '1.5'],
  [['serve', 'time-source', '--max-clients', '1'], '--max-clients'],
  [['serve', 'echo-poll', '--selector', 'kqueue'], 'kqueue'],
  ...ON_ONE_CALL.map((name) => [['serve', name, '--selector', 'poll'], '--selector'] as const),
] as const)('usage error: %j', async (args, word) => {
  const { code, signal, stdout, stderr } = await fdselect(...args).finished();
  expect({ code, signal, stdout }).toEqual({ code: 2, signal: null, stdout: '' });
  expect(stderr).toContain(word);
  expect(stderr).toMatch(/^error: .*\n(\(Did you mean .*\?\)\n)?$/); // no stack trace
});

test.each(PROGRAMS)('%s: a port in use', async (name) => {
  await using server = await serve('echo-poll');
  const second = await fdselect('serve', name, '--port', String(server.port)).finished();
  expect({ code: second.code, stdout: second.stdout }).toEqual({ code: 1, stdout: '' });
  expect(second.stderr).toMatch(/^fdselect: EADDRINUSE: .*\n$/);
});

test('an unknown host', async () => {
  const args = ['serve', 'echo-poll', '--port', '0', '--host', 'no-such-host.invalid'];
  const { code, stdout, stderr } = await fdselect(...args).finished();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^fdselect: .*no-such-host\.invalid.*\n$/);
});

test('the port of a server that has just ended can be used again', async () => {
  await using first = await serve('echo-poll');
  await using peer = (await connectTo(first)).read();
  peer.write('x');
  await peer.gets(1);
  const finished = first.stop();
  await peer.ends();
  peer.socket.end();
  await finished;
  await using second = await serve('echo-select', { args: ['--port', String(first.port)] });
  expect(second.port).toBe(first.port);
});

test.each(PROGRAMS)('%s on IPv6', async (name) => {
  await using server = await serve(name, { args: ['--host', '::1'] });
  expect(server.host).toBe('[::1]');
  await using peer = (await connectTo(server, { host: '::1' })).read();
  peer.socket.end('1\n');
  expect(String(await peer.ends())).toMatch(/1\n?$/);
});

test('--hint prints a command that works', async () => {
  await using server = await serve('echo-poll', { args: ['--hint'] });
  await until(() => server.lines.length > 0, 'it has printed');
  expect(server.lines).toEqual([`Now type in another terminal:  nc 127.0.0.1 ${server.port}`]);
  const typed = (server.lines[0] as string).split(':  ')[1] as string;
  await using shell = run('bash', ['-c', `printf hi | ${typed.replace('nc', 'nc -N')}`]);
  expect(await shell.finished()).toMatchObject({ stdout: 'hi', code: 0 });
});

test.each(PROGRAMS)('%s --quiet prints one line', async (name) => {
  await using server = await serve(name, { args: ['--quiet', '--hint'] });
  await using peer = (await connectTo(server)).read();
  peer.socket.end('1\n');
  await peer.ends();
  const { stdout } = await server.stop();
  expect(stdout).toBe(`listening on 127.0.0.1:${server.port}\n`);
});

test.each(PROGRAMS)('%s survives if its output is not read', async (name) => {
  await using server = await serve(name);
  server.process.stdout?.destroy();
  for (let i = 0; i < 3; i++) {
    await using peer = (await connectTo(server)).read();
    peer.socket.end('1\n');
    expect(String(await peer.ends())).toMatch(name === 'echo-asynchat' ? /^1$/ : /1\n$/);
  }
  expect(await server.stop()).toMatchObject({ code: 0, signal: null, stderr: '' });
});

test.each([
  ['--trace', { args: ['--trace'] }],
  ['FDSELECT_TRACE=1', { env: { FDSELECT_TRACE: '1' } }],
])('%s shows the calls, and nothing else, on stderr', async (_, options) => {
  await using server = await serve('echo-poll', options);
  await using peer = (await connectTo(server)).read();
  peer.socket.end('hi');
  await peer.ends();
  await server.says(`disconnected from ${peer.name}`);
  const { stderr } = await server.stop();
  for (const line of stderr.trimEnd().split('\n')) {
    expect(line).toMatch(
      /^poll\(\[({fd=\d+, events=[A-Z|]+}(, )?|{fd=-1}(, )?)+\], \d+, -1\) = \d+ \(\[.+\]\)( \/\* interrupted .*\*\/)?$/,
    );
  }
  expect(stderr).toMatch(/, revents=POLLIN}/);
  expect(stderr).not.toContain('POLLOUT'); // data that is sent at once needs no wait
});

test('select is traced, too, and without --trace nothing is', async () => {
  await using traced = await serve('echo-select', { args: ['--trace'] });
  await until(() => traced.lines.length === 0, 'it listens');
  expect((await traced.stop()).stderr).toMatch(
    /^select\(\d+, \[\d+ \d+\], NULL, NULL, NULL\) = 1 \(in \[\d+\]\)( \/\* interrupted .*\*\/)?\n$/,
  );
  await using plain = await serve('echo-select', { env: { FDSELECT_TRACE: '0' } });
  expect((await plain.stop()).stderr).toBe('');
});

test('an error shows control characters escaped', async () => {
  const args = ['serve', 'echo-poll', '--port', '0', '--host', 'no\x1b[31m-such.invalid'];
  const { code, stderr } = await fdselect(...args).finished();
  expect(code).toBe(1);
  expect(stderr).toContain('no\\x1b[31m-such');
  expect(stderr).not.toContain('\x1b');
});

test.each([
  ['echo-asyncore', 'wait'],
  ['echo-reactor', 'refuse'],
  ['time-broadcast', 'wait'],
])('%s --max-clients 1: the second is to %s', async (name, what) => {
  await using server = await serve(name, { args: ['--max-clients', '1'] });
  await using first = (await connectTo(server)).read();
  first.write('1\n');
  await first.gets(2);
  await using second = (await connectTo(server)).read();
  second.write('2\n');
  if (what === 'refuse') {
    await until(() => second.isClosed || second.hasEnded, 'it is refused');
    return;
  }
  first.write('3\n');
  await first.gets(4);
  expect(second.size).toBe(0);
  first.socket.end();
  await second.gets(2);
});

test('--version is that of package.json', async () => {
  const { code, stdout } = await fdselect('--version').finished();
  const { version } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${version}\n` });
});

test.each([
  ['echo-poll', ['--max-clients'], ['--selector', '--target', '--newline', '--publish-port']],
  ['echo-asynchat', ['--selector', '--newline'], ['--target', '--publish-port']],
  ['forward', ['--selector', '--target'], ['--newline', '--publish-port']],
  ['time-relay', ['--publish-port', '--max-clients'], ['--target']],
  ['time-source', ['--newline'], ['--target', '--max-clients']],
])('serve %s --help shows the options of that program', async (name, shown, hidden) => {
  const { code, stdout } = await fdselect('serve', name, '--help').finished();
  expect(code).toBe(0);
  for (const option of ['--host', '--port', '--quiet', ...shown]) expect(stdout).toContain(option);
  for (const option of hidden) expect(stdout).not.toContain(option);
});

test('serve --help shows all options', async () => {
  const { stdout } = await fdselect('serve', '--help').finished();
  for (const option of ['--selector', '--target', '--newline', '--publish-port', '--max-clients']) {
    expect(stdout).toContain(option);
  }
});

test('a server whose terminal was closed ends with exit code 0', async () => {
  const [master, slave] = openpty();
  const command = [CLI, 'serve', 'minimal', '--port', '0'];
  await using server = new Child(
    spawn(process.execPath, command, { stdio: [slave, slave, slave] }),
  );
  close(slave);
  let shown = '';
  while (!shown.endsWith('\n')) shown += read(master, 4096, { timeout: 30 });
  close(master);
  server.process.kill('SIGTERM');
  expect(await server.finished()).toMatchObject({ code: 0, signal: null });
});
