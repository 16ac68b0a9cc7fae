/** The README's examples of the loop: what is shown there is what is compiled and run here. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectTo } from '../support/peer.ts';
import { run, until } from '../support/server.ts';

const ECHO = `import { type Connection, EventLoop, listen } from 'fdselect/loop';

const loop = new EventLoop(); // { selector: 'select' | 'poll' | 'epoll' }; default: the best one
const echo = (connection: Connection) => ({
  data: (bytes: Buffer) => void connection.write(bytes),
  lost: (error: Error | null) => console.log(\`\${connection.peer} is gone: \${error?.message ?? 'it has ended'}\`),
});
listen(loop, ['127.0.0.1', 8881], echo);
loop.run();
`;

const TIMERS = `import { EventLoop } from 'fdselect/loop';

const loop = new EventLoop();
const start = loop.time();
const beat = loop.callEvery(0.1, () => console.log((loop.time() - start).toFixed(1))); // 0.1, 0.2, 0.3, …
loop.callLater(0.55, () => beat.cancel());
loop.callSoon((word: string) => console.log(word), 'first');
await loop.runAsync(); // until nothing is left: no watch, timer or call
`;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Inside of the package, so that `import "fdselect/loop"` finds it. */
const FOLDER = join(ROOT, 'build', `loop-examples-${process.pid}`);

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  // The test's own port, which it prints first.
  const echo = ECHO.replace('listen(loop,', 'const listener = listen(loop,')
    .replace('8881', '0')
    .replace('loop.run()', 'console.log(listener.getsockname()[1]); loop.run()');
  const files = Object.entries({ echo, timers: TIMERS }).map(([name, source]) => {
    const path = join(FOLDER, `${name}.ts`);
    writeFileSync(path, source);
    return path;
  });
  const options =
    '--ignoreConfig --strict --target es2023 --module nodenext --moduleDetection force --types node';
  const command = [...options.split(' '), ...files];
  await using tsc = run(join(ROOT, 'node_modules/.bin/tsc'), command);
  expect(await tsc.finished()).toMatchObject({ code: 0, stdout: '' });
});

afterAll(() => rmSync(FOLDER, { recursive: true }));

test('an echo server', async () => {
  await using server = run(process.execPath, [join(FOLDER, 'echo.js')]);
  await until(() => server.stdout.includes('\n'), `it listens: ${server.stderr}`);
  const port = Number(server.stdout.trim());
  await using first = (await connectTo({ port })).read();
  first.socket.end('hello');
  expect(String(await first.ends())).toBe('hello');
  await using second = (await connectTo({ port })).read();
  second.write('x');
  await second.gets(1);
  await second.reset();
  await until(() => server.stdout.split('\n').length > 3, 'both are gone');
  const peer = (client: typeof first) => `127.0.0.1,${/, (\d+)\)/.exec(client.name)?.[1]}`;
  expect(server.stdout).toBe(
    `${port}\n${peer(first)} is gone: it has ended\n` +
      `${peer(second)} is gone: ECONNRESET: connection reset by peer, recv\n`,
  );
});

test('timers', async () => {
  await using child = run(process.execPath, [join(FOLDER, 'timers.js')]);
  const { code, stdout, stderr } = await child.finished();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trim().split('\n');
  expect(lines[0]).toBe('first');
  // On a busy machine some are left out, and the last ones come late.
  const times = lines.slice(1).map(Number);
  expect(times.length).toBeGreaterThan(0);
  expect(times.length).toBeLessThanOrEqual(5);
  expect(times).toEqual([...times].sort());
  expect(times[0]).toBeGreaterThanOrEqual(0.1);
});

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

test.skipIf(!readme.includes('`fdselect/loop`: '))(
  'what the README shows is what is run here [skipped where it does not show the loop yet]',
  () => {
    for (const example of [ECHO, TIMERS]) expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
  },
);
