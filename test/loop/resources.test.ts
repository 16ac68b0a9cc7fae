/** hold() and `resources`, which a scheduler uses, and selectors of the program. */
import { EventLoop, listen } from 'fdselect/loop';
import { PollSelector } from 'fdselect/selectors';
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
        lost: () => {
          log.push(loop.resources); // it waits for the peer's end
          peer.close();
        },
      };
    });
    expect(loop.resources).toBe(1);
    const peer = closing(createConnection(listener.getsockname()));
    peer.sendall(Buffer.from('x'));
    await run(loop);
    expect(log).toEqual([2, 1, 1]);
    expect(loop.resources).toBe(0);
  });
});

test("a program's selector whose selectAsync throws at once: runAsync rejects, and may run again", async () => {
  const failure = new Error('from selectAsync');
  class Failing extends PollSelector {
    fails = true;
    override selectAsync(...args: Parameters<PollSelector['selectAsync']>) {
      if (this.fails) throw failure;
      return super.selectAsync(...args);
    }
  }
  using selector = new Failing();
  using loop = new EventLoop({ selector });
  let calls = 0;
  loop.callLater(0.001, () => calls++);
  await expect(loop.runAsync()).rejects.toBe(failure);
  selector.fails = false;
  await loop.runAsync();
  expect(calls).toBe(1);
});
