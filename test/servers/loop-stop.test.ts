/** The programs on the loop end within 2 s at SIGTERM, whatever is connecting. */

import { connect, type Socket as NodeSocket } from 'node:net';
import { createConnection, type Socket } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { SELECTORS } from '../support/loops.ts';
import { closing } from '../support/sandbox.ts';
import { serve } from '../support/server.ts';
import { Target } from '../support/target.ts';

const PROGRAMS = ['echo-reactor', 'chat-reactor', 'forward', 'time-broadcast', 'time-relay'];

/** Blocks for the kernel's part of many handshakes. */
function crowd(port: number, count: number): Socket[] {
  return Array.from({ length: count }, () => closing(createConnection(['127.0.0.1', port])));
}

describe.each(SELECTORS)('%s', (selector) => {
  test.each(PROGRAMS)('%s: 100 clients wait to be accepted', async (program) => {
    await using target = await Target.open();
    const arg = program === 'forward' ? `--target 127.0.0.1:${target.port}` : '';
    const publish = program === 'time-relay' ? '--publish-port 0' : '';
    const name = `${program} --selector ${selector} ${arg}${publish}`.trim();
    await using server = await serve(name, { args: ['--quiet'] });
    server.process.kill('SIGSTOP');
    crowd(server.port, 100);
    server.process.kill('SIGTERM');
    server.process.kill('SIGCONT');
    const start = performance.now();
    expect(await server.finished()).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(performance.now() - start).toBeLessThan(4000);
  });

  test.each(PROGRAMS)('%s: clients come and go all the time', async (program) => {
    await using target = await Target.open();
    const arg = program === 'forward' ? `--target 127.0.0.1:${target.port}` : '';
    const publish = program === 'time-relay' ? '--publish-port 0' : '';
    const name = `${program} --selector ${selector} ${arg}${publish}`.trim();
    await using server = await serve(name, { args: ['--quiet'] });
    let isChurning = true;
    const clients = new Set<NodeSocket>();
    const come = () => {
      if (!isChurning) return;
      const client = connect(server.port, '127.0.0.1', () => {
        client.write('x\n');
        setTimeout(() => (Math.random() < 0.5 ? client.destroy() : client.resetAndDestroy()), 5);
      });
      clients.add(client);
      client.on('error', () => {});
      client.on('close', () => {
        clients.delete(client);
        setImmediate(come);
      });
      client.resume();
    };
    for (let i = 0; i < 20; i++) come();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const start = performance.now();
    const finished = await server.stop();
    isChurning = false;
    for (const client of clients) client.destroy();
    expect(finished).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(performance.now() - start).toBeLessThan(4000);
  });
});
