/** minimal: letters a to z in upper case, several clients at once. */
import { expect, test } from 'vitest';
import { connectTo } from '../support/peer.js';
import { run, serve } from '../support/server.js';

test('upper-cases a to z and leaves every other byte as it is', async () => {
  await using server = await serve('minimal');
  await using peer = (await connectTo(server)).read();
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  peer.write(bytes);
  const expected = Buffer.from(bytes);
  expected.write('ABCDEFGHIJKLMNOPQRSTUVWXYZ', 0x61, 'latin1');
  expect((await peer.gets(256)).equals(expected)).toBe(true);
});

test('serves three clients at once; closing one does not affect the others', async () => {
  await using server = await serve('minimal');
  await using a = (await connectTo(server)).read();
  await using b = (await connectTo(server)).read();
  await using c = (await connectTo(server)).read();
  for (const peer of [a, b, c]) peer.write('hello');
  for (const peer of [a, b, c]) expect(String(await peer.gets(5))).toBe('HELLO');
  await a.reset();
  b.socket.end();
  await b.ends();
  c.write(' again');
  expect(String(await c.gets(11))).toBe('HELLO AGAIN');
});

test('5 MB through nc -N', async () => {
  await using server = await serve('minimal');
  const input = 'aé'.repeat(1_700_000);
  await using nc = run('nc', ['-N', '127.0.0.1', String(server.port)], input);
  const { stdout } = await nc.finished();
  expect(stdout === 'Aé'.repeat(1_700_000)).toBe(true);
});

test('ends at SIGTERM and prints only where it listens', async () => {
  await using server = await serve('minimal');
  await using peer = (await connectTo(server)).read();
  peer.write('x');
  await peer.gets(1);
  const finished = server.stop();
  await peer.ends();
  peer.socket.end();
  expect(await finished).toEqual({
    code: 0,
    signal: null,
    stdout: `listening on 127.0.0.1:${server.port}\n`,
    stderr: '',
  });
});
