/**
 * The fifteen traps of event loops: mistakes that are often made. Each test fails when the line that
 * avoids its trap is removed.
 */
import { randomBytes } from 'node:crypto';
import { type Connection, type EventLoop, listen } from 'fdselect/loop';
import { dup, dup2, pipe, read, write } from 'fdselect/os';
import { EVENT_READ, EVENT_WRITE } from 'fdselect/selectors';
import { createConnection, SHUT_WR, Socket } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { FdLimit } from '../support/few-fds.ts';
import { Log, type Met, MUCH, meet, RawPeer } from '../support/loop-peers.ts';
import { LOOPS } from '../support/loops.ts';
import { close, closing, openPair, openPipe } from '../support/sandbox.ts';
import { CLASSES, openSelector, readyNow } from '../support/selectors.ts';

function lostEvents(log: Log): string[] {
  return log.events.filter((event) => event.startsWith('lost'));
}

describe.each(LOOPS)('$name', (mode) => {
  const { open, run, runUntil, turn } = mode;

  /** Passes if the loop sleeps for that long: then nothing is ready all the time. */
  async function sleeps(loop: EventLoop): Promise<void> {
    const start = performance.now();
    await turn(loop, 0.05);
    expect(performance.now() - start).toBeGreaterThanOrEqual(49);
  }

  /** Connections with names; each knows the others. */
  async function meetAll(loop: EventLoop, count: number, onData: (met: Met[], i: number) => void) {
    const all: Met[] = [];
    for (let i = 0; i < count; i++) {
      all.push(
        await meet(mode, loop, {
          handlers: (connection) => {
            const log = new Log(connection);
            const plain = log.data.bind(log);
            return Object.assign(log, {
              data: (bytes: Buffer) => {
                plain(bytes);
                onData(all, i);
              },
            });
          },
        }),
      );
    }
    return all;
  }

  test('trap 1: a stale event after a close in the same batch', async () => {
    const loop = open();
    const all = await meetAll(loop, 5, (met, i) => {
      for (const [j, { connection }] of met.entries()) if (j !== i) connection.abort();
    });
    for (const { peer } of all) peer.write('x');
    await runUntil(loop, () => all.filter(({ log }) => log.isLost).length === 4);
    // The first one called has closed all others: they were ready too, and are not called.
    expect(all.filter(({ log }) => log.bytes.length > 0)).toHaveLength(1);
  });

  test('trap 2: a number that is used again in the same batch', async () => {
    const loop = open();
    const fds = [pipe(), pipe()];
    const told: string[] = [];
    const [silent] = openPipe(); // never readable
    const watches = fds.map(([r, w], i) => {
      closing(r);
      closing(w);
      write(w, 'x');
      return loop.watch(r, 'r', () => {
        told.push('old');
        const [other] = fds[1 - i] as [number, number];
        watches[1 - i]?.cancel();
        watches[i]?.cancel();
        dup2(silent, other); // closes it, and opens another file with its number
        loop.watch(other, 'r', () => told.push('new'));
      });
    });
    await turn(loop, 0);
    await turn(loop, 0);
    expect(told).toEqual(['old']);
  });

  test('trap 3: a closed fd with an open duplicate', async () => {
    const loop = open();
    const [a] = openPair();
    const [r, w] = pipe();
    closing(w);
    const duplicate = closing(dup(r));
    const old = loop.watch(r, 'r', () => expect.unreachable());
    close(closing(r));
    write(w, 'x'); // epoll(7) still has the file under the old number
    old.cancel();
    const told: string[] = [];
    const number = closing(dup2(a, r));
    const watch = loop.watch(number, 'w', () => {
      told.push('w');
      watch.cancel();
    });
    await run(loop);
    expect(told).toEqual(['w']);
    close(duplicate);
  });

  test('trap 4: EAGAIN after readiness', async () => {
    const loop = open();
    const { peer, connection, log } = await meet(mode, loop);
    const thief = closing(Socket.fromfd(connection.fileno()));
    const stolen: Buffer[] = [];
    connection.pause();
    const theft = loop.watch(connection.fileno(), 'r', () => {
      stolen.push(thief.recv(100));
      theft.cancel();
    });
    connection.resume(); // and so it is called after the thief
    peer.write('stolen');
    await runUntil(loop, () => stolen.length > 0);
    await turn(loop, 0);
    expect([String(stolen[0]), log.events]).toEqual(['stolen', []]);
    peer.write('told');
    await runUntil(loop, () => log.events.length > 0);
    expect(log.events).toEqual(['data 4']);

    // The same at a listener.
    const [r, w] = openPipe();
    loop.once(r, 'r', () => closing(otherListener.accept()[0]));
    const listener = listen(loop, ['127.0.0.1', 0], () => expect.unreachable());
    const otherListener = closing(Socket.fromfd(listener.fileno()));
    write(w, 'x');
    closing(createConnection(listener.getsockname()));
    await turn(loop, 1);
    await turn(loop, 0);
    listener.close();
  });

  test('trap 5: a partial write', async () => {
    const loop = open();
    const { peer, connection } = await meet(mode, loop, { maxBuffer: Infinity });
    await sleeps(loop); // a socket is always writable: without data it is not watched for that
    const data = randomBytes(MUCH);
    connection.write(data);
    // What arrives is acknowledged up to 40 ms later, and makes room.
    for (let last = -1; connection.pending !== last; ) {
      last = connection.pending;
      await turn(loop, 0.1);
    }
    expect(connection.pending).toBeGreaterThan(0);
    await sleeps(loop); // nor while the kernel takes nothing
    await runUntil(loop, () => peer.read(300_000).size === MUCH);
    expect(peer.bytes.equals(data)).toBe(true);
    expect(connection.pending).toBe(0);
    await sleeps(loop);
  });

  test('trap 6: a peer that never reads', async () => {
    const loop = open();
    const sleeper = await meet(mode, loop);
    const reader = await meet(mode, loop);
    const message = randomBytes(10_000);
    let most = 0;
    for (let sent = 0; sent < MUCH; sent += message.length) {
      for (const { connection } of [sleeper, reader]) {
        connection.write(message);
        most = Math.max(most, connection.pending);
      }
      reader.peer.read();
      if (reader.connection.pending > 0) await turn(loop, 0);
    }
    await runUntil(loop, () => reader.peer.read() && reader.connection.pending === 0);
    await runUntil(loop, () => reader.peer.read().size % message.length === 0);
    await runUntil(loop, () => sleeper.log.isLost);
    expect(sleeper.log.events).toEqual(['lost ENOBUFS']);
    expect(most).toBeLessThanOrEqual(1024 * 1024);
    expect(lostEvents(reader.log)).toEqual([]);
    expect(reader.peer.size).toBeGreaterThanOrEqual(MUCH);

    // An echo: while the client does not read, the server does not read from it.
    const echo = await meetAll(loop, 1, (all) => all[0]?.connection.write(Buffer.alloc(65536)));
    const { peer, connection } = echo[0] as Met;
    for (let i = 0; i < 2000; i++) {
      peer.write(message);
      await turn(loop, 0);
    }
    expect(connection.pending).toBeLessThanOrEqual(2 * 65536);
    expect((echo[0] as Met).log.isLost).toBe(false);
  });

  test('trap 7: zero-length', async () => {
    const loop = open();
    const { peer, connection, log } = await meet(mode, loop);
    expect(connection.write(Buffer.alloc(0))).toBe(true);
    connection.write(Buffer.from('a'));
    connection.write(new Uint8Array(0));
    peer.write('');
    peer.write('b');
    await runUntil(loop, () => peer.read().size === 1 && log.bytes.length === 1);
    await sleeps(loop);
    connection.write(Buffer.alloc(MUCH / 16)); // also while something waits
    connection.write(Buffer.alloc(0));
    await runUntil(loop, () => peer.read().size === 1 + MUCH / 16);
    expect([peer.isOver, log.events]).toEqual([false, ['data 1']]);
  });

  test('trap 8: RST at every step', async () => {
    const loop = open();
    const steps: ((met: Met) => void)[] = [
      () => {},
      ({ connection }) => connection.write(Buffer.from('to nobody')),
      ({ connection }) => connection.end(),
      ({ connection }) => connection.close(),
      ({ connection }) => connection.writeUrgent(1),
      ({ connection }) => {
        connection.write(Buffer.alloc(500_000));
        connection.end();
      },
    ];
    const witness = await meet(mode, loop);
    for (const isBefore of [true, false]) {
      for (const step of steps) {
        const met = await meet(mode, loop);
        const { peer: address } = met.connection;
        if (isBefore) met.peer.reset();
        step(met);
        if (!isBefore) met.peer.reset();
        await runUntil(loop, () => met.log.isLost && met.connection.fileno() === -1);
        expect(lostEvents(met.log)).toHaveLength(1);
        expect(lostEvents(met.log)[0]).toMatch(/^lost (ECONNRESET|EPIPE|ENOTCONN|null)$/);
        expect(met.connection.peer).toBe(address);
        expect(met.connection.host).not.toBe('');
      }
    }
    witness.peer.write('alive');
    await runUntil(loop, () => witness.log.bytes.length === 5);
  });

  test('trap 9: SIGPIPE', async () => {
    const loop = open();
    // Not by process.on(): process.off() would leave the signal its default action, which ends the process.
    const signals: string[] = [];
    for (const name of ['SIGPIPE', 'SIGUSR2'] as const) {
      loop.addSignalHandler(name, () => signals.push(name));
    }
    const codes: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { peer, connection, log } = await meet(mode, loop, { allowHalfOpen: true });
      peer.close();
      await runUntil(loop, () => log.events.includes('eof'));
      connection.write(Buffer.from('is answered by RST'));
      loop.callLater(0.02, () => connection.write(Buffer.from('EPIPE')));
      await runUntil(loop, () => log.isLost);
      codes.push(lostEvents(log)[0] as string);
    }
    expect(codes).toEqual(new Array(3).fill('lost EPIPE'));
    process.kill(process.pid, 'SIGUSR2'); // a SIGPIPE would come before it
    await runUntil(loop, () => signals.includes('SIGUSR2'));
    expect(signals).toEqual(['SIGUSR2']);
  });

  test('trap 10: half-close', async () => {
    const loop = open();
    // FIN with output pending: it goes out.
    const { peer, log } = await meet(mode, loop, {
      maxBuffer: Infinity,
      handlers: (connection) => {
        const own = new Log(connection);
        return Object.assign(own, { data: () => void connection.write(Buffer.alloc(MUCH)) });
      },
    });
    peer.write('send me much');
    peer.end();
    await runUntil(loop, () => peer.read().hasEnded && log.isLost);
    expect([peer.size, lostEvents(log)]).toEqual([MUCH, ['lost null']]);

    // Data and hang-up at once: the data is read first.
    const second = await meet(mode, loop);
    second.connection.pause();
    second.peer.write(Buffer.alloc(200_000));
    second.peer.close();
    second.connection.resume();
    await runUntil(loop, () => second.log.isLost);
    expect(second.log.bytes.length).toBe(200_000);

    // The end of file stays readable: it is read once.
    const third = await meet(mode, loop, { allowHalfOpen: true });
    third.peer.end();
    await runUntil(loop, () => third.log.events.includes('eof'));
    await sleeps(loop);
    third.connection.end();
    await runUntil(loop, () => third.peer.read().hasEnded && third.log.isLost);
  });

  test('trap 11: a storm of connections', async () => {
    const loop = open();
    const { peer, log } = await meet(mode, loop);
    const logs: Log[] = [];
    const accept = (connection: Connection) => {
      logs.push(new Log(connection));
      return logs.at(-1) as Log;
    };
    const listener = listen(loop, ['127.0.0.1', 0], accept, { backlog: 1024 });
    const storm = Array.from({ length: 300 }, () =>
      closing(createConnection(listener.getsockname())),
    );
    let timers = 0;
    loop.callLater(0, () => timers++);
    peer.write('x');
    await turn(loop, 1);
    // Neither the others nor the timers wait until all are in.
    expect([log.events, timers, logs.length]).toEqual([['data 1'], 1, 64]);
    for (const socket of storm) socket.close();
    await runUntil(loop, () => logs.length === 300 && logs.every(({ isLost }) => isLost));
  });

  test.each(['wait', 'refuse'] as const)('trap 11: EMFILE (%s)', async (whenFull) => {
    const loop = open();
    const witness = await meet(mode, loop);
    const accepted: Log[] = [];
    const listener = listen(
      loop,
      ['127.0.0.1', 0],
      (connection) => {
        accepted.push(new Log(connection));
        return accepted.at(-1) as Log;
      },
      { whenFull },
    );
    const peers = Array.from(
      { length: 3 },
      () => new RawPeer(closing(createConnection(listener.getsockname()))),
    );
    let turns = 0;
    loop.onPrepare(() => turns++);
    const limit = await FdLimit.open();
    await limit.exhaust();
    witness.peer.write('still served');
    let isLate = false;
    loop.callLater(0.3, () => {
      isLate = true;
    });
    while (!isLate) await turn(loop);
    expect(witness.log.bytes.length).toBe(12);
    expect(turns).toBeLessThan(15);
    expect(accepted).toEqual([]);
    await limit.lift();
    const start = performance.now();
    if (whenFull === 'wait') {
      await runUntil(loop, () => accepted.length === 3);
      expect(performance.now() - start).toBeLessThan(5000); // it rests for a second
    } else {
      await runUntil(loop, () => peers.every((peer) => peer.read().isOver));
      closing(createConnection(listener.getsockname()));
      await runUntil(loop, () => accepted.length === 1);
    }
  });

  test('trap 12: handlers that throw', async () => {
    const reported: string[] = [];
    const loop = open({
      onError: (error, where) => {
        reported.push(`${where}: ${(error as Error).message}`);
        throw error;
      },
    });
    const { write: original } = process.stderr;
    const printed: string[] = [];
    process.stderr.write = ((text: string) => printed.push(text) > 0) as never;
    try {
      const fail = (name: string) => () => {
        throw new Error(name);
      };
      const bad = await meet(mode, loop, {
        maxBuffer: Infinity,
        handlers: (connection) =>
          Object.assign(new Log(connection), {
            data: fail('bad data'),
            eof: fail('bad eof'),
            drain: fail('bad drain'),
            lost: fail('bad lost'),
          }),
      });
      const good = await meet(mode, loop);
      bad.connection.write(Buffer.alloc(MUCH));
      bad.peer.write('x');
      good.peer.write('x');
      loop.callSoon(fail('bad call'));
      loop.callLater(0, fail('bad timer'));
      loop.once(bad.connection.fileno(), 'r', fail('bad watch'));
      loop.onPrepare(fail('bad prepare'))();
      await runUntil(
        loop,
        () => bad.peer.read().size === MUCH && reported.includes('drain: bad drain'),
      );
      bad.peer.end();
      good.peer.end();
      await runUntil(loop, () => good.log.isLost && bad.connection.fileno() === -1);
      await run(loop);
      expect(good.log.events).toEqual(['data 1', 'eof', 'lost null']);
      expect([...new Set(reported)].sort()).toEqual([
        'callLater: bad timer',
        'callSoon: bad call',
        'data: bad data',
        'drain: bad drain',
        'eof: bad eof',
        'lost: bad lost',
        'watch: bad watch',
      ]);
      expect(printed.length).toBe(reported.length);
    } finally {
      process.stderr.write = original;
    }
  });

  test('trap 13: reentrancy', async () => {
    const loop = open();
    const told: string[] = [];
    let isWriting = false;
    let newcomers = 0;
    const members = new Set<Connection>();
    const all = await meetAll(loop, 4, (met, i) => {
      expect(isWriting).toBe(false); // a write never calls back
      // Writes to all connections, loses one of them, its own last; watches something new; takes a turn.
      isWriting = true;
      for (const member of members) {
        member.write(Buffer.from('hello'));
        if (member === met[2]?.connection) {
          member.abort();
          members.delete(member);
          expect(met[2]?.log.isLost).toBe(false); // nor does anything else
        }
      }
      isWriting = false;
      const [a] = openPair();
      const before = newcomers;
      loop.once(a, 'w', () => newcomers++);
      if (i === 0) {
        met[0]?.connection.close();
        loop.runOnce(0);
        expect(newcomers).toBeGreaterThan(before);
      }
    });
    for (const { connection } of all) members.add(connection);
    all[0]?.peer.write('x');
    await runUntil(loop, () => all[2]?.log.isLost === true && all[0]?.log.isLost === true);
    await runUntil(loop, () => all[1]?.peer.read().text === 'hello');
    await runUntil(loop, () => all[3]?.peer.read().text === 'hello');
    expect(all.map(({ log }) => lostEvents(log))).toEqual([
      ['lost null'],
      [],
      ['lost ECONNABORTED'],
      [],
    ]);

    // A new watch of an fd whose event is being delivered: it is for the next turn, which has no event.
    const [r, w] = openPipe();
    write(w, 'x');
    const first = loop.watch(r, 'r', () => {
      const late = loop.watch(r, 'r', () => told.push('late'));
      first.cancel();
      read(r, 1);
      loop.callSoon(() => late.cancel());
    });
    await turn(loop, 0);
    await turn(loop, 0);
    expect(told).toEqual([]);
  });

  test('trap 14: timers', async () => {
    const loop = open();
    // Rounded up: else the last millisecond is spent with waits of no time.
    let turns = 0;
    const undo = loop.onPrepare(() => turns++);
    const start = loop.time();
    for (let i = 1; i <= 10; i++) {
      loop.callLater(0.0107 * i, () =>
        expect(loop.time() - start).toBeGreaterThanOrEqual(0.0107 * i),
      );
    }
    await run(loop);
    undo();
    expect(turns).toBeLessThanOrEqual(20);

    // Longer than 2^31 - 1 ms.
    const far = loop.callLater(3e6, () => expect.unreachable());
    loop.wake();
    await turn(loop);
    expect(far.active()).toBe(true);
    far.cancel();

    // A fd that is always ready and timers that are always due, side by side.
    const [a] = openPair();
    const counts = { fd: 0, timer: 0, soon: 0 };
    const watch = loop.watch(a, 'w', () => counts.fd++);
    const again = () => {
      if (++counts.timer < 1000) loop.callLater(0, again);
    };
    const soon = () => {
      if (++counts.soon < 1000) loop.callSoon(soon);
    };
    again();
    soon();
    for (let i = 0; i < 50; i++) await turn(loop, null);
    expect(counts).toEqual({ fd: 50, timer: 51, soon: 51 });
    watch.cancel();
  });

  test('trap 14: a periodic timer does not drift', async () => {
    let now = 0;
    const loop = open({ clock: () => now });
    const times: number[] = [];
    const call = loop.callEvery(1, () => {
      times.push(call.getTime() as number);
      now += 0.3; // it takes its time
    });
    for (let i = 0; i < 100; i++) {
      now = Math.max(now, call.getTime() as number) + 0.1; // and every turn is late
      await turn(loop, 0);
    }
    expect(times).toEqual(Array.from({ length: 100 }, (_, i) => i + 2));
  });

  test('trap 15: stop', async () => {
    const loop = open();
    const mets = [await meet(mode, loop), await meet(mode, loop)];
    loop.stop(); // before run: nothing
    const told: string[] = [];
    loop.callSoon(() => {
      told.push('stop');
      loop.stop();
      loop.stop();
    });
    loop.callSoon(() => told.push('the same turn'));
    let waits = 0;
    const undo = loop.onPrepare(() => waits++);
    await run(loop);
    undo();
    expect([told, waits]).toEqual([['stop', 'the same turn'], 1]);
    mets[0]?.peer.write('again');
    await runUntil(loop, () => mets[0]?.log.bytes.length === 5);

    if (mode.isAsync) {
      const running = loop.runAsync();
      setImmediate(() => loop.stop()); // from outside, while it waits
      await running;
    }
    loop.close();
    expect(mets.map(({ log }) => lostEvents(log))).toEqual([
      ['lost ECONNABORTED'],
      ['lost ECONNABORTED'],
    ]);
    expect(mets.map(({ connection }) => connection.fileno())).toEqual([-1, -1]);
  });
});

describe.each(CLASSES)('$name', ({ Class, call }) => {
  test('trap 3: closed without unregistering, and the number is used again', () => {
    const selector = openSelector(Class);
    const [a, b] = openPair();
    const [r, w] = pipe();
    closing(w);
    const duplicate = closing(dup(r));
    selector.register(r, EVENT_READ);
    close(closing(r));
    write(w, 'x');
    expect(() => selector.unregister(r)).not.toThrow();
    const number = closing(dup2(a, r));
    selector.register(number, EVENT_READ | EVENT_WRITE);
    if (call === 'epoll') {
      // The old file is in the set as long as its duplicate lives, under a number that is another's.
      expect(readyNow(selector).get(number)).toBeDefined();
      close(duplicate);
    }
    expect(readyNow(selector)).toEqual(new Map([[number, EVENT_WRITE]]));
    b.shutdown(SHUT_WR);
    expect(readyNow(selector)).toEqual(new Map([[number, EVENT_READ | EVENT_WRITE]]));
    selector.unregister(number);
  });
});
