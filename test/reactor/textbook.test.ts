/** The textbook's servers, out of the README: checked, compiled, run, and talked with. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectTo } from '../support/peer.js';
import { linesOf, readmeExample } from '../support/readme.ts';
import { type Child, run, until } from '../support/server.js';

const ECHO = readmeExample('extends Protocol');
const CHAT = readmeExample('extends LineOnlyReceiver');

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Inside of the package, so that `import 'fdselect/reactor'` finds it. */
const FOLDER = join(ROOT, 'build', `textbook-${process.pid}`);

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  const files = Object.entries({ echo: ECHO, chat: CHAT }).map(([name, source]) => {
    const path = join(FOLDER, `${name}.ts`);
    writeFileSync(path, source);
    return path;
  });
  const options = '--ignoreConfig --strict --target es2023 --module nodenext --types node'.split(
    ' ',
  );
  await using tsc = run(join(ROOT, 'node_modules/.bin/tsc'), [...options, ...files]);
  expect(await tsc.finished()).toMatchObject({ code: 0, stdout: '' });
});

afterAll(() => rmSync(FOLDER, { recursive: true }));

/** Runs one of them, on a free port, which it prints first. */
async function start(name: string): Promise<[Child, { port: number }]> {
  const path = join(FOLDER, `${name}.js`);
  const source = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    source
      .replace(/reactor\.listenTCP\(\d+/, 'const port = reactor.listenTCP(0')
      .replace('reactor.run()', 'console.log(port.getHost().port); reactor.run()'),
  );
  const child = run(process.execPath, [path]);
  await until(() => child.stdout.includes('\n'), `${name} listens: ${child.stderr}`);
  return [child, { port: Number(child.stdout.trim()) }];
}

test('each has 15 lines at the most', () => {
  for (const example of [ECHO, CHAT]) expect(linesOf(example)).toBeLessThanOrEqual(15);
});

test('echo', async () => {
  const [child, server] = await start('echo');
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
  const [child, server] = await start('chat');
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
