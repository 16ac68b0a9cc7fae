/** docs/recipes: each program runs, and does what its page says. */
import { spawn } from 'node:child_process';
import { scryptSync } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { close, mkfifo, O_RDWR } from 'fdselect/os';
import {
  AF_INET,
  type InternetAddress,
  IP_MULTICAST_IF,
  IPPROTO_ICMP,
  IPPROTO_IP,
  inetAton,
  SOCK_DGRAM,
  SOCK_RAW,
  type Socket,
  socket,
} from 'fdselect/socket';
import { expect, onTestFinished, test } from 'vitest';
import { linesOf } from '../support/documents.ts';
import { connectTo } from '../support/peer.ts';
import { closing, connectedTo, openServer } from '../support/sandbox.ts';
import { scriptFile } from '../support/script.ts';
import { Child, run, until } from '../support/server.ts';
import { Terminal } from '../support/terminal.ts';
import '../support/waiter.ts';

const FOLDER = fileURLToPath(new URL('../../docs/recipes/', import.meta.url));
const PAGES = readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]);
const NAMES = PAGES.map(([name]) => (name as string).replace('.md', '')).filter(
  (name) => name !== 'README',
);

/** The program of a page. */
function program(name: string): string {
  const page = readFileSync(join(FOLDER, `${name}.md`), 'utf8');
  const blocks = [...page.matchAll(/^```js\n(.*?)^```$/gms)];
  if (blocks.length !== 1) throw new Error(`${name} has ${blocks.length} programs`);
  return blocks[0]?.[1] as string;
}

/** The command that runs it. */
function command(name: string, ...args: (string | number)[]): [string, ...string[]] {
  return [process.execPath, scriptFile(program(name)), ...args.map(String)];
}

/** Runs it; its standard input stays open. */
function start(name: string, ...args: (string | number)[]): Child {
  const [file, ...rest] = command(name, ...args);
  return run(file, rest, null);
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'fdselect-recipe-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** Waits for output of a program. */
async function says(child: Child, text: string): Promise<void> {
  await until(() => child.stdout.includes(text), `${text}\nin\n${child.stdout}${child.stderr}`);
}

/** Ends the standard input of a program; it is closed when the promise resolves. */
function endInput(child: Child): Promise<void> {
  return new Promise((resolve) => child.process.stdin?.end(resolve));
}

/** The first client of a listener; its reads do not wait for ever. */
async function firstClient(listener: Socket): Promise<Socket> {
  const client = closing((await listener.acceptAsync())[0]);
  client.settimeout(15);
  return client;
}

/** Reads exactly so many bytes. */
function readExactly(peer: Socket, size: number): Buffer {
  const file = peer.makefile('rb', { buffering: 0 });
  const parts: Buffer[] = [];
  for (let left = size; left > 0; ) {
    const part = file.read(left) as Buffer;
    if (part.length === 0) break;
    parts.push(part);
    left -= part.length;
  }
  file.close();
  return Buffer.concat(parts);
}

const ENDED = { code: 0, signal: null, stderr: '' };

test('script: shows and records what the shell prints; a new size reaches it', async () => {
  const log = join(folder(), 'log');
  const shell = `trap 'kill $!; read n; stty size; echo "hello, $n"; exit 3' WINCH
    sleep 100 & echo ready; wait`;
  await using terminal = new Terminal(command('script', log, 'bash', '-c', shell));
  await terminal.shows('ready');
  const path = readlinkSync(`/proc/${terminal.child.pid}/fd/0`);
  await run('stty', ['-F', path, 'rows', '30', 'cols', '90']).finished();
  terminal.type('world\r');
  expect(await terminal.finished()).toMatchObject({ code: 0, signal: null });
  const output = 'ready\r\nworld\r\n30 90\r\nhello, world\r\n';
  expect(terminal.shown).toBe(`${output}bash ended with 3, its output is in ${log}\r\n`);
  expect(readFileSync(log, 'utf8')).toBe(output);
  expect(terminal.echoes).toBe(true);
});

test('expect: answers a password prompt', async () => {
  await using child = start('expect');
  const stdout = 'logged in as guest\nexit code 0\n';
  expect(await child.finished()).toEqual({ ...ENDED, stdout });
});

test('telnet: refuses options, in parts too; the end of the input is a half-close', async () => {
  const listener = openServer();
  await using child = start('telnet', ...(listener.getsockname() as InternetAddress));
  const server = await firstClient(listener);
  server.sendall(Buffer.of(255, 251, 1, ...Buffer.from('hel'), 255));
  expect([...readExactly(server, 3)]).toEqual([255, 254, 1]);
  server.sendall(Buffer.of(253));
  server.sendall(Buffer.of(3, ...Buffer.from('lo '), 255, 255, 255, 250, 24, 1, 255, 240));
  expect([...readExactly(server, 3)]).toEqual([255, 252, 3]);
  child.process.stdin?.write('hi\n');
  expect(readExactly(server, 3).toString()).toBe('hi\n');
  await endInput(child);
  expect(server.recv(1).length).toBe(0);
  server.sendall(Buffer.of(255, 253, 24, ...Buffer.from('bye\n'))); // nothing can be answered any more
  server.close();
  // A byte of 255 is U+FFFD in text.
  expect(await child.finished()).toEqual({ ...ENDED, stdout: 'hello \ufffdbye\n' });
});

test('irc: answers both of two lines that come in one packet', async () => {
  const listener = openServer();
  await using child = start('irc', ...(listener.getsockname() as InternetAddress), 'me', '#test');
  const server = await firstClient(listener);
  const lines = server.makefile('r', { newline: '' });
  onTestFinished(() => lines.close());
  const next = (count: number) => Array.from({ length: count }, () => lines.readline());
  expect(next(3)).toEqual(['NICK me\r\n', 'USER me 0 * :me\r\n', 'JOIN #test\r\n']);
  server.sendall('PING :a\r\nPING :b\r\n:bob!u@h PRIVMSG #test :hé'.slice(0, -1));
  expect(next(2)).toEqual(['PONG :a\r\n', 'PONG :b\r\n']);
  server.sendall('éy\r\n');
  await says(child, '<bob> héy\n');
  child.process.stdin?.write('hello\n/JOIN #b\n');
  expect(next(2)).toEqual(['PRIVMSG #test :hello\r\n', 'JOIN #b\r\n']);
  await endInput(child);
  expect(next(1)).toEqual(['QUIT\r\n']);
  lines.close();
  server.close();
  expect(await child.finished()).toEqual({ ...ENDED, stdout: '<bob> héy\n' });
});

test('child-output: more on stderr than a pipe holds, and the exit code', async () => {
  const script = 'head -c 200000 /dev/zero | tr "\\0" x >&2; echo done; exit 3';
  await using child = start('child-output', 'bash', '-c', script);
  const { stdout, ...rest } = await child.finished();
  expect(rest).toEqual(ENDED);
  expect(stdout.trimEnd().split('\n').sort()).toEqual([
    'exit code 3',
    `stderr: ${'x'.repeat(200_000)}`,
    'stdout: done',
  ]);
});

test('tail-fifo: goes on when a writer has closed, and removes the FIFO at the end', async () => {
  const path = join(folder(), 'fifo');
  await using child = start('tail-fifo', path);
  await says(child, 'reading from');
  for (const line of ['one\n', 'two\n']) {
    writeFileSync(path, line);
    await says(child, line);
  }
  child.process.kill('SIGTERM');
  const stdout = `reading from ${path}\none\ntwo\nstopped\n`;
  expect(await child.finished()).toEqual({ ...ENDED, stdout });
  expect(existsSync(path)).toBe(false);
});

test('multicast: shows what is sent to the group', async () => {
  await using child = start('multicast', '239.7.7.7', 0, '127.0.0.1');
  await until(() => /:\d+\n/.test(child.stdout), `it listens: ${child.stderr}`);
  const port = Number(/:(\d+)\n/.exec(child.stdout)?.[1]);
  const sender = closing(socket(AF_INET, SOCK_DGRAM));
  sender.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, inetAton('127.0.0.1'));
  sender.sendto('hello', ['239.7.7.7', port]);
  await says(child, '127.0.0.1: hello\n');
  child.process.kill('SIGINT');
  expect(await child.finished()).toMatchObject(ENDED);
});

test('fd-store and restart: a new version takes over, and every client gets an answer', async () => {
  const path = folder();
  const [socketPath, pidFile] = [join(path, 'store'), join(path, 'pid')];
  await using store = start('fd-store', socketPath);
  await says(store, 'keeping');
  await using first = start('restart', socketPath, 1, pidFile);
  await says(first, 'serves');
  const [, host, port] = /serves ([\d.]+):(\d+)/.exec(first.stdout) as unknown as string[];
  const address: InternetAddress = [host as string, Number(port)];
  const ask = () => {
    const client = connectedTo(address);
    client.settimeout(15);
    const answer = readExactly(client, 10).toString();
    client.close();
    return answer;
  };
  expect(ask()).toBe('version 1\n');
  await using second = start('restart', socketPath, 2, pidFile);
  const answers = new Set<string>();
  await until(() => answers.add(ask()).has('version 2\n'), 'the second version answers');
  expect(await first.finished()).toMatchObject(ENDED);
  for (let i = 0; i < 20; i++) answers.add(ask());
  expect([...answers].filter((answer) => !/^version [12]\n$/.test(answer))).toEqual([]);
  for (const child of [second, store]) {
    child.process.kill('SIGTERM');
    expect(await child.finished()).toMatchObject(ENDED);
  }
  expect(existsSync(socketPath)).toBe(false);
});

test('socket-activation: takes the socket that is there, and its waiting client', async () => {
  const listener = openServer();
  const client = connectedTo(listener.getsockname());
  const line = 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=hello exec "$@"';
  const args = ['-c', line, 'bash', ...command('socket-activation', 0.2)];
  const stdio = ['ignore', 'pipe', 'pipe', listener.fileno()] as const;
  await using child = new Child(spawn('bash', args, { stdio: [...stdio] }));
  const answer = client.makefile('r');
  expect(answer.read()).toBe('hello, 127.0.0.1\n');
  answer.close();
  const stderr = 'started for the socket hello\nnothing to do\n';
  expect(await child.finished()).toEqual({ ...ENDED, stdout: '', stderr });
});

test('watch: runs the command after a change, also of a file that was moved there', async () => {
  const path = folder();
  await using child = start('watch', path, 'echo', 'the command has run');
  await says(child, 'watching');
  writeFileSync(join(path, 'written'), 'x');
  const other = join(folder(), 'x');
  writeFileSync(other, '');
  renameSync(other, join(path, 'moved'));
  await until(() => {
    const lines = child.stdout.split('\n');
    const names = lines.flatMap((line) => /^changed: (.*)/.exec(line)?.[1]?.split(', ') ?? []);
    const isComplete = lines.at(-2) === 'the command has run';
    return isComplete && names.includes('written') && names.includes('moved');
  }, `both names in ${child.stdout}`);
  child.process.kill('SIGTERM');
  expect(await child.finished()).toMatchObject(ENDED);
});

test('raw-keys: characters, arrow keys and the Escape key; the terminal is restored', async () => {
  // A second for the rest of a sequence: the machine may be busy.
  await using terminal = new Terminal(command('raw-keys', 1));
  await terminal.shows('q to quit\r\n');
  for (const [keys, name] of [
    ['é', 'é'],
    ['\x1b[A', 'up'],
    ['\x1b', 'escape'],
    ['\n', 'enter'],
  ] as const) {
    terminal.type(keys);
    await terminal.shows(`\r\n${name}\r\n`);
  }
  terminal.type('q');
  expect(await terminal.finished()).toMatchObject({ code: 0, signal: null });
  expect(terminal.shown).toBe(
    'press keys, q to quit\r\né\r\nup\r\nescape\r\nenter\r\nthe terminal is as it was\r\n',
  );
  expect(terminal.echoes).toBe(true);
});

test('password: asks until both answers are the same', async () => {
  await using terminal = new Terminal(command('password'));
  let answered = '';
  for (const [question, answer] of [
    ['New password: ', 'short'],
    ['\r\nat least 8 characters\r\nNew password: ', 'correct horse'],
    ['\r\nAgain: ', 'another'],
    ['\r\nthey are not the same\r\nNew password: ', 'correct horse'],
    ['\r\nAgain: ', 'correct horse'],
  ] as const) {
    answered += question;
    await terminal.shows(answered);
    terminal.type(`${answer}\n`);
  }
  expect(await terminal.finished()).toMatchObject({ code: 0, signal: null });
  const [, salt = '', hash] = /([0-9a-f]{32}):([0-9a-f]{64})\r\n$/.exec(terminal.shown) ?? [];
  expect(scryptSync('correct horse', Buffer.from(salt, 'hex'), 32).toString('hex')).toBe(hash);
});

/** Why this user cannot send ICMP packets; null: he can. */
function pingProblem(): string | null {
  for (const type of [SOCK_RAW, SOCK_DGRAM]) {
    try {
      socket(AF_INET, type, IPPROTO_ICMP).close();
      return null;
    } catch {
      // The other type may be allowed.
    }
  }
  return 'neither CAP_NET_RAW nor net.ipv4.ping_group_range lets this user send ICMP packets';
}

const noPing = pingProblem();
test.skipIf(noPing !== null)(`ping: two answers${noPing ? ` [${noPing}]` : ''}`, async () => {
  await using child = start('ping', '127.0.0.1', 2);
  const { stdout, ...rest } = await child.finished();
  expect(rest).toEqual(ENDED);
  expect(stdout.replaceAll(/\d+\.\d\d ms/g, 'N ms')).toBe(
    'answer 1 from 127.0.0.1: N ms\nanswer 2 from 127.0.0.1: N ms\n',
  );
});

/** struct input_event of a 64-bit system. */
function inputEvent(seconds: number, type: number, code: number, value: number): Buffer {
  const event = Buffer.alloc(24);
  event.writeBigInt64LE(BigInt(seconds), 0);
  event.writeUInt16LE(type, 16);
  event.writeUInt16LE(code, 18);
  event.writeInt32LE(value, 20);
  return event;
}

test('evdev: events that come in parts', async () => {
  const path = join(folder(), 'event0');
  mkfifo(path);
  const writer = openSync(path, O_RDWR);
  await using child = start('evdev', path);
  const events = [inputEvent(1, 1, 30, 1), inputEvent(1, 0, 0, 0), inputEvent(2, 1, 30, 0)];
  const bytes = Buffer.concat([...events, inputEvent(3, 0, 3, 0)]);
  const down = `1.000000 ${path}: key 30 down\n`;
  writeSync(writer, bytes.subarray(0, 55));
  await says(child, down);
  writeSync(writer, bytes.subarray(55));
  await says(child, 'lost');
  close(writer);
  const stdout = `${down}2.000000 ${path}: key 30 up\n${path}: events were lost\n`;
  expect(await child.finished()).toEqual({ ...ENDED, stdout });
});

test('timer-wheel: a thousand timeouts end in order', async () => {
  await using child = start('timer-wheel');
  expect(await child.finished()).toEqual({ ...ENDED, stdout: '1000 timeouts, in order: true\n' });
});

test('http-worker: an answer, and a server that gives none', async () => {
  const server = createHttpServer((request, response) => {
    if (request.url === '/page') response.end('the page\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as { port: number };
  const url = `http://127.0.0.1:${port}`;
  await using child = start('http-worker', `${url}/page`);
  expect(await child.finished()).toEqual({ ...ENDED, stdout: 'HTTP/1.1 200 OK\n\nthe page\n\n' });
  await using other = start('http-worker', `${url}/silence`, 1);
  expect(await other.finished()).toEqual({ ...ENDED, stdout: 'no answer in time\n' });
});

test('the index lists every recipe, each has 15 to 60 lines, and links lead somewhere', () => {
  const index = readFileSync(join(FOLDER, 'README.md'), 'utf8');
  const listed = [...index.matchAll(/^\| \[([\w-]+)\]\(\1\.md\)/gm)].map(([, name]) => name);
  expect(listed.toSorted()).toEqual(NAMES.toSorted());
  const lengths = NAMES.map((name) => [name, linesOf(program(name))] as const);
  expect(lengths.filter(([, lines]) => lines < 15 || lines > 60)).toEqual([]);
  const links = PAGES.flatMap(([, text]) =>
    [...(text as string).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link]) => link as string),
  );
  expect(links.filter((link) => !existsSync(join(FOLDER, link)))).toEqual([]);
});

test('every recipe is run by a test of this file', () => {
  const source = readFileSync(fileURLToPath(import.meta.url), 'utf8');
  expect(NAMES.filter((name) => !source.includes(`('${name}'`))).toEqual([]);
});

const TSC = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url));

test('the programs use the API as its types say', { timeout: 60_000 }, async () => {
  const files = NAMES.map((name) => scriptFile(program(name)));
  const options = '--ignoreConfig --noEmit --allowJs --checkJs --skipLibCheck --strict false';
  const args = [...options.split(' '), '--target', 'es2023', '--module', 'nodenext'];
  await using tsc = run(TSC, [...args, '--types', 'node', ...files]);
  expect(await tsc.finished()).toMatchObject({ code: 0, stdout: '' });
});

test('workers', async () => {
  await using server = start('workers');
  await says(server, '\n');
  const [, port] = /^listening on 127\.0\.0\.1:(\d+)\n/.exec(server.stdout) ?? [];
  for (let i = 0; i < 8; i++) {
    await using peer = (await connectTo({ port: Number(port) })).read();
    peer.write(`text ${i}`);
    expect(String(await peer.gets(6))).toBe(`text ${i}`);
  }
});
