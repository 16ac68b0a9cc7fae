/** connect() with host names: lookups do not block the loop, and all addresses are tried. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createServer, type Socket, socket } from 'fdselect/socket';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SELECTORS } from '../support/loops.ts';
import { buildNames, withNames } from '../support/names.ts';
import { closing } from '../support/sandbox.ts';
import { Child } from '../support/server.ts';

const CHILD = fileURLToPath(new URL('names-child.mjs', import.meta.url));

let names: ReturnType<typeof buildNames>;
beforeAll(() => {
  names = buildNames();
});
afterAll(() => names.remove());

/** A listener with a full queue: a connect to it lasts. */
function fill(address: [string, number]): Socket {
  const server = closing(createServer(address, { backlog: 0 }));
  for (let i = 0; i < 3; i++) {
    const filler = closing(socket());
    filler.setblocking(false);
    filler.connectEx(address);
  }
  return server;
}

describe.each(SELECTORS)('%s', (selector) => {
  test.each(['run', 'runAsync'])('%s', async (run) => {
    const server = closing(createServer(['127.0.0.1', 0]));
    const [, port] = server.getsockname() as [string, number];
    fill(['127.0.0.2', port]);
    const env = withNames(
      names.library,
      'slow.test 500 127.0.0.1;race.test 0 127.0.0.2 127.0.0.1;closed.test 0 127.0.0.3 127.0.0.4',
    );
    await using child = new Child(
      spawn(process.execPath, [CHILD, selector, run, `${port}`], { env }),
    );
    const { stdout, stderr, code } = await child.finished();
    expect([stderr, code]).toEqual(['', 0]);
    const results = JSON.parse(stdout);
    // The loop went on while the name was looked up, and nothing else waited for it.
    expect(results['slow.test'].peer).toBe('127.0.0.1');
    expect(results['slow.test'].seconds).toBeGreaterThanOrEqual(0.5);
    expect(results['slow.test'].ticks).toBeGreaterThan(5); // of 50, unless the machine is busy
    expect(results['closed.test'].seconds).toBeLessThan(results['slow.test'].seconds);
    // RFC 8305: the second address 250 ms after the first, which has not answered.
    expect(results['race.test'].peer).toBe('127.0.0.1');
    expect(results['race.test'].seconds).toBeGreaterThanOrEqual(0.25);
    expect(results['closed.test']).toMatchObject({
      code: 'ECONNREFUSED',
      syscall: 'connect',
      errors: ['127.0.0.3 ECONNREFUSED', '127.0.0.4 ECONNREFUSED'],
    });
    expect(results['unknown.invalid'].syscall).toBe('getaddrinfo');
  });
});
