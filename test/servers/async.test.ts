/** echo-async does not block the rest of its process. */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { connectTo } from '../support/peer.js';
import { Child, until } from '../support/server.js';

const CHILD = fileURLToPath(new URL('async-child.mjs', import.meta.url));

/** See async-child.mjs. */
interface Report {
  time: number;
  blocked: number;
  ticks: number;
}

class EchoWithTimer extends Child {
  port = 0;

  static async start(): Promise<EchoWithTimer> {
    const server = new EchoWithTimer(
      spawn(process.execPath, [CHILD], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }),
    );
    const announcement = /^listening on .+:(\d+)\n/;
    await until(() => announcement.test(server.stdout), 'it listens');
    server.port = Number(announcement.exec(server.stdout)?.[1]);
    return server;
  }

  begin(): void {
    this.process.send('begin');
  }

  async report(): Promise<Report> {
    this.process.send('report');
    return ((await once(this.process, 'message')) as [Report])[0];
  }
}

/** A client that gets back what it sends. */
async function echoes(server: EchoWithTimer, data: Uint8Array): Promise<void> {
  await using peer = (await connectTo(server)).read();
  peer.write(data);
  const echo = await peer.gets(data.length);
  expect(echo.equals(data)).toBe(true);
  peer.socket.end();
  await peer.ends();
}

/** Several MB each way on three connections, while fifty others come and go. */
async function load(server: EchoWithTimer): Promise<void> {
  const much = randomBytes(4_000_000);
  const big = [1, 2, 3].map(() => echoes(server, much));
  for (let i = 0; i < 50; i++) await echoes(server, randomBytes(100));
  await Promise.all(big);
}

test('under load a timer of 1 ms is hardly ever late by 20 ms', async () => {
  await using server = await EchoWithTimer.start();
  await load(server); // its code is compiled by then
  server.begin();
  for (let i = 0; i < 3; i++) await load(server);
  const { time, blocked, ticks } = await server.report();
  expect(ticks).toBeGreaterThan(30);
  // A few times something else may hold it up. A server that blocks does so most of the time.
  expect(blocked / time).toBeLessThan(0.3);
  server.process.kill('SIGTERM');
  expect(await server.finished()).toMatchObject({ code: 0, signal: null, stderr: '' });
});
