/** The programs on the loop end about 2 s after SIGTERM, whatever is connecting. */

import { connect, type Socket as NodeSocket } from 'node:net';
import { createConnection, type Socket } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { PROGRAM_SELECTORS } from '../support/amount.ts';
import { serve, until } from '../support/server.ts';
import { Target } from '../support/target.ts';

const PROGRAMS = ['echo-reactor', 'chat-reactor', 'forward', 'time-broadcast', 'time-relay'];

/** Clients that do not close: without a limit the program would never end. */
const LIMIT_MS = 10_000;

/** Clients that neither send nor end. */
class Crowd implements Disposable {
  readonly #clients: Socket[];

  /** Blocks for the kernel's part of many handshakes. */
  constructor(port: number, count: number) {
    this.#clients = Array.from({ length: count }, () => createConnection(['127.0.0.1', port]));
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client.close();
  }
}

describe.each(PROGRAM_SELECTORS)('%s', (selector) => {
  test.each(PROGRAMS)('%s: 100 clients wait to be accepted', async (program) => {
    await using target = await Target.open();
    const arg = program === 'forward' ? `--target 127.0.0.1:${target.port}` : '';
    const publish = program === 'time-relay' ? '--publish-port 0' : '';
    const name = `${program} --selector ${selector} ${arg}${publish}`.trim();
    await using server = await serve(name, { args: ['--quiet'] });
    await server.freeze();
    using _crowd = new Crowd(server.port, 100);
    server.process.kill('SIGTERM');
    server.thaw();
    const start = performance.now();
    expect(await server.finished()).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(performance.now() - start).toBeLessThan(LIMIT_MS);
  });

  test.each(PROGRAMS)('%s: clients come and go all the time', async (program) => {
    await using target = await Target.open();
    const arg = program === 'forward' ? `--target 127.0.0.1:${target.port}` : '';
    const publish = program === 'time-relay' ? '--publish-port 0' : '';
    const name = `${program} --selector ${selector} ${arg}${publish}`.trim();
    await using server = await serve(name, { args: ['--quiet'] });
    let isChurning = true;
    const clients = new Set<NodeSocket>();
    let gone = 0;
    const come = () => {
      if (!isChurning) return;
      const client = connect(server.port, '127.0.0.1', () => {
        client.write('x\n');
        setTimeout(() => (Math.random() < 0.5 ? client.destroy() : client.resetAndDestroy()), 5);
      });
      clients.add(client);
      let isRefused = false; // it listens no more
      client.on('error', ({ code }: NodeJS.ErrnoException) => {
        isRefused = code === 'ECONNREFUSED';
      });
      client.on('close', () => {
        clients.delete(client);
        gone++;
        if (!isRefused) setImmediate(come);
      });
      client.resume();
    };
    for (let i = 0; i < 20; i++) come();
    await until(() => gone > 100, 'they come and go');
    const start = performance.now();
    const finished = await server.stop();
    isChurning = false;
    for (const client of clients) client.destroy();
    expect(finished).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(performance.now() - start).toBeLessThan(LIMIT_MS);
  });
});
