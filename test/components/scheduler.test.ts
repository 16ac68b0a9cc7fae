/** Scheduler: its end, stop(), and the report of errors. */
import { readlinkSync } from 'node:fs';
import { Component, defaultScheduler, Scheduler, SimpleServer, sleep } from 'fdselect/components';
import { createConnection } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { Actor, Echo, Sink, Source } from '../support/components.ts';
import { closing } from '../support/sandbox.ts';
import { SCHEDULERS } from '../support/schedulers.ts';
import { scriptFile } from '../support/script.ts';
import { run as runChild } from '../support/server.ts';
import { rangeError, thrown, typeError } from '../support/thrown.ts';

/** How many fds are open, by the type of their files. */
function openFds(kind: RegExp): number {
  return Array.from({ length: 200 }, (_, fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  }).filter((target) => kind.test(target)).length;
}

describe.each(SCHEDULERS)('$name', ({ open, run, isAsync }) => {
  test('with no component it ends at once', async () => {
    await run(open());
  });

  test('it ends when no component is left, and can run again', async () => {
    const scheduler = open();
    for (let i = 0; i < 3; i++) {
      const source = new Source([1, 2, 3]).activate(scheduler);
      await run(scheduler);
      expect(source.hasEnded).toBe(true);
    }
  });

  test("the program's own timers and watches do not keep it running", async () => {
    const scheduler = open();
    let calls = 0;
    scheduler.loop.callEvery(0.005, () => calls++);
    new Actor(function* () {
      yield* sleep(0.03);
    }).activate(scheduler);
    await run(scheduler);
    expect(calls).toBeGreaterThan(0);
  });

  test('it holds fds only while it runs, or listens', async () => {
    const kind = /eventpoll|eventfd|socket|pipe/;
    const before = openFds(kind);
    const scheduler = open();
    new Source([1]).activate(scheduler);
    expect(openFds(kind)).toBe(before);
    await run(scheduler);
    expect(openFds(kind)).toBe(before);
    const server = new SimpleServer({ protocol: Echo, port: 0 }).activate(scheduler);
    expect(openFds(kind)).toBeGreaterThan(before);
    server.stop();
    await run(scheduler);
    expect(openFds(kind)).toBe(before);
  });

  test('stop() ends all components after the round, with their finally blocks', async () => {
    const scheduler = open();
    const log: string[] = [];
    const main = (name: string) =>
      function* () {
        try {
          yield;
          log.push(`${name} in the round`);
          if (name === 'a') {
            scheduler.stop();
            scheduler.stop();
          }
          yield;
          log.push('never');
        } finally {
          log.push(`${name} ends`);
        }
      };
    for (const name of ['a', 'b']) new Actor(main(name)).activate(scheduler);
    await run(scheduler);
    expect(log).toEqual(['a in the round', 'b in the round', 'a ends', 'b ends']);
  });

  test('stop() while it waits', async () => {
    const scheduler = open();
    const sink = new Sink().activate(scheduler);
    scheduler.loop.callLater(0.02, () => scheduler.stop());
    await run(scheduler);
    expect(sink.hasEnded).toBe(true);
  });

  test('stop() and close() of a scheduler that does not run', async () => {
    const scheduler = open();
    const sink = new Sink().activate(scheduler);
    const server = new SimpleServer({ protocol: Echo, port: 0 }).activate(scheduler);
    scheduler.stop();
    scheduler.close();
    expect([sink.hasEnded, server.hasEnded]).toEqual([true, true]);
    expect(thrown(() => createConnection(['127.0.0.1', server.port]))).toMatchObject({
      code: 'ECONNREFUSED',
    });
    await run(scheduler);
  });

  test('a component that is activated while all end, ends too', async () => {
    const scheduler = open();
    const late = new SimpleServer({ protocol: Echo, port: 0 });
    new Actor(function* (self) {
      try {
        self.pause();
        yield;
      } finally {
        late.activate(scheduler);
      }
    }).activate(scheduler);
    scheduler.loop.callLater(0.01, () => scheduler.stop());
    await run(scheduler);
    expect(late.hasEnded).toBe(true);
    expect(late.childComponents).toEqual([]);
  });

  test('an error at the end is reported, and all others still end', async () => {
    const errors: unknown[] = [];
    const scheduler = open({ onError: (error) => errors.push(error) });
    class Bad extends Component {
      *main() {
        try {
          this.pause();
          yield;
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested
          throw new Error('finally');
        }
      }
      protected override ended() {
        throw new Error('ended');
      }
    }
    new Bad().activate(scheduler);
    const sink = new Sink().activate(scheduler);
    scheduler.loop.callLater(0.01, () => scheduler.stop());
    await run(scheduler);
    expect(errors).toEqual([new Error('finally'), new Error('ended')]);
    expect(sink.hasEnded).toBe(true);
  });

  test('an onError that throws does not end the scheduler', async () => {
    const printed: unknown[] = [];
    const { write } = process.stderr;
    process.stderr.write = ((text: string) => printed.push(text) > 0) as typeof write;
    try {
      const scheduler = open({
        onError: () => {
          throw new Error('in onError');
        },
      });
      new Actor(() => {
        throw new Error('first');
      }).activate(scheduler);
      const source = new Source([1, 2]).activate(scheduler);
      await run(scheduler);
      expect(source.hasEnded).toBe(true);
    } finally {
      process.stderr.write = write;
    }
    expect(printed).toEqual([
      expect.stringMatching(/^fdselect: uncaught in onError: Error: in onError\n/),
    ]);
  });

  test("what is thrown in the loop's callbacks is reported without a component", async () => {
    const errors: unknown[] = [];
    const scheduler = open({ onError: (error, component) => errors.push(error, component) });
    scheduler.loop.callLater(0, () => {
      throw new Error('a timer');
    });
    new Actor(function* () {
      yield* sleep(0.01);
    }).activate(scheduler);
    await run(scheduler);
    expect(errors).toEqual([new Error('a timer'), null]);
  });

  test('it does not run within itself', async () => {
    const scheduler = open();
    const errors: unknown[] = [];
    new Actor(function* () {
      errors.push(thrown(() => scheduler.run()));
    }).activate(scheduler);
    await run(scheduler);
    expect(errors).toEqual([expect.objectContaining({ code: 'ERR_LOOP_RUNNING' })]);
  });

  if (isAsync) {
    test('it goes on while a component is left', async () => {
      const scheduler = open();
      const sink = new Sink().activate(scheduler);
      let isOver = false;
      const over = run(scheduler).then(() => {
        isOver = true;
      });
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(isOver).toBe(false);
      sink.stop();
      await over;
    });

    test('aborted: it rejects with the reason; the components stay', async () => {
      const scheduler = open();
      const sink = new Sink().activate(scheduler);
      const controller = new AbortController();
      const running = scheduler.runAsync({ signal: controller.signal });
      const reason = new Error('enough');
      setTimeout(() => controller.abort(reason), 10);
      await expect(running).rejects.toBe(reason);
      expect(sink.hasEnded).toBe(false);
      sink.deliver('still here');
      setTimeout(() => scheduler.stop(), 10);
      await scheduler.runAsync();
      expect(sink.messages).toEqual(['still here']);
    });
  } else {
    test('it ends if all components are paused and nothing can wake them', async () => {
      const scheduler = open();
      const sink = new Sink().activate(scheduler);
      scheduler.run();
      expect(sink.hasEnded).toBe(true);
    });
  }

  test('close() while it runs: connections are reset', async () => {
    const scheduler = open();
    const server = new SimpleServer({ protocol: Echo, port: 0 }).activate(scheduler);
    const peer = closing(createConnection(['127.0.0.1', server.port]));
    peer.sendall(Buffer.from('x'));
    let echoed = '';
    new Actor(function* () {
      peer.setblocking(false);
      const buffer = Buffer.alloc(1);
      while (peer.tryRecvInto(buffer) === null) yield* sleep(0.002);
      echoed = String(buffer);
      scheduler.close();
      yield;
    }).activate(scheduler);
    await run(scheduler);
    peer.setblocking(true);
    expect(echoed).toBe('x');
    expect(thrown(() => peer.recv(1))).toMatchObject({ code: 'ECONNRESET' });
  });
});

test.each([
  [{ selector: 'kqueue' }, rangeError],
  [{ selector: 7 }, typeError],
  [{ onError: 'print' }, typeError],
])('new Scheduler(%j) throws', (options, error) => {
  expect(thrown(() => new Scheduler(options as never))).toEqual(error);
});

test('the default scheduler, run() of a component, and errors on stderr', async () => {
  const script = scriptFile(`
    import { Component, defaultScheduler } from 'fdselect/components';
    class Hello extends Component {
      *main() { for (const word of ['hello', 'world']) { console.log(word); yield; } }
    }
    class Bad extends Component {
      *main() { throw new Error('a bad one'); }
    }
    new Bad().activate();
    new Hello().run();
    await new Hello().runAsync();
    console.log(defaultScheduler() === defaultScheduler());
  `);
  await using child = runChild(process.execPath, [script]);
  const { code, stdout, stderr } = await child.finished();
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'hello\nworld\nhello\nworld\ntrue\n' });
  expect(stderr).toMatch(/^fdselect: uncaught in Bad_1: Error: a bad one\n/);
});

test('the default scheduler is one', () => {
  expect(defaultScheduler()).toBeInstanceOf(Scheduler);
});
