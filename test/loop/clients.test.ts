/** Slow and broken clients of a server on the loop do not affect the others. */
import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { SOME_LOOPS } from '../support/loops.ts';
import { connectTo } from '../support/peer.ts';
import { scriptFile } from '../support/script.ts';
import { Server, until } from '../support/server.ts';

/** An echo server in another process; its handlers throw for clients that request it. */
async function serveEcho(selector: string, isAsync: boolean): Promise<Server> {
  const script = scriptFile(`
    import { EventLoop, listen } from 'fdselect/loop';
    import { writeSync } from 'node:fs';
    const loop = new EventLoop({ selector: '${selector}', onError: (error) => {
      if (error.message !== 'as it was told to') throw error;
    } });
    const listener = listen(loop, ['127.0.0.1', 0], (connection) => {
      let isBad = false;
      const check = () => { if (isBad) throw new Error('as it was told to'); };
      return {
        data(bytes) {
          connection.write(bytes);
          isBad ||= String(bytes.subarray(0, 5)) === 'throw';
          check();
        },
        eof: check,
        drain: check,
        lost: check,
      };
    });
    writeSync(1, 'listening on 127.0.0.1:' + listener.getsockname()[1] + '\\n');
    ${isAsync ? 'await loop.runAsync()' : 'loop.run()'};
  `);
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'] });
  const server = new Server(child);
  await until(() => server.stdout.includes('\n'), `it listens: ${server.stderr}`);
  server.port = Number(/:(\d+)\n/.exec(server.stdout)?.[1]);
  return server;
}

describe.each(SOME_LOOPS)('$name', ({ selector, isAsync }) => {
  test('broken clients do not affect another client, and then the loop sleeps', async () => {
    await using server = await serveEcho(selector, isAsync);
    await using witness = (await connectTo(server)).read();
    let echoed = 0;
    /** The witness sends something and gets it back. */
    const echoes = async () => {
      echoed += 5;
      witness.write('hello');
      await witness.gets(echoed);
      expect(witness.text.slice(-5)).toBe('hello');
    };
    await echoes();
    const fds = server.openFds.length;
    const { rss } = server;

    // Clients that send much and read nothing.
    const greedy = await Promise.all([1, 2, 3, 4].map(() => connectTo(server)));
    const much = Buffer.alloc(32 * 1024 * 1024);
    for (const client of greedy) client.write(much);
    await echoes();
    // One byte at a time.
    await using slow = (await connectTo(server)).read();
    for (const [i, byte] of [...Buffer.from('one byte at a time')].entries()) {
      slow.write(Buffer.of(byte));
      await slow.gets(i + 1);
    }
    await echoes();
    // Clients whose handlers in the server throw.
    for (const end of ['end', 'reset']) {
      await using bad = await connectTo(server);
      bad.write('throw');
      if (end === 'end') {
        bad.write(Buffer.alloc(8 * 1024 * 1024));
        bad.read().socket.end();
        await bad.ends();
        expect(bad.size).toBe(8 * 1024 * 1024 + 5);
      } else {
        bad.read();
        await bad.gets(5);
        await bad.reset();
      }
      await echoes();
    }
    // RST at once, after a byte, after the echo, with much on its way, after its end.
    for (let i = 0; i < 50; i++) {
      const rude = await connectTo(server);
      if (i % 5 === 1) rude.write('x');
      if (i % 5 === 2) {
        rude.write('x');
        await rude.read().gets(1);
      }
      if (i % 5 === 3) rude.write(much.subarray(0, 3_000_000));
      if (i % 5 === 4) rude.socket.end('x'); // closed with the echo unread, which is a reset too
      if (i % 5 === 4) await rude[Symbol.asyncDispose]();
      else await rude.reset();
    }
    await echoes();
    // 500 that connect and leave.
    for (let i = 0; i < 500; i += 20) {
      const leaving = await Promise.all(Array.from({ length: 20 }, () => connectTo(server)));
      await Promise.all(leaving.map((client) => client[Symbol.asyncDispose]()));
    }
    await echoes();

    // The clients that read nothing have sent 128 MiB: the server keeps at most 128 KiB for each.
    expect(server.rss - rss).toBeLessThan(60);
    await until(() => server.openFds.length === fds + greedy.length + 1, 'all others are gone');
    const { ticks, wakeUps } = await server.usedIn(500);
    // The kernel may still find some room for clients that read nothing, but the server does not spin.
    expect(ticks).toBeLessThanOrEqual(5); // of 50
    expect(wakeUps).toBeLessThan(20);
    await Promise.all(greedy.map((client) => client.reset()));
    await slow[Symbol.asyncDispose]();
    await until(() => server.openFds.length === fds, `${fds} fds again`);
    await echoes();
    expect(server.stderr).toBe('');
  });
});
