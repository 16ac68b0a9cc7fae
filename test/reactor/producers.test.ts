/** Producers: streaming ones are paused and resumed, the others are asked. */
import { Factory, type Producer, Protocol } from 'fdselect/reactor';
import type { Socket } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import {
  clientOf,
  openReactor,
  runReactor,
  SOME_LOOPS,
  stopWhen,
  when,
} from '../support/reactors.ts';
import { reset } from '../support/sandbox.ts';
import { thrown, typeError } from '../support/thrown.ts';

/** As `tryRecvInto`; a reset is an end, too. */
function receive(client: Socket, buffer: Buffer): number | null {
  try {
    return client.tryRecvInto(buffer);
  } catch {
    return 0;
  }
}

describe.each(SOME_LOOPS)('$name', (mode) => {
  /**
   * A reactor with one connection, whose protocol is given to `begin`, and a client that reads what
   * it gets while `reads` is true.
   */
  function opened(begin: (protocol: Protocol) => void, onError?: (error: unknown) => void) {
    const reactor = openReactor(mode, onError === undefined ? {} : { onError });
    const log: string[] = [];
    class Consumer extends Protocol {
      override connectionMade() {
        begin(this);
      }
      override connectionLost() {
        log.push('lost');
      }
    }
    const client = clientOf(reactor, Factory.forProtocol(Consumer));
    const buffer = Buffer.alloc(65536);
    const state = { received: 0, hasEnded: false, reads: true };
    reactor.loop.callEvery(0.001, () => {
      for (let left = 100; state.reads && !state.hasEnded && left > 0; left--) {
        const size = receive(client, buffer);
        if (size === null) break;
        state.received += size;
        state.hasEnded = size === 0;
        if (state.hasEnded) client.close();
      }
    });
    return { reactor, client, log, state };
  }

  test('a streaming producer is paused while too much waits, and resumed when nothing does', async () => {
    const events: string[] = [];
    let written = 0;
    let isPaused = false;
    let most = 0;
    const { reactor, state } = opened(({ transport }) => {
      const producer = {
        write() {
          while (!isPaused && written < 20_000_000) {
            transport.write(Buffer.alloc(10_000));
            written += 10_000;
          }
          if (written < 20_000_000) return;
          transport.unregisterProducer();
          transport.loseConnection();
        },
        pauseProducing() {
          isPaused = true;
          events.push('pause');
          most = Math.max(most, written - state.received);
        },
        resumeProducing() {
          isPaused = false;
          events.push('resume');
          this.write();
        },
        stopProducing() {
          events.push('stop');
        },
      };
      transport.registerProducer(producer, true);
      producer.write();
    });
    stopWhen(reactor, () => state.hasEnded);
    await runReactor(mode, reactor);
    expect(state.received).toBe(20_000_000);
    expect(events.length).toBeGreaterThan(2);
    // Never twice the same, and no stop: it was unregistered.
    for (const [i, event] of events.entries()) expect(event).toBe(i % 2 === 0 ? 'pause' : 'resume');
    // What is on its way is in the kernel's buffers, but for some 64 KiB.
    expect(most).toBeLessThan(16_000_000);
  });

  test('a pull producer is asked once each time when nothing waits, and never from within write', async () => {
    let asked = 0;
    let depth = 0;
    let deepest = 0;
    const { reactor, state } = opened(({ transport }) => {
      const producer = {
        resumeProducing() {
          depth++;
          deepest = Math.max(deepest, depth);
          if (++asked <= 300) {
            transport.write(Buffer.alloc(asked % 3 === 0 ? 300_000 : 10));
          } else {
            transport.unregisterProducer();
            transport.loseConnection();
          }
          depth--;
        },
        stopProducing: () => expect.fail('it has stopped itself'),
      };
      transport.registerProducer(producer, false);
      expect(asked).toBe(1); // at once
    });
    stopWhen(reactor, () => state.hasEnded);
    await runReactor(mode, reactor);
    expect(asked).toBe(301);
    expect(deepest).toBe(1);
    expect(state.received).toBe(100 * 300_000 + 200 * 10);
  });

  test('a pull producer that writes nothing is not asked again', async () => {
    let asked = 0;
    const { reactor } = opened(({ transport }) => {
      transport.registerProducer({ resumeProducing: () => asked++ }, false);
      reactor.callLater(0.05, () => reactor.stop());
    });
    await runReactor(mode, reactor);
    expect(asked).toBe(1);
  });

  test('a pull producer does not starve other connections', async () => {
    let asked = 0;
    const { reactor } = opened(({ transport }) => {
      const producer = {
        resumeProducing() {
          asked++;
          transport.write(Buffer.of(1));
        },
      };
      transport.registerProducer(producer, false);
    });
    stopWhen(reactor, () => asked > 2); // by timers, which get their turns
    await runReactor(mode, reactor);
    expect(asked).toBeGreaterThan(2);
  });

  test.each([true, false])(
    'loseConnection waits for the producer (streaming: %s)',
    async (isStreaming) => {
      const { reactor, state } = opened(({ transport }) => {
        transport.registerProducer({ resumeProducing() {}, pauseProducing() {} }, isStreaming);
        transport.write(Buffer.from('one'));
        transport.loseConnection();
        reactor.callLater(0.05, () => {
          expect(state).toMatchObject({ received: 3, hasEnded: false });
          transport.write(Buffer.from('two'));
          transport.unregisterProducer();
          transport.write(Buffer.from('late'));
        });
      });
      stopWhen(reactor, () => state.hasEnded);
      await runReactor(mode, reactor);
      expect(state.received).toBe(6);
    },
  );

  test('loseWriteConnection waits for the producer too', async () => {
    const { reactor, state, log } = opened(({ transport }) => {
      transport.registerProducer({ resumeProducing() {} }, false);
      transport.loseWriteConnection();
      reactor.callLater(0.02, () => {
        transport.write(Buffer.from('last'));
        transport.unregisterProducer();
      });
    });
    stopWhen(reactor, () => log.length > 0);
    await runReactor(mode, reactor);
    expect(state).toMatchObject({ received: 4, hasEnded: true });
  });

  test.each(['reset', 'abortConnection', 'stop'])(
    'stopProducing when it is over: %s',
    async (how) => {
      const events: string[] = [];
      const { reactor, client, state, log } = opened(({ transport }) => {
        const producer = {
          resumeProducing: () => events.push('resume'),
          pauseProducing: () => events.push('pause'),
          stopProducing: () => events.push(`stop ${log.length}`),
        };
        transport.registerProducer(producer, true);
        transport.write(Buffer.alloc(8_000_000));
        reactor.callLater(0.02, () => {
          if (how === 'reset') reset(client);
          else if (how === 'stop') reactor.stop();
          else transport.abortConnection();
        });
      });
      state.reads = how === 'stop';
      state.hasEnded = how === 'reset';
      if (how !== 'stop') stopWhen(reactor, () => log.length > 0);
      await runReactor(mode, reactor);
      expect(events.filter((event) => event !== 'resume')).toEqual(['pause', 'stop 0']);
      expect(log).toEqual(['lost']);
    },
  );

  test('a producer that is registered after the end is stopped at once', async () => {
    const events: string[] = [];
    const { reactor, log } = opened(({ transport }) => {
      transport.abortConnection();
      const isOver = () => log.length > 0;
      when(reactor, isOver, () => {
        transport.registerProducer(
          { resumeProducing() {}, stopProducing: () => events.push('stop') },
          false,
        );
        transport.unregisterProducer();
        reactor.stop();
      });
    });
    await runReactor(mode, reactor);
    expect([events, log]).toEqual([['stop'], ['lost']]);
  });

  test('a producer that throws ends its connection', async () => {
    const errors: unknown[] = [];
    let asked = 0;
    const { reactor, state } = opened(
      ({ transport }) => {
        const producer = {
          resumeProducing() {
            if (++asked === 3) throw new Error('oops');
            transport.write(Buffer.from('x'));
          },
        };
        transport.registerProducer(producer, false);
      },
      (error) => errors.push(error),
    );
    stopWhen(reactor, () => state.hasEnded);
    await runReactor(mode, reactor);
    expect(errors).toEqual([new Error('oops')]);
    expect(state.received).toBe(2);
  });

  test('a second producer, and a value that is not a producer, are refused', async () => {
    const errors: unknown[] = [];
    const { reactor } = opened(({ transport }) => {
      const register = (producer: unknown, streaming: unknown) =>
        errors.push(
          thrown(() => transport.registerProducer(producer as Producer, streaming as boolean)),
        );
      register({}, false);
      register(null, false);
      register({ resumeProducing() {} }, true);
      register({ resumeProducing() {} }, 1);
      transport.registerProducer({ resumeProducing() {} }, false);
      register({ resumeProducing() {} }, false);
      transport.unregisterProducer();
      transport.registerProducer({ resumeProducing() {} }, false);
      transport.abortConnection();
      reactor.stop();
    });
    await runReactor(mode, reactor);
    expect(errors.slice(0, 4)).toEqual(Array(4).fill(typeError));
    expect(errors.slice(4)).toEqual([expect.objectContaining({ code: 'ERR_ALREADY_REGISTERED' })]);
  });
});
