/** How a reactor begins, ends, and begins again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import {
  ConnectionLost,
  Factory,
  type Failure,
  Protocol,
  Reactor,
  ReactorAlreadyRunning,
  ReactorNotRunning,
} from 'fdselect/reactor';
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
import { connectedTo, openPipe } from '../support/sandbox.ts';
import { scriptFile } from '../support/script.ts';
import { run as runProcess } from '../support/server.js';
import { rangeError, thrown, typeError } from '../support/thrown.ts';

/** A clock at a tenth of the speed: so an end at once differs clearly from an end after the time limit. */
const slowly = () => performance.now() / 10_000;

function openFds(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Ends the clients as soon as the reactor has told its protocols that it stops. */
function leaveAtShutdown(reactor: Reactor, ...clients: Socket[]): void {
  reactor.addSystemEventTrigger('during', 'shutdown', () => {
    for (const client of clients) client.close();
  });
}

describe.each(SOME_LOOPS)('$name', (mode) => {
  test('runs until it is stopped, however little there is to do', async () => {
    const reactor = openReactor(mode);
    // Another process ends the wait, which nothing of the reactor's own would keep going on.
    const [r, w] = openPipe();
    reactor.loop.watch(r, 'r', () => reactor.stop()).unref();
    const start = performance.now();
    const sleeper = spawn('sh', ['-c', 'sleep 0.1; echo'], { stdio: ['ignore', w, 'ignore'] });
    // With runAsync() it may come before the reactor has stopped.
    const closed = once(sleeper, 'close');
    await mode.run(reactor);
    expect(performance.now() - start).toBeGreaterThan(99);
    await closed;
  });

  test('stop: not before it runs, not twice; run: not twice', async () => {
    const reactor = openReactor(mode);
    expect(thrown(() => reactor.stop())).toBeInstanceOf(ReactorNotRunning);
    const errors: unknown[] = [];
    reactor.callFromThread(() => {
      expect(reactor.running).toBe(true);
      errors.push(thrown(() => reactor.run()));
      reactor.runAsync().catch((error: unknown) => errors.push(error));
      reactor.stop();
      expect(reactor.running).toBe(false);
      errors.push(thrown(() => reactor.stop()));
    });
    await runReactor(mode, reactor);
    await new Promise((resolve) => setImmediate(resolve));
    expect(errors).toHaveLength(3);
    expect(errors.filter((error) => error instanceof ReactorAlreadyRunning)).toHaveLength(2);
    expect(errors.filter((error) => error instanceof ReactorNotRunning)).toEqual([
      expect.objectContaining({
        name: 'ReactorNotRunning',
        code: 'ERR_REACTOR_NOT_RUNNING',
        message: "Can't stop reactor that isn't running.",
      }),
    ]);
    expect(reactor.running).toBe(false);
  });

  test('after stop() the other ready events are still delivered', async () => {
    const reactor = openReactor(mode);
    const log: string[] = [];
    class Stops extends Protocol {
      override dataReceived(data: Buffer) {
        log.push(String(data));
        if (reactor.running) reactor.stop();
      }
      override connectionLost(reason: Failure) {
        log.push(reason.getErrorMessage());
      }
    }
    const factory = Factory.forProtocol(Stops);
    const { host, port } = reactor.listenTCP(0, factory).getHost();
    const clients = [connectedTo([host, port]), connectedTo([host, port])];
    // Both are there before the reactor looks.
    const turns = reactor.loop.onPrepare(() => {
      turns();
      for (const client of clients) client.send(Buffer.from('x'));
    });
    leaveAtShutdown(reactor, ...clients);
    await runReactor(mode, reactor);
    const lost = 'Connection to the other side was lost in a non-clean fashion: Connection lost.';
    expect(log).toEqual(['x', 'x', lost, lost]);
  });

  test('stop calls connectionLost of all protocols at once, and sends unsent data before run returns', async () => {
    const reactor = openReactor(mode);
    const log: string[] = [];
    let isStopped = false;
    class Talker extends Protocol {
      override connectionMade() {
        this.transport.write(Buffer.alloc(8_000_000));
        reactor.stop();
      }
      override connectionLost({ value }: Failure) {
        expect(value).toBeInstanceOf(ConnectionLost);
        log.push(`lost ${isStopped}`);
      }
    }
    const client = clientOf(reactor, Factory.forProtocol(Talker));
    const buffer = Buffer.alloc(65536);
    let size = 0;
    let isAtEnd = false;
    when(
      reactor,
      () => {
        let got = client.tryRecvInto(buffer);
        for (; got !== null && got > 0; got = client.tryRecvInto(buffer)) size += got;
        isAtEnd = got === 0;
        return isAtEnd;
      },
      () => {
        log.push('read');
        client.close();
      },
    );
    await runReactor(mode, reactor);
    isStopped = true;
    expect(log).toEqual(['lost false', 'read']);
    expect(size).toBe(8_000_000);
  });

  test('a peer that does not read delays the end by two seconds', async () => {
    const reactor = openReactor(mode);
    class Talker extends Protocol {
      override connectionMade() {
        this.transport.write(Buffer.alloc(8_000_000));
        reactor.stop();
      }
    }
    clientOf(reactor, Factory.forProtocol(Talker));
    const start = performance.now();
    await runReactor(mode, reactor);
    const seconds = (performance.now() - start) / 1000;
    expect(seconds).toBeGreaterThanOrEqual(1.99);
    expect(seconds).toBeLessThan(10);
  });

  test('runs again, with new ports; the old ones are closed', async () => {
    const reactor = openReactor(mode);
    const log: string[] = [];
    class Counted extends Factory {
      override protocol = class extends Protocol {
        override connectionMade() {
          log.push('made');
          this.transport.loseConnection();
        }
      };
      override startFactory() {
        log.push('start');
      }
      override stopFactory() {
        log.push('stop');
      }
    }
    for (let i = 0; i < 3; i++) {
      const client = clientOf(reactor, new Counted());
      const address = client.getpeername();
      stopWhen(reactor, () => client.tryRecvInto(Buffer.alloc(1)) === 0);
      leaveAtShutdown(reactor, client);
      await runReactor(mode, reactor);
      expect(thrown(() => connectedTo(address))).toMatchObject({ code: 'ECONNREFUSED' });
    }
    expect(log).toEqual(Array(3).fill(['start', 'made', 'stop']).flat());
  });

  test('stop right after the last write and loseConnection', async () => {
    const reactor = openReactor(mode);
    class Goodbye extends Protocol {
      override connectionMade() {
        this.transport.write(Buffer.from('goodbye'));
        this.transport.loseConnection();
        reactor.stop();
      }
    }
    const client = clientOf(reactor, Factory.forProtocol(Goodbye));
    client.send(Buffer.from('never read')); // which would make closing a reset
    let text = '';
    reactor.addSystemEventTrigger('during', 'shutdown', () => {
      text += String(client.recv(100));
      client.close();
    });
    await runReactor(mode, reactor);
    expect(text).toBe('goodbye');
  });

  test('triggers, in their order, once', async () => {
    const reactor = openReactor(mode);
    const log: string[] = [];
    for (const phase of ['after', 'during', 'before'] as const) {
      reactor.addSystemEventTrigger(phase, 'shutdown', (text: string) => log.push(text), phase);
      reactor.addSystemEventTrigger(phase, 'startup', () => log.push(`startup ${phase}`));
    }
    const removed = reactor.addSystemEventTrigger('before', 'startup', () => log.push('removed'));
    reactor.removeSystemEventTrigger(removed);
    expect(thrown(() => reactor.removeSystemEventTrigger(removed))).toMatchObject({
      code: 'ERR_NOT_REGISTERED',
    });
    reactor.callWhenRunning(() => {
      log.push('runs');
      const isNull = reactor.callWhenRunning((text: string) => log.push(text), 'at once') === null;
      log.push(String(isNull));
      reactor.stop();
    });
    await runReactor(mode, reactor);
    const first = ['startup before', 'startup during', 'startup after', 'runs', 'at once', 'true'];
    expect(log).toEqual([...first, 'before', 'during', 'after']);
    reactor.callWhenRunning(() => reactor.stop());
    await runReactor(mode, reactor);
    expect(log).toHaveLength(9);
  });

  test('a trigger that throws is reported; a shutdown sees connections before and after', async () => {
    const errors: unknown[] = [];
    const reactor = openReactor(mode, { onError: (error, where) => errors.push([error, where]) });
    const log: string[] = [];
    class Watched extends Protocol {
      override connectionMade() {
        reactor.stop();
      }
      override connectionLost() {
        log.push('lost');
      }
    }
    const client = clientOf(reactor, Factory.forProtocol(Watched));
    for (const phase of ['before', 'during', 'after'] as const) {
      reactor.addSystemEventTrigger(phase, 'shutdown', () => {
        log.push(phase);
        if (phase === 'during') client.close();
      });
    }
    reactor.addSystemEventTrigger('before', 'startup', () => {
      throw new Error('oops');
    });
    await runReactor(mode, reactor);
    expect(errors).toEqual([[new Error('oops'), 'before startup']]);
    expect(log).toEqual(['before', 'lost', 'during', 'after']);
  });

  test('close() while it runs: it ends at once, with resets, and can run again', async () => {
    const before = openFds();
    const reactor = openReactor(mode, { clock: slowly }); // a farewell would take 20 seconds
    const log: string[] = [];
    class Talker extends Protocol {
      override connectionMade() {
        this.transport.write(Buffer.alloc(8_000_000));
        reactor.callLater(60, () => {});
        reactor.close();
      }
      override connectionLost({ value }: Failure) {
        log.push(value.name);
      }
    }
    const client = clientOf(reactor, Factory.forProtocol(Talker));
    const start = performance.now();
    await mode.run(reactor);
    expect(performance.now() - start).toBeLessThan(5000);
    expect(log).toEqual(['ConnectionLost']);
    expect(reactor.getDelayedCalls()).toEqual([]);
    client.close();
    expect(openFds()).toBe(before);
    reactor.callWhenRunning(() => reactor.stop());
    await mode.run(reactor);
    expect(openFds()).toBeGreaterThan(before);
    reactor.close();
    reactor.close();
    expect(openFds()).toBe(before);
  });

  test('fds: none before it is used, and those of its connections are closed when it has run', async () => {
    const before = openFds();
    const reactor = openReactor(mode);
    expect(openFds()).toBe(before);
    reactor.seconds();
    const own = openFds();
    class Stops extends Protocol {
      override connectionMade() {
        expect(openFds()).toBeGreaterThan(own + 3); // listener, its reserve, both ends
        reactor.stop();
      }
    }
    leaveAtShutdown(reactor, clientOf(reactor, Factory.forProtocol(Stops)));
    await runReactor(mode, reactor);
    expect(openFds()).toBe(own);
  });
});

describe('runAsync', () => {
  const mode = SOME_LOOPS.find(({ isAsync }) => isAsync) as (typeof SOME_LOOPS)[number];

  test('lets Node go on, and is stopped from outside', async () => {
    const reactor = openReactor(mode);
    const promise = reactor.runAsync();
    await new Promise((resolve) => setTimeout(resolve, 20));
    reactor.stop();
    await promise;
  });

  test('a signal stops it: unsent data is sent, and the promise rejects with the reason', async () => {
    const reactor = openReactor(mode);
    const controller = new AbortController();
    const log: string[] = [];
    class Watched extends Protocol {
      override connectionMade() {
        this.transport.write(Buffer.from('last words'));
        controller.abort(new Error('enough'));
      }
      override connectionLost({ value }: Failure) {
        log.push(value.message);
      }
    }
    const client = clientOf(reactor, Factory.forProtocol(Watched));
    leaveAtShutdown(reactor, client);
    await expect(reactor.runAsync({ signal: controller.signal })).rejects.toThrow('enough');
    expect(log).toHaveLength(1);
    expect(reactor.running).toBe(false);
    await expect(reactor.runAsync({ signal: controller.signal })).rejects.toThrow('enough');
  });
});

describe('signals', () => {
  /** Runs a reactor in a process of its own, which kills itself or is killed. */
  async function runScript(body: string, options = '{}') {
    const path = scriptFile(`
import { Factory, Protocol, Reactor } from 'fdselect/reactor';
const kill = (name) => process.kill(process.pid, name);
const reactor = new Reactor(${options});
${body}`);
    await using child = runProcess(process.execPath, [path]);
    return await child.finished();
  }

  test.each(['SIGINT', 'SIGTERM'])(
    '%s stops run(), and does afterwards what it did before',
    async (name) => {
      const body = `
reactor.callWhenRunning(() => kill('${name}'));
reactor.run();
console.log('stopped');
reactor.callWhenRunning(() => kill('${name}'));
reactor.run();
console.log('again');
kill('${name}');
setTimeout(() => console.log('never'), 5000);`;
      expect(await runScript(body)).toEqual({
        code: null,
        signal: name,
        stdout: 'stopped\nagain\n',
        stderr: '',
      });
    },
  );

  test('not with that option off, and not runAsync()', async () => {
    const wait = "process.on('SIGINT', () => { console.log('mine'); reactor.stop(); });";
    const body = `${wait}
reactor.callWhenRunning(() => kill('SIGINT'));
await reactor.runAsync();
reactor.callWhenRunning(() => kill('SIGINT'));
await reactor.runAsync({ installSignalHandlers: true });
console.log('own');
reactor.callWhenRunning(() => { kill('SIGINT'); reactor.callLater(0.1, () => reactor.stop()); });
reactor.run({ installSignalHandlers: false });
await new Promise((resolve) => setTimeout(resolve, 100));`;
    const { stdout } = await runScript(body);
    expect(stdout).toBe('mine\nown\nmine\n');
  });

  test('a second one ends it at once', async () => {
    const body = `
import { createConnection } from 'fdselect/socket';
class Talker extends Protocol {
  connectionMade() { this.transport.write(Buffer.alloc(8000000)); kill('SIGINT'); }
  connectionLost(reason) { console.log(reason.getErrorMessage()); kill('SIGTERM'); }
}
const { host, port } = reactor.listenTCP(0, Factory.forProtocol(Talker)).getHost();
const client = createConnection([host, port]);
const start = performance.now();
reactor.run();
console.log(performance.now() - start < 10_000);`;
    const lost = 'Connection to the other side was lost in a non-clean fashion: Connection lost.';
    // A farewell would take 20 seconds.
    const result = await runScript(body, `{ clock: ${slowly} }`);
    expect(result).toMatchObject({ code: 0, stdout: `${lost}\ntrue\n`, stderr: '' });
  });
});

test('the default reactor opens nothing when it is imported', async () => {
  const path = scriptFile(`
import { readdirSync } from 'node:fs';
import * as loaded from 'fdselect/loop';
const count = () => readdirSync('/proc/self/fd').length;
const before = count();
const { reactor, Reactor } = await import('fdselect/reactor');
const imported = count();
reactor.callLater(0, () => reactor.stop());
reactor.run();
const used = count();
reactor.close();
const closed = count();
console.log(imported - before, used > before, closed - before, reactor instanceof Reactor);`);
  await using child = runProcess(process.execPath, [path]);
  expect(await child.finished()).toMatchObject({ code: 0, stdout: '0 true 0 true\n', stderr: '' });
});

test('errors go to stderr by default', async () => {
  const path = scriptFile(`
import { reactor } from 'fdselect/reactor';
reactor.callLater(0, () => { throw new Error('oops'); });
reactor.callLater(0, () => reactor.stop());
reactor.run();`);
  await using child = runProcess(process.execPath, [path]);
  const { code, stderr } = await child.finished();
  expect(code).toBe(0);
  expect(stderr).toMatch(/^fdselect: uncaught in callLater: Error: oops\n/);
});

test('bad options', () => {
  expect(thrown(() => new Reactor({ selector: 'kqueue' as never }))).toEqual(rangeError);
  expect(thrown(() => new Reactor({ selector: 1 as never }))).toEqual(typeError);
  const reactor = openReactor({ selector: 'poll' });
  const add = (...args: unknown[]) =>
    reactor.addSystemEventTrigger(...(args as Parameters<typeof reactor.addSystemEventTrigger>));
  expect(thrown(() => add('first', 'startup', () => {}))).toEqual(rangeError);
  expect(thrown(() => add('before', 'lunch', () => {}))).toEqual(rangeError);
  expect(thrown(() => add('before', 'startup', 'now'))).toEqual(typeError);
});
