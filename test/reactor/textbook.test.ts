/** The textbook's servers, out of the README: checked, compiled, run, and talked with. */
import { expect, test } from 'vitest';
import { compiler, documentExample, linesOf, runExample } from '../support/documents.ts';
import { connectTo } from '../support/peer.js';
import { type Child, until } from '../support/server.js';

const ECHO = documentExample('extends Protocol');
const CHAT = documentExample('extends LineOnlyReceiver');
const compiled = compiler([ECHO, CHAT]);

/** Runs one of them, on a free port, which it prints first. */
async function start(example: string): Promise<[Child, { port: number }]> {
  const source = (await compiled(example))
    .replace(/reactor\.listenTCP\(\d+/, 'const port = reactor.listenTCP(0')
    .replace('reactor.run()', 'console.log(port.getHost().port); reactor.run()');
  const child = runExample(source, {});
  await until(() => child.stdout.includes('\n'), `it listens: ${child.stderr}`);
  return [child, { port: Number(child.stdout.trim()) }];
}

test('each has 15 lines at the most', () => {
  for (const example of [ECHO, CHAT]) expect(linesOf(example)).toBeLessThanOrEqual(15);
});

test('echo', async () => {
  const [child, server] = await start(ECHO);
  await using _child = child;
  await using peer = (await connectTo(server)).read();
  peer.socket.end('hello');
  expect(String(await peer.ends())).toBe('hello');
  await until(() => child.stdout.includes('Disconnected'), 'it has printed');
  child.process.kill('SIGINT');
  expect(await child.finished()).toEqual({
    code: 0,
    signal: null,
    stderr: '',
    stdout: `${server.port}
Connected from ${peer.name.replace('(', "('INET', ")}
Disconnected: Connection was closed cleanly.
`,
  });
});

test('chat', async () => {
  const [child, server] = await start(CHAT);
  await using _child = child;
  await using a = (await connectTo(server)).read();
  await using b = (await connectTo(server)).read();
  a.write('one\n');
  await a.gets(4);
  b.write('two\nthr');
  await until(() => a.text === 'one\ntwo\n' && b.text.endsWith('two\n'), 'both hear it');
  await a.reset();
  b.write('ee\n');
  await until(() => b.text.endsWith('three\n'), 'it goes on');
  child.process.kill('SIGTERM');
  await b.ends();
  b.socket.end();
  expect(await child.finished()).toMatchObject({ code: 0, stderr: '' });
});
