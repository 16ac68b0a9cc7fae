/** The loop of asyncore: interests, the order of events, errors, and its end. */

import { POLLERR, POLLHUP, POLLIN, POLLOUT } from 'fdselect';
import {
  type ChannelMap,
  closeAll,
  Dispatcher,
  ExitNow,
  FileDispatcher,
  loop,
  loopAsync,
  poll,
  poll2,
  poll3,
  readwrite,
  socketMap,
} from 'fdselect/asyncore';
import { dup, close as osClose, pipe } from 'fdselect/os';
import { MSG_OOB, type Socket, socketpair } from 'fdselect/socket';
import { afterEach, describe, expect, test } from 'vitest';
import { Acceptor, ANYWHERE, captured, MODES, paired, Recorder } from '../support/asyncore.ts';
import {
  close,
  closing,
  openPair,
  openServer,
  openTcp,
  refusingAddress,
} from '../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

const X = Buffer.from('x');

afterEach(() => closeAll());

/** Reads all input, and writes nothing. */
class Reader extends Recorder {
  override writable(): boolean {
    return false;
  }

  override handleRead(): void {
    super.handleRead();
    this.recv(100);
  }
}

describe.each(MODES)('$name', ({ run, until, isAsync, usePoll }) => {
  test('with an empty map it returns at once', async () => {
    const start = performance.now();
    await run(10, new Map());
    await run(null);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test('it ends when the map is empty', async () => {
    const [channel, peer] = paired((socket) => new Reader(socket));
    peer.close();
    await run(null);
    expect(channel.events).toEqual(['read', 'close']);
  });

  test.each([0, -1])('count %i makes no pass', async (count) => {
    const [channel] = paired((socket) => new Recorder(socket));
    await run(0, null, count);
    expect(channel.events).toEqual([]);
  });

  test('each handler is called once for each event, and count is the number of passes', async () => {
    const [channel, peer] = paired((socket) => new Recorder(socket));
    peer.send(X);
    await run(1, null, 3);
    expect(channel.events).toEqual(['read', 'write', 'read', 'write', 'read', 'write']);
  });

  test('a pass waits until its timeout, not longer', async () => {
    paired((socket) => new Reader(socket));
    const start = performance.now();
    await run(0.05, null, 2);
    const seconds = (performance.now() - start) / 1000;
    expect(seconds).toBeGreaterThan(0.099);
    expect(seconds).toBeLessThan(10); // 50 ms are not 50 s
  });

  test('it waits even if no channel wants an event', async () => {
    const [channel] = paired((socket) => new Reader(socket));
    channel.readable = () => false;
    const start = performance.now();
    await run(0.05, null, 1);
    expect(performance.now() - start).toBeGreaterThan(49);
  });

  test('only wanted events are delivered, and channels are asked again before each pass', async () => {
    const [channel, peer] = paired((socket) => new Recorder(socket));
    peer.send(X);
    let wanted = '';
    channel.readable = () => wanted.includes('r');
    channel.writable = () => wanted.includes('w');
    const told: string[] = [];
    for (wanted of ['', 'r', 'w', 'rw', 'r', '']) {
      channel.events.length = 0;
      await run(0.01, null, 1);
      told.push(channel.events.join(' '));
    }
    expect(told).toEqual(['', 'read', 'write', 'read write', 'read', '']);
  });

  test('within one loop, too', async () => {
    const [channel, peer] = paired((socket) => new Recorder(socket));
    peer.send(X);
    const wanted = ['r', 'w', 'rw', 'r', '', 'rw'];
    channel.readable = () => wanted[0]?.includes('r') === true;
    channel.writable = () => wanted.shift()?.includes('w') === true;
    await run(0.01, null, 6);
    expect(channel.events.join(' ')).toBe('read write read write read read write');
  });

  test('after close() in handleRead there is no write event of the same pass', async () => {
    class Closing extends Recorder {
      override handleRead(): void {
        super.handleRead();
        this.close();
      }
    }
    const [channel, peer] = paired((socket) => new Closing(socket));
    peer.send(X);
    await run(null);
    expect(channel.events).toEqual(['read']);
  });

  test('a channel that another one closes gets no event of the same pass', async () => {
    class Killer extends Reader {
      override handleRead(): void {
        super.handleRead();
        for (const other of all) if (other !== this) other.close();
      }
    }
    const ends = Array.from({ length: 10 }, () => paired((socket) => new Killer(socket)));
    const all = ends.map(([channel]) => channel);
    for (const [, peer] of ends) peer.send(X);
    await run(0.05, null, 2);
    expect(all.flatMap(({ events }) => events)).toEqual(['read']);
    expect(socketMap.size).toBe(1);
  });

  test('a new channel with the fd of a closed one gets none of its events', async () => {
    const fds: number[] = [];
    const newcomers: Recorder[] = [];
    class Replacer extends Recorder {
      override handleRead(): void {
        if (newcomers.length > 0) return;
        for (const channel of all) channel.close();
        for (let i = 0; i < all.length; i++) {
          const [a, b] = openPair();
          closing(b);
          const newcomer = new Recorder(a);
          newcomer.writable = () => false;
          fds.push(newcomer.fileno());
          newcomers.push(newcomer);
        }
      }
    }
    const ends = Array.from({ length: 5 }, () => paired((socket) => new Replacer(socket)));
    const all = ends.map(([channel]) => channel);
    const before = all.map((channel) => channel.fileno());
    for (const [, peer] of ends) peer.send(X);
    await run(0.05, null, 3);
    expect(fds.filter((fd) => before.includes(fd)).length).toBeGreaterThan(0);
    expect(newcomers.flatMap(({ events }) => events)).toEqual([]);
  });

  test('a channel that is removed from the map gets no event', async () => {
    const [channel, peer] = paired((socket) => new Recorder(socket));
    const [other, otherPeer] = paired((socket) => new Reader(socket));
    peer.send(X);
    otherPeer.send(X);
    other.handleRead = () => void socketMap.delete(channel.fileno());
    channel.handleRead = () => void socketMap.delete(other.fileno());
    channel.writable = () => false;
    await run(0.05, null, 2);
    expect(socketMap.size).toBe(1);
    channel.close();
    other.close();
  });

  test('a channel that closes itself, or another one, in readable()', async () => {
    const [first] = paired((socket) => new Recorder(socket));
    const [second] = paired((socket) => new Recorder(socket));
    const [third] = paired((socket) => new Recorder(socket));
    first.readable = () => {
      first.close();
      second.close();
      return true;
    };
    await run(1, null, 1);
    expect([first, second, third].map(({ events }) => events)).toEqual([[], [], ['write']]);
  });

  test('maps are separate', async () => {
    const map: ChannelMap<Dispatcher> = new Map();
    const [inMap, peer] = paired((socket) => new Reader(socket, map));
    const [inDefault, otherPeer] = paired((socket) => new Reader(socket));
    peer.send(X);
    otherPeer.send(X);
    await run(0.05, map, 1);
    expect([inMap.events, inDefault.events]).toEqual([['read'], []]);
    expect([...map.keys()]).toEqual([inMap.fileno()]);
    closeAll(map);
    expect(map.size).toBe(0);
    expect(inMap.fileno()).toBe(-1);
  });

  test('ExitNow leaves the loop; the next loop delivers the other events', async () => {
    class Leaving extends Reader {
      override handleRead(): void {
        super.handleRead();
        throw new ExitNow('enough');
      }
    }
    const ends = Array.from({ length: 5 }, () => paired((socket) => new Leaving(socket)));
    for (const [, peer] of ends) peer.send(X);
    const events = () => ends.flatMap(([channel]) => channel.events);
    for (let i = 1; i <= 5; i++) {
      await expect(run(1)).rejects.toThrow(new ExitNow('enough'));
      expect(events()).toHaveLength(i);
    }
    await run(0.01, null, 1);
    expect(events()).toEqual(Array(5).fill('read'));
  });

  test.each(['readable', 'writable'] as const)('an error of %s() leaves the loop', async (name) => {
    const [channel] = paired((socket) => new Recorder(socket));
    channel[name] = () => {
      throw new Error(name);
    };
    await expect(run(1)).rejects.toThrow(new Error(name));
    expect(channel.errors).toEqual([]);
    expect(socketMap.size).toBe(1);
  });

  test('an error of a handler goes to its handleError, and all others get their events', async () => {
    class Broken extends Recorder {
      override handleRead(): void {
        this.recv(1);
        throw new Error(`read of ${this.events.length}`);
      }
      override handleWrite(): void {
        throw 'a string';
      }
    }
    const [broken, peer] = paired((socket) => new Broken(socket));
    const [reader, otherPeer] = paired((socket) => new Reader(socket));
    peer.send(X);
    otherPeer.send(X);
    await run(1, null, 1);
    expect(broken.errors).toEqual([new Error('read of 0'), 'a string']);
    expect(reader.events).toEqual(['read']);
  });

  test('an error of a lost connection in a handler goes to handleError as well', async () => {
    const error = osError('ECONNRESET');
    const [channel, peer] = paired((socket) => new Recorder(socket));
    channel.writable = () => false;
    channel.handleRead = () => {
      const [client, server] = openTcp();
      client.setsockopt(1, 13, Int32Array.of(1, 0));
      client.close();
      server.recv(1);
    };
    peer.send(X);
    await run(1, null, 1);
    expect(channel.errors).toEqual([error]);
  });

  test('a handleError that throws is reported and closes only its channel', async () => {
    const stderr = captured(process.stderr);
    class Hopeless extends Recorder {
      override handleRead(): void {
        throw new Error('first');
      }
      override handleError(): void {
        throw new Error('second');
      }
    }
    const [hopeless, peer] = paired((socket) => new Hopeless(socket));
    const [reader, otherPeer] = paired((socket) => new Reader(socket));
    hopeless.writable = () => false;
    const close = hopeless.close.bind(hopeless);
    hopeless.close = () => {
      hopeless.close = close;
      throw new Error('third');
    };
    peer.send(X);
    otherPeer.send(X);
    await run(0.05, null, 2);
    expect([...socketMap.values()]).toEqual([reader]);
    expect(reader.events).toEqual(['read']);
    expect(stderr.text).toMatch(/^fdselect: uncaught in handleError: Error: second\n/);
    expect(stderr.text).toMatch(/fdselect: uncaught in close: Error: third\n/);
  });

  test('a refused connect reaches handleError once, with the error', async () => {
    const address = refusingAddress();
    for (const closes of [true, false]) {
      class Refused extends Recorder {
        override handleError(error: unknown): void {
          super.handleError(error);
          if (closes) this.close();
        }
        override handleRead(): void {
          super.handleRead();
          this.recv(1);
        }
      }
      const channel = new Refused();
      channel.createSocket();
      channel.connect(address);
      expect([channel.connected, channel.connecting]).toEqual([false, true]);
      await run(null);
      expect(channel.errors).toEqual([osError('ECONNREFUSED', 'connect')]);
      expect(channel.events).not.toContain('connect');
      if (closes) expect(channel.events).toEqual(['error']);
      else expect(channel.events.at(-1)).toBe('close');
      expect([channel.connected, channel.connecting]).toEqual([false, false]);
    }
  });

  test('a connect that succeeds: handleConnect, then handleWrite', async () => {
    const server = new Acceptor();
    const channel = new Recorder();
    channel.createSocket();
    channel.connect(server.address);
    const flags: boolean[] = [];
    channel.handleConnect = () => {
      flags.push(channel.connected);
      channel.events.push('connect');
    };
    await until(() => channel.events.length > 0, 'it is connected');
    expect(channel.events).toEqual(['connect', 'write']);
    expect([...flags, channel.connected, channel.connecting]).toEqual([false, true, false]);
    expect(channel.addr).toEqual(server.address);
  });

  test('handleConnect that closes the channel, or connects again', async () => {
    const server = new Acceptor();
    const closer = new Recorder();
    closer.createSocket();
    closer.handleConnect = () => closer.close();
    closer.connect(server.address);
    await until(() => closer.fileno() < 0, 'it is closed');
    expect([closer.connected, closer.events]).toEqual([false, []]);

    const wanderer = new Recorder();
    wanderer.createSocket();
    let connects = 0;
    wanderer.handleConnect = () => {
      if (++connects > 1) return;
      wanderer.close();
      wanderer.createSocket();
      wanderer.connect(server.address);
      expect(wanderer.connected).toBe(false);
    };
    wanderer.connect(server.address);
    await until(() => wanderer.connected, 'it is connected');
    expect([connects, wanderer.events]).toEqual([2, ['write']]);
  });

  test('data and the end at once: both are delivered', async () => {
    const received: string[] = [];
    const [channel, peer] = paired((socket) => new Recorder(socket));
    channel.writable = () => false;
    channel.handleRead = () => void received.push(String(channel.recv(3)));
    peer.send(Buffer.from('hello'));
    peer.close();
    await run(null);
    expect(received).toEqual(['hel', 'lo', '']);
    expect(channel.events).toEqual(['close']);
  });

  test('out-of-band data comes before other data, and only to channels that read', async () => {
    const [client, server] = openTcp();
    const channel = new Recorder(server);
    channel.handleExpt = () => {
      channel.events.push(`expt ${(channel.socket as Socket).recv(1, MSG_OOB)}`);
    };
    channel.handleRead = () => void channel.events.push(`read ${channel.recv(9)}`);
    channel.writable = () => false;
    channel.readable = () => false;
    client.send(Buffer.from('data'));
    client.send(Buffer.from('!'), MSG_OOB);
    await run(0.05, null, 2);
    expect(channel.events).toEqual([]);
    channel.readable = () => true;
    await until(() => channel.events.length === 2, 'both are delivered');
    expect(channel.events).toEqual(['expt !', 'read data']);
  });

  test('out-of-band data that is not handled does not make the loop spin', async () => {
    const [client, server] = openTcp();
    const passes: number[] = [];
    class Idle extends Dispatcher {
      override writable(): boolean {
        passes.push(passes.length);
        return false;
      }
    }
    const channel = new Idle(server);
    client.send(Buffer.from('!'), MSG_OOB);
    const start = performance.now();
    await run(0.1, null, 5);
    expect(performance.now() - start).toBeGreaterThan(290);
    expect(channel.fileno()).toBeGreaterThan(0);
    client.send(Buffer.from('x'));
    await run(0.1, null, 1);
    expect(String(channel.recv(5))).toBe('x');
  });

  test('an error on the socket in handleExptEvent closes it', async () => {
    const server = openServer();
    const address = server.getsockname();
    server.close();
    const channel = new Recorder();
    channel.createSocket();
    channel.connect(address);
    channel.handleReadEvent = channel.handleWriteEvent = () => channel.handleExptEvent();
    await run(null);
    expect(channel.events).toEqual(['close']);
  });

  test('a file descriptor that other code has closed: handleClose, and the others go on', async () => {
    const stderr = captured(process.stderr);
    const [victim, otherEnd] = paired((socket) => new Recorder(socket));
    const [reader, peer] = paired((socket) => new Reader(socket));
    victim.writable = () => false;
    reader.handleRead = () => {
      reader.recv(1);
      osClose(victim.fileno());
      victim.writable = () => true; // epoll does not report it before something is changed
    };
    victim.handleClose = () => {
      Recorder.prototype.handleClose.call(victim);
      reader.handleRead = Reader.prototype.handleRead;
      peer.send(X);
      peer.close();
    };
    peer.send(X);
    await run(null); // one loop: a second one would open a file with that number
    expect([victim.events, reader.events]).toEqual([['close'], ['read', 'read', 'close']]);
    expect(stderr.text).toBe('');
    otherEnd.close();
  });

  test('a channel whose handleClose does not close it leaves the map', async () => {
    const [a, b] = socketpair();
    closing(b);
    const channel = new Recorder(a);
    channel.handleClose = () => void channel.events.push('close');
    a.close();
    const start = performance.now();
    await run(10);
    expect(performance.now() - start).toBeLessThan(5000);
    expect(channel.events).toEqual(['close']);
  });

  test('a channel whose socket the program has closed', async () => {
    const [channel] = paired((socket) => new Recorder(socket));
    const [reader, peer] = paired((socket) => new Reader(socket));
    reader.handleRead = () => {
      reader.recv(1);
      channel.socket?.close();
    };
    channel.writable = () => false;
    peer.send(X);
    await until(() => channel.events.length > 0, 'it is closed');
    expect(channel.events).toEqual(['close']);
    expect(socketMap.size).toBe(1);
  });

  test('a file with an open duplicate is not watched after its channel is closed', async () => {
    const [r, w] = pipe();
    closing(r);
    closing(w);
    class Pipe extends FileDispatcher {
      readonly events: string[] = [];
      override writable(): boolean {
        return false;
      }
      override handleRead(): void {
        this.events.push('read');
        this.close();
      }
    }
    const [first, second] = [new Pipe(r), new Pipe(r)];
    closing(second);
    const [reader] = paired((socket) => new Reader(socket));
    const writer = new FileDispatcher(w);
    writer.writable = () => false;
    writer.readable = () => false;
    writer.send(X);
    // Their data is still there: a loop that watched them would spin.
    const start = performance.now();
    await run(0.1, null, 5);
    expect(performance.now() - start).toBeGreaterThan(290);
    expect([first.events, second.events]).toEqual([['read'], ['read']]);
    expect(socketMap.size).toBe(2);
    reader.close();
    writer.close();
  });

  test('a loop inside of a handler', async () => {
    const [outer, outerPeer] = paired((socket) => new Reader(socket));
    const [inner, innerPeer] = paired((socket) => new Reader(socket));
    outerPeer.send(X);
    outer.handleRead = () => {
      outer.recv(1);
      innerPeer.send(X);
      while (inner.events.length === 0) loop(1, usePoll, null, 1);
      outer.events.push('read');
    };
    await run(1, null, 1);
    expect([outer.events, inner.events]).toEqual([['read'], ['read']]);
  });

  test('events that a loop inside a handler has delivered are not delivered again', async () => {
    const ends = Array.from({ length: 5 }, () => paired((socket) => new Reader(socket)));
    for (const [channel, peer] of ends) {
      peer.send(X);
      channel.handleRead = () => {
        channel.handleRead = Reader.prototype.handleRead;
        channel.handleRead();
        loop(0, usePoll, null, 1);
      };
    }
    await run(0.05, null, 3);
    for (const [{ events, errors }] of ends) expect([events, errors]).toEqual([['read'], []]);
  });

  test('a listener is never writable, and the default handlers close new connections', async () => {
    const server = new Dispatcher();
    server.createSocket();
    server.bind(ANYWHERE);
    server.listen();
    const written: string[] = [];
    server.handleWrite = () => void written.push('write');
    const client = new Reader();
    client.createSocket();
    client.connect((server.socket as Socket).getsockname());
    await until(() => client.events.includes('close'), 'it is closed');
    server.handleWriteEvent();
    expect(written).toEqual([]);
  });

  test('an error of handleAccepted closes the new connection, not the listener', async () => {
    const stdout = captured(process.stdout);
    const server = new Acceptor();
    const channels: Dispatcher[] = [];
    let throws = true;
    server.handleAccepted = (sock) => {
      channels.push(new Reader(sock));
      if (throws) throw new Error('no, thank you');
    };
    const connect = () => {
      const client = new Reader();
      client.createSocket();
      client.connect(server.address);
      return client;
    };
    const client = connect();
    const [, port] = (client.socket as Socket).getsockname() as [string, number];
    await until(() => client.events.includes('close'), 'it is closed');
    await until(() => channels[0]?.fileno() === -1, 'its channel, too');
    expect((channels[0] as Reader).events).toEqual(['close']);
    expect(stdout.text).toMatch(
      /^error: uncaptured exception, closing channel <connection from \('127\.0\.0\.1', (\d+)\)> \(Error:no, thank you \[.+\]\)\n$/,
    );
    expect(stdout.text).toContain(`', ${port})>`);
    throws = false;
    connect();
    await until(() => channels.length === 2, 'the next one is accepted');
    expect(channels[1]?.connected).toBe(true);
    throws = true;
    server.handleError = () => server.close();
    const last = connect();
    await until(() => last.events.includes('close'), 'it is closed');
    expect(server.accepting).toBe(false);
  });

  test('ExitNow in handleAccepted, handleError and handleClose leaves the loop too', async () => {
    const server = new Acceptor();
    server.handleAccepted = (sock) => {
      closing(sock); // the handler may keep it
      throw new ExitNow('accepted');
    };
    const client = new Recorder();
    client.createSocket();
    client.connect(server.address);
    await expect(run(1)).rejects.toThrow(new ExitNow('accepted'));
    server.close();
    client.close();
    const [channel, peer] = paired((socket) => new Recorder(socket));
    channel.handleRead = () => {
      throw new Error('read');
    };
    channel.handleError = () => {
      throw new ExitNow('error');
    };
    peer.send(X);
    await expect(run(1)).rejects.toThrow(new ExitNow('error'));
    channel.socket?.close();
    channel.handleClose = () => {
      throw new ExitNow('close');
    };
    await expect(run(1)).rejects.toThrow(new ExitNow('close'));
  });

  test('bad arguments', async () => {
    const [channel] = paired((socket) => new Recorder(socket));
    const bad: [unknown[], unknown][] = [
      [['1'], typeError],
      [[-1], rangeError],
      [[Number.NaN], rangeError],
      [[1e11], rangeError],
      [[0, 'kqueue'], rangeError],
      [[0, 1], typeError],
      [[0, false, {}], typeError],
      [[0, false, null, '1'], typeError],
      [[0, false, null, 1.5], rangeError],
    ];
    for (const [args, error] of bad) {
      const call = (isAsync ? loopAsync : loop) as (...args: unknown[]) => unknown;
      if (isAsync) await expect(call(...args)).rejects.toEqual(error);
      else expect(thrown(() => call(...args))).toEqual(error);
    }
    expect(channel.events).toEqual([]);
  });
});

describe('poll, poll2, poll3', () => {
  test('one pass; without a timeout it does not wait', () => {
    expect(poll3).toBe(poll2);
    for (const pass of [poll, poll2]) {
      const [channel, peer] = paired((socket) => new Reader(socket));
      const start = performance.now();
      pass();
      expect(performance.now() - start).toBeLessThan(5000);
      expect(channel.events).toEqual([]);
      peer.send(X);
      pass(null);
      expect(channel.events).toEqual(['read']);
      pass(0.02, new Map());
      channel.close();
    }
  });
});

test('readwrite: in this order, and nothing once it is closed', () => {
  const [channel] = paired((socket) => new Recorder(socket));
  readwrite(channel, POLLIN | POLLOUT | POLLHUP | POLLERR);
  expect(channel.events).toEqual(['read', 'write', 'close']);
  readwrite(channel, POLLIN | POLLOUT);
  expect(channel.events).toHaveLength(3);
  const [lost] = paired((socket) => new Recorder(socket));
  lost.handleRead = () => void (lost.socket as Socket).shutdown(99);
  readwrite(lost, POLLIN);
  expect(lost.errors).toEqual([osError('EINVAL')]);
  const [gone] = paired((socket) => new Recorder(socket));
  const fd = dup(gone);
  gone.handleRead = () => {
    osClose(fd);
    osClose(fd);
  };
  readwrite(gone, POLLIN | POLLOUT);
  expect(gone.events).toEqual(['close']);
});

describe.each(['select', 'poll', 'epoll'] as const)('loopAsync, %s', (usePoll) => {
  test('timers and promises go on while it waits', async () => {
    const [channel, peer] = paired((socket) => new Reader(socket));
    let ticks = 0;
    const timer = setInterval(() => {
      if (++ticks === 5) peer.close();
    }, 2);
    await loopAsync(null, usePoll);
    clearInterval(timer);
    expect(ticks).toBeGreaterThanOrEqual(5); // it may come again before the loop has ended
    expect(channel.events).toEqual(['read', 'close']);
  });

  test('a channel that is made, closed, or changes its answer meanwhile', async () => {
    const [channel] = paired((socket) => new Recorder(socket));
    let wants = false;
    channel.writable = () => wants;
    const finished = loopAsync(null, usePoll);
    await new Promise((resolve) => setImmediate(resolve));
    const [second, peer] = paired((socket) => new Reader(socket));
    peer.send(X);
    await new Promise<void>((resolve) => {
      second.handleRead = () => {
        second.recv(1);
        resolve();
      };
    });
    wants = true;
    await new Promise<void>((resolve) => {
      channel.handleWrite = () => {
        wants = false;
        resolve();
      };
      channel.changed();
    });
    second.close();
    channel.close();
    await finished;
  });

  test('a signal ends it, before it begins as well', async () => {
    paired((socket) => new Reader(socket));
    const controller = new AbortController();
    const finished = loopAsync(null, usePoll, null, null, { signal: controller.signal });
    setImmediate(() => controller.abort(new Error('enough')));
    await expect(finished).rejects.toThrow(new Error('enough'));
    const { signal } = controller;
    await expect(loopAsync(null, usePoll, new Map(), null, { signal })).rejects.toThrow('enough');
    // The ended loop has left no state behind.
    const [second, peer] = paired((socket) => new Reader(socket));
    peer.close();
    second.handleClose = () => closeAll();
    await loopAsync(null, usePoll);
  });

  test('a second loopAsync over one map is refused; a blocking loop is not', async () => {
    const [channel, peer] = paired((socket) => new Reader(socket));
    const first = loopAsync(null, usePoll);
    await expect(loopAsync(null, usePoll)).rejects.toMatchObject({ code: 'ERR_LOOP_RUNNING' });
    peer.send(X);
    loop(null, usePoll, null, 1);
    expect(channel.events).toEqual(['read']);
    peer.close();
    await first;
    await loopAsync(null, usePoll);
    expect(channel.events).toEqual(['read', 'read', 'close']);
  });
});

describe('closeAll', () => {
  const failing = (error: unknown) => ({
    close: () => {
      throw error;
    },
  });

  test('EBADF is ignored, other errors with ignoreAll only, ExitNow never', () => {
    const fd = closing(dup(0));
    close(fd);
    const error = thrown(() => osClose(fd));
    expect(error).toEqual(osError('EBADF'));
    const map = new Map<number, { close(): void }>([[1, failing(error)]]);
    closeAll(map);
    expect(map.size).toBe(0);
    map.set(1, failing(new Error('mine')));
    expect(() => closeAll(map)).toThrow('mine');
    expect(map.size).toBe(1);
    closeAll(map, true);
    expect(map.size).toBe(0);
    map.set(1, failing(new ExitNow('out')));
    expect(() => closeAll(map, true)).toThrow(ExitNow);
    expect(thrown(() => closeAll({} as never))).toEqual(typeError);
  });
});
