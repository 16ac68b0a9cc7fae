/** What a scheduler asks of the loop: to be kept running, and whether all connections are closed. */
import { listen } from 'fdselect/loop';
import { createConnection } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { LOOPS } from '../support/loops.ts';
import { closing } from '../support/sandbox.ts';

describe.each(LOOPS)('$name', ({ open, run, runUntil }) => {
  test('hold keeps it running until it is undone', async () => {
    const loop = open();
    const log: string[] = [];
    const [one, two] = [loop.hold(), loop.hold()];
    await runUntil(loop, () => true); // stop() ends it anyway
    one();
    one();
    loop.callLater(0.01, () => {
      log.push('undone');
      two();
    });
    await run(loop);
    expect(log).toEqual(['undone']);
  });

  test('resources: listeners and connections, until they are closed', async () => {
    const loop = open();
    const log: number[] = [];
    const listener = listen(loop, ['127.0.0.1', 0], (connection) => {
      log.push(loop.resources);
      listener.close();
      log.push(loop.resources);
      return {
        data: () => connection.close(),
        lost: () => log.push(loop.resources), // it waits for the peer's end
      };
    });
    expect(loop.resources).toBe(1);
    const peer = closing(createConnection(listener.getsockname()));
    peer.sendall(Buffer.from('x'));
    loop.callLater(0.05, () => peer.close());
    await run(loop);
    expect(log).toEqual([2, 1, 1]);
    expect(loop.resources).toBe(0);
  });
});
