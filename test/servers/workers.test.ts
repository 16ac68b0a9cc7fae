/** `fdselect serve NAME --workers N`: several threads, each with its own listener on the same port. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandLine } from '../../lib/command-line.js';
import { connectTo, type Peer } from '../support/peer.js';
import { CLI, fdselect, run, type Server, serve } from '../support/server.js';

/** One of each way to listen; the tests further down run echo-poll and echo-epoll. */
const PROGRAMS = ['echo-select', 'echo-selectors', 'echo-asyncore', 'echo-reactor'];

/** Sends a text on a new connection and waits for what comes back. */
async function echo(server: { port: number }, text: string): Promise<string> {
  await using peer = (await connectTo(server)).read();
  peer.socket.end(text);
  return String(await peer.ends());
}

test.each(PROGRAMS)(
  '%s: the first line is one, clients are served, SIGTERM is a goodbye',
  async (name) => {
    await using server = await serve(name, { args: ['--workers', '3'] });
    await using peer = (await connectTo(server)).read();
    peer.write('x');
    await peer.gets(1);
    const finished = server.stop();
    expect(String(await peer.ends())).toBe('x'); // the server's end of file
    peer.socket.end();
    const { code, signal, stdout, stderr } = await finished;
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    expect(stdout.match(/^listening on /gm)).toHaveLength(1);
    expect(stdout).toMatch(/^listening on 127\.0\.0\.1:\d+\n/);
  },
);

test('a second signal ends it at once, although a client is connected', async () => {
  await using server = await serve('echo-poll', { args: ['--workers', '2'] });
  await using peer = (await connectTo(server)).read();
  peer.write('x');
  await peer.gets(1);
  server.process.kill('SIGTERM');
  await peer.ends();
  expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
});

test('forward takes --workers, too', async () => {
  await using target = await serve('echo-poll');
  const args = ['--target', `127.0.0.1:${target.port}`, '--workers', '2'];
  await using server = await serve('forward', { args });
  const texts = Array.from({ length: 8 }, (_, i) => `text ${i}`);
  expect(await Promise.all(texts.map((text) => echo(server, text)))).toEqual(texts);
  expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
});

test.each([
  ['a server without workers', []],
  ['a server with workers', ['--workers', '2']],
])('a port that %s has is reported once', async (_, others) => {
  await using first = await serve('echo-poll', { args: others });
  const args = ['serve', 'echo-poll', '--workers', '4', '--port', String(first.port)];
  const { code, stdout, stderr } = await fdselect(...args).finished();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^fdselect: EADDRINUSE: .*\n$/);
});

test.each([
  ['echo-poll', 'x'],
  ['minimal', '2'],
])('usage error: %s --workers %j', async (name, value) => {
  const { code, stdout, stderr } = await fdselect('serve', name, '--workers', value).finished();
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^error: option '--workers.*\n$/);
});

test.each(['0', '-1', '1.5', '', '1e3', '1025'])('--workers %j is refused', async (value) => {
  const args = ['serve', 'echo-poll', '--workers', value];
  const command = commandLine(args);
  command.commands.find((one) => one.name() === 'serve')?.configureOutput({ writeErr: () => {} });
  await expect(command.parseAsync(args, { from: 'user' })).rejects.toThrow(
    'It is a number from 1 to 1024.',
  );
});

test('a worker that cannot start ends the program, with the reason', async () => {
  using seen = new Folder();
  writeFileSync(join(seen.path, 'start'), '');
  const settings = [`NODE_OPTIONS=--import=${seen.faults()}`, `FDSELECT_TEST_FOLDER=${seen.path}`];
  const command = [process.execPath, CLI, 'serve', 'echo-poll', '--port', '0', '--workers', '2'];
  await using child = run('env', [...settings, ...command]);
  const { code, stdout, stderr } = await child.finished();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toBe('fdselect: EMFILE: too many open files, open\n');
});

test('connections are spread evenly, within 20 percent', async () => {
  using seen = new Folder();
  await using server = await withFaults(seen, '2');
  const connections = 1000;
  for (let left = connections; left > 0; left -= 50) {
    await Promise.all(Array.from({ length: 50 }, () => echo(server, 'x')));
  }
  const counts = Object.values(seen.accepted);
  expect(counts).toHaveLength(2);
  expect(counts.reduce((sum, count) => sum + count)).toBe(connections);
  // The kernel chooses by a hash: the standard deviation is 16 of 500.
  for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(100);
});

test('a worker that dies is reported and replaced, and no connection that waits for it is lost', async () => {
  using seen = new Folder();
  await using server = await withFaults(seen, '2');
  expect(await echo(server, 'before')).toBe('before');
  // The worker that accepts next dies instead: its connection, and those behind it, stay in the queue.
  writeFileSync(join(seen.path, 'end'), '');
  const peers: Peer[] = await Promise.all(Array.from({ length: 40 }, () => connectTo(server)));
  const texts = peers.map((peer, i) => {
    peer.read().socket.end(`text ${i}`);
    return `text ${i}`;
  });
  expect(await Promise.all(peers.map(async (peer) => String(await peer.ends())))).toEqual(texts);
  for (const peer of peers) await peer[Symbol.asyncDispose]();
  const { code, stderr } = await server.stop();
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /^fdselect: worker [12] has ended \(the test ends it\); another one takes its place\n$/,
  );
  // Two that were there and the one that came.
  expect(Object.keys(seen.accepted).length).toBeGreaterThanOrEqual(2);
});

/**
 * A folder in which test and server talk. The tests of this file run side by side, where
 * onTestFinished() does not know its test.
 */
class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'fdselect-workers-'));

  /**
   * A module to preload: in a worker it notes which thread accepts, and throws instead of accepting
   * where there is a file `end`, once, or instead of opening a file where there is one called `start`.
   */
  faults(): string {
    const path = join(this.path, 'faults.mjs');
    writeFileSync(path, FAULTS);
    return path;
  }

  /** How many connections each thread has accepted. */
  get accepted(): Record<string, number> {
    const files = readdirSync(this.path).filter((name) => name.startsWith('accepted-'));
    return Object.fromEntries(
      files.map((name) => [name, readFileSync(join(this.path, name), 'utf8').length]),
    );
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

const FAULTS = `
  import { appendFileSync, existsSync, renameSync } from 'node:fs';
  import { isMainThread, threadId } from 'node:worker_threads';
  const folder = process.env.FDSELECT_TEST_FOLDER;
  const { dlopen } = process;
  if (!isMainThread) process.dlopen = (module, file) => {
    dlopen.call(process, module, file);
    const native = module.exports;
    const { exportRest } = native;
    // The functions of sockets and files are made when they are first needed.
    native.exportRest = (exports) => {
      const result = exportRest(exports);
      replace(exports);
      return result;
    };
  };
  const replace = (native) => {
    const { accept, open } = native;
    native.accept = (...args) => {
      const end = folder + '/end';
      if (existsSync(end)) {
        renameSync(end, folder + '/ended');
        throw new Error('the test ends it');
      }
      const fd = accept(...args);
      if (fd >= 0) appendFileSync(folder + '/accepted-' + threadId, '.');
      return fd;
    };
    native.open = (...args) => (existsSync(folder + '/start') ? -24 : open(...args));
  };
`;

function withFaults(seen: Folder, workers: string): Promise<Server> {
  const env = { NODE_OPTIONS: `--import=${seen.faults()}`, FDSELECT_TEST_FOLDER: seen.path };
  return serve('echo-epoll', { args: ['--quiet', '--workers', workers], env });
}
