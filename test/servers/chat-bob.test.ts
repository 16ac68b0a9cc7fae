/** chat-bob: every line goes to all clients, and no client can disturb the others. */
import { expect, test } from 'vitest';
import { connectTo, type Peer } from '../support/peer.js';
import { run, serve, until } from '../support/server.js';
import { serverInTurns, Turn } from '../support/shared-server.ts';

const MAX_LINE = 16384;

/** Everybody hears what is said, so a test has the server for itself. */
const alone = serverInTurns('chat-bob');

/** Connects, and waits until the server knows of it. */
async function join(turn: Turn, read = true): Promise<[peer: Peer, id: string]> {
  const peer = await connectTo(turn.server);
  const greeting = `Connect: ${peer.name} `;
  const greetings = () => turn.lines.filter((line) => line.startsWith(greeting));
  await turn.server.news.until(() => greetings().length > 0, greeting);
  const [line] = greetings() as [string];
  if (read) peer.read();
  return [peer, line.slice(greeting.length)];
}

/** The text that a peer has got, with '>' in place of each well-formed time. */
function said(peer: Peer): string {
  return peer.text.replace(/\((0[1-9]|1[0-2]):[0-5]\d:[0-5]\d[AP]M\): /g, '> ');
}

async function hears(peer: Peer, text: string): Promise<void> {
  await until(() => said(peer).length >= text.length || peer.isClosed, `${text}\n${said(peer)}`);
  expect(said(peer)).toBe(text);
}

test('every client gets every line with the id of its sender and its own newline', async () => {
  using turn = await alone();
  const [a, idA] = await join(turn);
  await using _a = a;
  const [b, idB] = await join(turn);
  await using _b = b;
  expect(idA).toMatch(/^\d+$/);
  expect(idB).not.toBe(idA);
  a.write('hi\r\n');
  await hears(a, `${idA}> hi\r\n`);
  await hears(b, `${idA}> hi\r\n`); // also to a client that has sent nothing
  b.write('one\n\ntw');
  await hears(a, `${idA}> hi\r\n${idB}> one\n${idB}> \n`);
  b.write('o\r');
  b.write('\n');
  await hears(a, `${idA}> hi\r\n${idB}> one\n${idB}> \n${idB}> two\r\n`);
  await hears(b, said(a));
  await turn.says(`\tsent two to ${idB}`);
});

test('prints what happens', async () => {
  await using server = await serve('chat-bob');
  using turn = new Turn(server, () => {});
  const [a, id] = await join(turn);
  await using _a = a;
  a.socket.end('hi there\r\n');
  await a.ends();
  const { stdout, stderr, code } = await server.stop();
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  expect(stdout).toBe(`listening on 127.0.0.1:${server.port}
Connect: ${a.name} ${id}
\tgot hi there on ${id}
\tsent hi there to ${id}
`);
});

test('a line of 16384 bytes goes through, however it is cut, with LF and with CR LF', async () => {
  using turn = await alone();
  const [a, id] = await join(turn);
  await using _a = a;
  const line = 'x'.repeat(MAX_LINE);
  a.write(`${line}\n`);
  await hears(a, `${id}> ${line}\n`);
  a.write(`${line}\r`);
  await until(() => a.socket.writableLength === 0, 'all is written');
  a.write('\n');
  await hears(a, `${id}> ${line}\n${id}> ${line}\r\n`);
});

test.each([
  ['at once', `${'x'.repeat(MAX_LINE + 1)}\n`],
  ['with CR LF', `${'x'.repeat(MAX_LINE + 1)}\r\n`],
  ['without an end', 'x'.repeat(MAX_LINE + 1)],
  ['much longer', 'x'.repeat(60_000)],
])('a longer line disconnects its sender: %s', async (_, line) => {
  using turn = await alone();
  const [a, idA] = await join(turn);
  await using _a = a;
  const [b, idB] = await join(turn);
  await using _b = b;
  a.write(`before\n${line}after\n`);
  await a.ends();
  expect(said(a)).toBe(`${idA}> before\n`);
  await turn.says(`\tdisconnected ${idA}: a line is longer than 16384 bytes`);
  b.write('peace\n');
  await hears(b, `${idA}> before\n${idB}> peace\n`);
});

test('an unfinished line at the end gets a newline: nc -N', async () => {
  using turn = await alone();
  const [a] = await join(turn);
  await using _a = a;
  await using nc = run('nc', ['-N', '127.0.0.1', String(turn.server.port)], 'hi\nho');
  const { stdout } = await nc.finished();
  const plain = stdout.replace(/\(.*?\): /g, '> ');
  expect(plain).toMatch(/^(\d+)> hi\n\1> ho\n$/);
  await hears(a, plain);
});

test('a client that does not read is dropped at 1 MiB, the others get everything', async () => {
  using turn = await alone();
  const [sleeper, id] = await join(turn, false);
  await using _sleeper = sleeper;
  const [talker, idTalker] = await join(turn);
  await using _talker = talker;
  const line = `${'x'.repeat(16_000)}\n`;
  const dropped = new RegExp(`^\tdropped ${id}: (\\d+) bytes are unsent$`);
  let count = 0;
  while (!turn.lines.slice(-50).some((text) => dropped.test(text))) {
    expect(++count).toBeLessThan(2000);
    talker.write(line);
    await talker.gets(count * `${idTalker}(12:00:00AM): ${line}`.length);
  }
  talker.write('the end\n');
  await hears(talker, `${`${idTalker}> ${line}`.repeat(count)}${idTalker}> the end\n`);
  const report = turn.lines.find((text) => dropped.test(text)) ?? '';
  const unsent = Number(dropped.exec(report)?.[1]);
  expect(unsent).toBeGreaterThan(1024 * 1024);
  expect(unsent).toBeLessThan(1024 * 1024 + 20_000);
  await sleeper.read().ends();
  expect(turn.server.rss).toBeLessThan(200);
});

test('a reset loses one member only, and is reported', async () => {
  using turn = await alone();
  const [a, idA] = await join(turn);
  await using _a = a;
  const [b, idB] = await join(turn);
  await using _b = b;
  a.write('unfinished');
  await a.reset();
  await turn.says(`\tlost ${idA}: ECONNRESET`);
  b.write('bye\n');
  await hears(b, `${idB}> bye\n`);
});

test('sleeps while idle, also after a line was sent', async () => {
  using turn = await alone();
  const [a, id] = await join(turn);
  await using _a = a;
  a.write('hi\n');
  await turn.says(`\tsent hi to ${id}`);
  await turn.server.sleepsFor(1000);
});

test('prints everything, however slowly it is read', async () => {
  using turn = await alone();
  const [a, id] = await join(turn);
  await using _a = a;
  turn.server.process.stdout?.pause();
  const line = 'x'.repeat(100);
  a.write(`${line}\n`.repeat(5000));
  await turn.server.usedIn(100); // the pipe is full, and it waits
  turn.server.process.stdout?.resume();
  await turn.server.news.until(() => turn.lines.length >= 10_001, 'all lines');
  expect(turn.lines.filter((text) => text === `\tgot ${line} on ${id}`)).toHaveLength(5000);
  expect(turn.lines.filter((text) => text === `\tsent ${line} to ${id}`)).toHaveLength(5000);
});

test('members that leave leave no fd open', async () => {
  await using server = await serve('chat-bob', { args: ['--quiet'] });
  const before = server.openFds.length;
  for (let i = 0; i < 100; i++) {
    await using peer = (await connectTo(server)).read();
    peer.socket.end(`${i}`);
    expect(String(await peer.ends())).toMatch(new RegExp(`^\\d+\\(.{10}\\): ${i}\n$`));
  }
  await until(() => server.openFds.length === before, `${before} fds again`);
  expect(server.lines).toEqual([]);
});
