/** Callbacks run in the AsyncLocalStorage context of the call that registered them. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Component, Scheduler } from 'fdselect/components';
import { type Connection, connect, listen } from 'fdselect/loop';
import { ClientFactory, Factory, Protocol, Reactor } from 'fdselect/reactor';
import { socketpair } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { LOOPS } from '../support/loops.ts';
import { closing } from '../support/sandbox.ts';

const store = new AsyncLocalStorage<string>();
const here = () => store.getStore() ?? 'none';

describe.each(LOOPS)('$name', ({ open, run, selector, isAsync }) => {
  test('watches, timers, calls and signal handlers', async () => {
    const loop = open();
    const seen: string[] = [];
    const note = (what: string) => seen.push(`${what}: ${here()}`);
    const [a, b] = socketpair().map(closing);
    b?.send(Buffer.from('x'));
    store.run('watch', () => {
      const watch = loop.watch(a as never, 'r', () => {
        note('watch');
        watch.cancel();
      });
    });
    store.run('soon', () => loop.callSoon(() => note('soon')));
    store.run('later', () => loop.callLater(0.01, () => note('later')));
    store.run('every', () => {
      const every = loop.callEvery(0.02, () => {
        note('every');
        every.cancel();
      });
    });
    const undo = store.run('prepare', () =>
      loop.onPrepare(() => {
        note('prepare');
        undo();
      }),
    );
    store.run('signal', () => {
      loop.addSignalHandler('SIGUSR2', () => {
        note('signal');
        loop.stop();
      });
    });
    loop.callLater(0.03, () => {
      note('outside');
      process.kill(process.pid, 'SIGUSR2');
    });
    const release = loop.hold();
    await store.run('run', () => run(loop));
    release();
    loop.removeSignalHandler('SIGUSR2');
    expect(seen.sort()).toEqual([
      'every: every',
      'later: later',
      'outside: none',
      'prepare: prepare',
      'signal: signal',
      'soon: soon',
      'watch: watch',
    ]);
  });

  test('the handlers of both ends of a connection', async () => {
    const loop = open();
    const seen = new Set<string>();
    const handlers = (who: string, connection: Connection) => ({
      data: (bytes: Buffer) => {
        seen.add(`${who} data: ${here()}`);
        if (who === 'server') connection.write(bytes);
        else connection.end();
      },
      eof: () => seen.add(`${who} eof: ${here()}`),
      lost: () => {
        seen.add(`${who} lost: ${here()}`);
        listener.close();
      },
    });
    const listener = store.run('listen', () =>
      listen(loop, ['127.0.0.1', 0], (connection) => {
        seen.add(`onConnection: ${here()}`);
        return handlers('server', connection);
      }),
    );
    store.run('connect', () =>
      connect(loop, listener.getsockname(), {
        onConnection: (connection) => {
          connection.write(Buffer.from('x'));
          return handlers('client', connection);
        },
        onFailed: (error) => expect.fail(String(error)),
      }),
    );
    await store.run('run', () => run(loop));
    expect([...seen].sort()).toEqual([
      'client data: connect',
      'client eof: connect',
      'client lost: connect',
      'onConnection: listen',
      'server data: listen',
      'server eof: listen',
      'server lost: listen',
    ]);
  });

  test('a value that enterWith sets in one callback is not visible in the next', async () => {
    const loop = open();
    const seen: string[] = [];
    for (let i = 0; i < 3; i++) {
      loop.callSoon(() => {
        seen.push(here());
        store.enterWith(`left by ${i}`);
      });
    }
    await run(loop);
    expect(seen).toEqual(['none', 'none', 'none']);
  });

  test('a failed connect, also one that is cancelled in another context', async () => {
    const loop = open();
    let seen = '';
    const connector = store.run('connect', () =>
      connect(loop, ['192.0.2.1', 9], {
        onConnection: () => expect.fail('connected'),
        onFailed: () => {
          seen = here();
        },
      }),
    );
    store.run('cancel', () => connector.cancel());
    await run(loop);
    expect(seen).toBe('connect');
  });

  test('the reactor: protocols, calls and triggers', async () => {
    const reactor = closing(new Reactor({ selector }));
    const seen = new Set<string>();
    class Server extends Protocol {
      override connectionMade() {
        seen.add(`made: ${here()}`);
        this.transport.write(Buffer.from('x'));
      }
      override connectionLost() {
        seen.add(`lost: ${here()}`);
      }
    }
    class Client extends Protocol {
      override dataReceived() {
        seen.add(`data: ${here()}`);
        reactor.stop();
      }
    }
    const port = store.run('listen', () => reactor.listenTCP(0, Factory.forProtocol(Server)));
    const { port: number } = port.getHost();
    const client = ClientFactory.forProtocol(Client);
    store.run('connect', () => reactor.connectTCP('127.0.0.1', number, client));
    store.run('call', () => reactor.callLater(0, () => seen.add(`call: ${here()}`)));
    store.run('trigger', () => {
      reactor.callWhenRunning(() => seen.add(`trigger: ${here()}`));
    });
    await store.run('run', () => run(reactor));
    expect([...seen].sort()).toEqual([
      'call: call',
      'data: connect',
      'lost: listen',
      'made: listen',
      'trigger: trigger',
    ]);
  });

  test('components: that of activate', async () => {
    const scheduler = closing(new Scheduler({ selector }));
    const seen: string[] = [];
    class Two extends Component {
      override *main() {
        seen.push(here());
        this.pause(0.01);
        yield;
        seen.push(here());
      }
    }
    store.run('first', () => new Two().activate(scheduler));
    store.run('second', () => new Two().activate(scheduler));
    await store.run('run', () => (isAsync ? scheduler.runAsync() : scheduler.run()));
    expect(seen).toEqual(['first', 'second', 'first', 'second']);
  });
});
