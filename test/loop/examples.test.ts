/** The documentation's examples of the loop, compiled and run as they are shown. */
import { expect, test } from 'vitest';
import { compiler, documentExample, runExample } from '../support/documents.ts';
import { connectTo } from '../support/peer.ts';
import { until } from '../support/server.ts';

const ECHO = documentExample('const echo = (connection: Connection)');
const TIMERS = documentExample('loop.callEvery(');
const compiled = compiler([ECHO, TIMERS]);

test('an echo server', async () => {
  // On a free port, which it prints first.
  const source = (await compiled(ECHO))
    .replace('listen(loop,', 'const listener = listen(loop,')
    .replace('8881', '0')
    .replace('loop.run()', 'console.log(listener.getsockname()[1]); loop.run()');
  await using server = runExample(source, {});
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
  await using child = runExample(await compiled(TIMERS), {});
  const { code, stdout, stderr } = await child.finished();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trim().split('\n');
  expect(lines.filter((line) => line === 'first')).toHaveLength(1);
  // On a busy machine some are left out, the last ones come late, and the first one may be due before
  // the loop runs: timers come before the calls of a turn.
  const times = lines.filter((line) => line !== 'first').map(Number);
  expect(times.length).toBeGreaterThan(0);
  expect(times.length).toBeLessThanOrEqual(5);
  expect(times).toEqual([...times].sort());
  expect(times[0]).toBeGreaterThanOrEqual(0.1);
});
