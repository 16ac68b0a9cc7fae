/** Connection: writing, reading, and its end. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Connection } from 'fdselect/loop';
import { MSG_OOB } from 'fdselect/socket';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Log, type MeetOptions, MUCH, meet } from '../support/loop-peers.ts';
import { SOME_LOOPS } from '../support/loops.ts';
import { rangeError, thrown, typeError } from '../support/thrown.ts';

/** Handlers of which a test replaces some. */
function handlers(replaced: (log: Log) => Partial<Log>): NonNullable<MeetOptions['handlers']> {
  return (connection) => {
    const log = new Log(connection);
    const own = replaced(log);
    const proto = Log.prototype as unknown as Record<string, (argument?: unknown) => void>;
    for (const [name, handler] of Object.entries(own)) {
      (log as unknown as Record<string, unknown>)[name] = (argument: unknown) => {
        proto[name]?.call(log, argument);
        (handler as (argument: unknown) => void)(argument);
      };
    }
    return log;
  };
}

describe.each(SOME_LOOPS)('$name', (mode) => {
  const { open, runUntil } = mode;

  test('written data arrives in order, at once if the kernel takes it', async () => {
    const loop = open();
    const { peer, connection } = await meet(mode, loop);
    expect(connection.write(Buffer.from('one '))).toBe(true);
    expect(connection.write(new Uint8Array([0x32, 0x20]))).toBe(true);
    expect(connection.write(Buffer.alloc(0))).toBe(true);
    expect(connection.pending).toBe(0);
    connection.write(new Uint16Array([0x6133]).buffer);
    await runUntil(loop, () => peer.read().size >= 8);
    expect(peer.text).toBe('one 2 3a');
  });

  test('a value that is not bytes is a TypeError, also after the connection has ended', async () => {
    const loop = open();
    const { connection } = await meet(mode, loop);
    for (const bad of ['text', 7, null, undefined, [1]]) {
      expect(thrown(() => connection.write(bad as never))).toEqual(typeError);
    }
    for (const bad of [-1, 256, 1.5]) {
      expect(thrown(() => connection.writeUrgent(bad))).toEqual(rangeError);
    }
    expect(thrown(() => connection.close(-1))).toEqual(rangeError);
    expect(connection.write(Buffer.of(1))).toBe(true); // the bad call did not end it
    connection.abort();
    expect(thrown(() => connection.write('text' as never))).toEqual(typeError);
  });

  test('writes of any size to a peer that reads any amount: the same bytes arrive', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 300_000 }), { minLength: 1, maxLength: 25 });
    const amounts = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(sizes, amounts, async (writes, reads) => {
        const loop = open();
        const { peer, connection } = await meet(mode, loop, { maxBuffer: Infinity });
        const chunks = writes.map((size) => randomBytes(size));
        const expected = Buffer.concat(chunks);
        let written = 0;
        const write = () => {
          const chunk = chunks[written++];
          if (chunk === undefined) {
            connection.end();
            return;
          }
          const copy = Buffer.from(chunk);
          connection.write(copy);
          copy.fill(0); // the connection has copied the data
          if (written % 3 === 0) loop.callSoon(write);
          else write();
        };
        loop.callSoon(write);
        let read = 0;
        await runUntil(loop, () => {
          // Now and then it reads much: else the test would take as long as the slowest reader.
          peer.read(read % 4 === 3 ? 1_000_000 : reads[read % reads.length]);
          read++;
          return peer.hasEnded;
        });
        expect(peer.bytes.equals(expected)).toBe(true);
        peer.close();
        loop.close();
      }),
      { numRuns: 8 },
    );
  });

  test('write is false at the high-water mark; drain comes once, at the low-water mark', async () => {
    const loop = open();
    const pending: number[] = [];
    const { peer, connection, log } = await meet(mode, loop, {
      highWater: 100_000,
      lowWater: 20_000,
      maxBuffer: Infinity,
      handlers: handlers((own) => ({ drain: () => pending.push(own.connection.pending) })),
    });
    connection.write(Buffer.alloc(MUCH)); // the kernel's buffers are full
    while (connection.pending < 99_999) connection.write(Buffer.alloc(1));
    const size = connection.pending;
    expect(connection.write(Buffer.alloc(0))).toBe(false); // false: the high-water mark is reached
    let total = MUCH;
    expect(size).toBeGreaterThan(100_000);
    await runUntil(loop, () => peer.read().size === total);
    expect(log.events).toEqual(['drain']);
    expect(pending[0]).toBeLessThanOrEqual(20_000);

    // With room left there is nothing to wait for.
    connection.write(Buffer.alloc(50));
    total += 50;
    await runUntil(loop, () => peer.read().size === total);
    expect(log.events).toEqual(['drain']);
  });

  test('drain may write up to the high-water mark again, each time', async () => {
    const loop = open();
    const chunk = randomBytes(100_000);
    let rounds = 0;
    const { peer, connection, log } = await meet(mode, loop, {
      maxBuffer: Infinity,
      handlers: handlers((own) => ({ drain: () => fill(own.connection) })),
    });
    const fill = (to: Connection) => {
      while (rounds < 200) {
        rounds++;
        if (!to.write(chunk)) return;
      }
      to.end();
    };
    fill(connection);
    await runUntil(loop, () => peer.read().hasEnded);
    expect(peer.size).toBe(200 * chunk.length);
    expect(peer.bytes.subarray(-chunk.length).equals(chunk)).toBe(true);
    expect(log.events.length).toBeGreaterThan(2);
  });

  test('at the high-water mark nothing is read from a peer that does not read', async () => {
    const loop = open();
    let most = 0;
    const { peer, connection, log } = await meet(mode, loop, {
      handlers: handlers((own) => ({
        data: (bytes: Buffer) => {
          own.connection.write(bytes);
          most = Math.max(most, own.connection.pending);
        },
      })),
    });
    const data = randomBytes(3 * MUCH); // more than the kernel takes in both directions
    let sent = 0;
    const send = () => {
      const before = sent;
      for (let taken = -1; taken !== 0 && sent < data.length; sent += taken) {
        taken = peer.write(data.subarray(sent, sent + 1_000_000));
      }
      return sent - before;
    };
    let rests = 0;
    await runUntil(loop, () => {
      rests = send() === 0 ? rests + 1 : 0;
      return rests > 20;
    });
    expect(sent).toBeLessThan(data.length);
    expect(connection.pending).toBeGreaterThanOrEqual(65536);
    const toldBefore = log.events.length;
    await runUntil(loop, () => {
      send();
      return peer.read().size === data.length;
    });
    expect(peer.bytes.equals(data)).toBe(true);
    expect(most).toBeLessThan(65536 + 65536);
    expect(log.events.length).toBeGreaterThan(toldBefore);
  });

  test('pausesReading false: unsent bytes do not stop reading', async () => {
    const loop = open();
    const { peer, connection, log } = await meet(mode, loop, {
      pausesReading: false,
      maxBuffer: Infinity,
    });
    connection.write(Buffer.alloc(MUCH));
    expect(connection.pending).toBeGreaterThan(65536);
    peer.write('heard');
    await runUntil(loop, () => log.bytes.length === 5);
    expect(connection.pending).toBeGreaterThan(65536);
  });

  test.each([true, false])('reusesInput %s: the memory of the next bytes', async (reusesInput) => {
    const loop = open();
    const { peer, log } = await meet(mode, loop, { reusesInput });
    for (const text of ['one', 'two']) {
      peer.write(text);
      await runUntil(loop, () => log.bytes.toString().endsWith(text));
    }
    expect(log.bytes.toString()).toBe(reusesInput ? 'twotwo' : 'onetwo');
  });

  test('reusesInput: a turn within `data` does not touch its bytes', async () => {
    const loop = open();
    const inner = await meet(mode, loop, { reusesInput: true });
    const seen: string[] = [];
    const outer = await meet(mode, loop, {
      reusesInput: true,
      handlers: handlers(() => ({
        data(bytes) {
          while (inner.log.bytes.length < 5) loop.runOnce(1);
          seen.push(bytes.toString());
        },
      })),
    });
    outer.peer.write('outer');
    await runUntil(loop, () => {
      if (inner.log.events.length === 0) inner.peer.write('inner');
      return seen.length > 0;
    });
    expect(seen).toEqual(['outer']);
  });

  test('more than maxBuffer: lost with ENOBUFS, once and not at once', async () => {
    const loop = open();
    const { peer, connection, log } = await meet(mode, loop, { maxBuffer: 1_000_000 });
    let last = true;
    let writes = 0;
    while (!log.isLost && writes++ < 1000 && connection.fileno() >= 0) {
      last = connection.write(Buffer.alloc(100_000));
    }
    expect(last).toBe(false);
    expect(log.events).toEqual([]); // no call before write has returned
    expect(connection.pending).toBe(0);
    await runUntil(loop, () => log.isLost);
    expect(log.events).toEqual(['lost ENOBUFS']);
    expect(connection.write(Buffer.alloc(1))).toBe(false);
    peer.read();
  });

  test('one write that is larger than maxBuffer is lost at once', async () => {
    const loop = open();
    const { connection, log } = await meet(mode, loop);
    const before = process.memoryUsage().external;
    const much = Buffer.alloc(8 * MUCH);
    expect(connection.write(much)).toBe(false);
    // It was not even copied.
    expect(process.memoryUsage().external - before).toBeLessThan(12 * MUCH);
    await runUntil(loop, () => log.isLost);
    expect(log.events).toEqual(['lost ENOBUFS']);
  });

  test('maxBuffer Infinity: 64 MiB wait, and arrive', async () => {
    const loop = open();
    const { peer, connection } = await meet(mode, loop, { maxBuffer: Infinity });
    const data = randomBytes(1024 * 1024);
    for (let i = 0; i < 64; i++) connection.write(data);
    connection.end();
    await runUntil(loop, () => peer.read().hasEnded);
    expect(peer.size).toBe(64 * data.length);
    expect(peer.bytes.subarray(-data.length).equals(data)).toBe(true);
  });

  test('`data` may keep the bytes that it gets', async () => {
    const loop = open();
    const { peer, log } = await meet(mode, loop);
    const data = randomBytes(2_000_000);
    let sent = 0;
    await runUntil(loop, () => {
      sent += peer.write(data.subarray(sent, sent + 7777));
      return log.bytes.length === data.length;
    });
    expect(log.bytes.equals(data)).toBe(true);
  });

  test('end: the queued bytes, then the end; data from the peer arrives until its own end', async () => {
    const loop = open();
    const { peer, connection, log } = await meet(mode, loop, { maxBuffer: Infinity });
    const data = randomBytes(MUCH);
    connection.write(data);
    connection.end();
    connection.end();
    expect(connection.write(Buffer.from('too late'))).toBe(false);
    await runUntil(loop, () => peer.read().hasEnded);
    expect(peer.bytes.equals(data)).toBe(true);
    peer.write('still');
    await runUntil(loop, () => log.bytes.length === 5);
    peer.end();
    await runUntil(loop, () => log.isLost);
    expect(log.events.filter((event) => event !== 'drain')).toEqual(['data 5', 'eof', 'lost null']);
  });

  test("the peer's end of file ends the connection, after the unsent data and that of `eof`", async () => {
    const loop = open();
    const { peer, log } = await meet(mode, loop, {
      maxBuffer: Infinity,
      handlers: handlers(({ connection }) => ({
        data: (bytes: Buffer) => connection.write(Buffer.concat([bytes, Buffer.alloc(MUCH)])),
        eof: () => connection.write(Buffer.from('bye')),
      })),
    });
    peer.write('hi');
    peer.end();
    await runUntil(loop, () => peer.read().hasEnded && log.isLost);
    expect(peer.size).toBe(2 + MUCH + 3);
    expect(peer.text.slice(-3)).toBe('bye');
    expect(log.events.filter((event) => event !== 'drain')).toEqual(['data 2', 'eof', 'lost null']);
  });

  test('allowHalfOpen: it may write until end()', async () => {
    const loop = open();
    const { peer, connection, log } = await meet(mode, loop, { allowHalfOpen: true });
    peer.end();
    await runUntil(loop, () => log.events.includes('eof'));
    let writes = 0;
    const writing = loop.callEvery(0.001, () => {
      connection.write(Buffer.from('more'));
      if (++writes === 5) {
        writing.cancel();
        connection.end();
      }
    });
    await runUntil(loop, () => peer.read().hasEnded && log.isLost);
    expect(peer.size).toBe(20);
    expect(log.events).toEqual(['eof', 'lost null']);
  });

  test('allowHalfOpen may be chosen in eof', async () => {
    const loop = open();
    const { peer, connection, log } = await meet(mode, loop, {
      handlers: handlers((own) => ({
        eof: () => {
          own.connection.allowHalfOpen = true;
        },
      })),
    });
    peer.end();
    await runUntil(loop, () => log.events.includes('eof'));
    expect(connection.write(Buffer.from('x'))).toBe(true);
    connection.end();
    await runUntil(loop, () => log.isLost);
    expect(peer.read().text).toBe('x');
  });

  test('a half-open connection at rest does not keep the loop awake', async () => {
    const loop = open();
    const { peer, log } = await meet(mode, loop, { allowHalfOpen: true });
    peer.end();
    await runUntil(loop, () => log.events.includes('eof'));
    await mode.run(loop); // it watches nothing
  });

  test('close: all is sent in spite of unread input, and `lost` gets null', async () => {
    const loop = open();
    const { peer, connection, log } = await meet(mode, loop, { maxBuffer: Infinity });
    connection.pause();
    const data = randomBytes(MUCH);
    peer.write(Buffer.alloc(100_000));
    connection.write(data);
    connection.close();
    connection.close();
    expect(connection.write(Buffer.from('too late'))).toBe(false);
    await runUntil(loop, () => {
      peer.write('unread');
      return peer.read().isOver && log.isLost;
    });
    expect(peer.failure).toBeUndefined();
    expect(peer.bytes.equals(data)).toBe(true);
    expect(log.events).toEqual(['lost null']);
    const fd = connection.fileno();
    expect(fd).toBeGreaterThanOrEqual(0); // until the peer has ended, too
    peer.end();
    await runUntil(loop, () => connection.fileno() === -1);
  });

  test('close does not wait longer than two seconds for the peer to end', async () => {
    const loop = open();
    const { peer, connection, log } = await meet(mode, loop);
    connection.close();
    const start = performance.now();
    await runUntil(loop, () => connection.fileno() === -1);
    expect(performance.now() - start).toBeGreaterThanOrEqual(1990);
    expect(log.events).toEqual(['lost null']);
    peer.read();
  });

  test('close(seconds) aborts after these seconds', async () => {
    const loop = open();
    const { peer, connection, log } = await meet(mode, loop, { maxBuffer: Infinity });
    connection.write(Buffer.alloc(MUCH));
    const start = performance.now();
    connection.close(0.05);
    connection.close(10);
    await runUntil(loop, () => log.isLost);
    expect(performance.now() - start).toBeGreaterThanOrEqual(50);
    expect(log.events).toEqual(['lost ECONNABORTED']);
    await runUntil(loop, () => peer.read().isOver);
    expect(peer.failure).toBe('ECONNRESET');
  });

  test('abort is a reset', async () => {
    const loop = open();
    const { peer, connection, log } = await meet(mode, loop, { maxBuffer: Infinity });
    connection.write(Buffer.alloc(MUCH));
    connection.abort();
    connection.abort();
    expect(log.events).toEqual([]);
    expect([connection.fileno(), connection.pending]).toEqual([-1, 0]);
    await runUntil(loop, () => log.isLost && peer.read().isOver);
    expect(log.events).toEqual(['lost ECONNABORTED']);
    expect(peer.failure).toBe('ECONNRESET');
  });

  test('pause: no data; resume: all data', async () => {
    const loop = open();
    const { peer, connection, log } = await meet(mode, loop);
    connection.pause();
    connection.pause();
    peer.write('abc');
    peer.end();
    let isLate = false;
    loop.callLater(0.03, () => {
      isLate = true;
    });
    await runUntil(loop, () => isLate);
    expect(log.events).toEqual([]);
    connection.resume();
    connection.resume();
    await runUntil(loop, () => log.isLost);
    expect(log.events).toEqual(['data 3', 'eof', 'lost null']);
    connection.pause();
    connection.resume();
  });

  test('pause in data takes effect at once', async () => {
    const loop = open();
    const { peer, connection, log } = await meet(mode, loop, {
      handlers: handlers((own) => ({ data: () => own.connection.pause() })),
    });
    peer.write(Buffer.alloc(1_000_000));
    await runUntil(loop, () => log.events.length > 0);
    let isLate = false;
    loop.callLater(0.02, () => {
      isLate = true;
    });
    await runUntil(loop, () => isLate);
    expect(log.events).toHaveLength(1);
    connection.resume();
    await runUntil(loop, () => log.events.length > 1);
  });

  test.each([
    ['idle', () => {}],
    ['with much to send', (connection: Connection) => connection.write(Buffer.alloc(MUCH))],
    ['that has ended', (connection: Connection) => connection.end()],
    ['that is being closed', (connection: Connection) => connection.close()],
    [
      'that is being closed with much to send',
      (connection: Connection) => {
        connection.write(Buffer.alloc(MUCH));
        connection.close();
      },
    ],
  ])('a reset of one %s', async (_state, prepare) => {
    const loop = open();
    const { peer, connection, log } = await meet(mode, loop, { maxBuffer: Infinity });
    const { peer: address, host } = connection;
    prepare(connection);
    loop.callLater(0.01, () => peer.reset());
    await runUntil(loop, () => log.isLost && connection.fileno() === -1);
    expect(log.events).toHaveLength(1);
    // If `close` has sent everything and called `lost` already, the reset comes too late.
    expect(log.events[0]).toMatch(/^lost (ECONNRESET|EPIPE|null)$/);
    if (_state !== 'that is being closed') expect(log.events[0]).not.toBe('lost null');
    expect(connection.peer).toBe(address);
    expect(connection.host).toEqual(host);
  });

  test('peer and host, also when they were not asked for before the end', async () => {
    const loop = open();
    const { peer, connection, log } = await meet(mode, loop);
    expect(connection.peer).toEqual(peer.socket.getsockname());
    const host = peer.socket.getpeername();
    peer.reset();
    await runUntil(loop, () => log.isLost);
    expect(connection.host).toEqual(host);
    expect(connection.host).toBe(connection.host);
  });

  const ENDS = {
    end: (connection: Connection) => connection.end(),
    close: (connection: Connection) => connection.close(),
    abort: (connection: Connection) => connection.abort(),
    'abort and close': (connection: Connection) => {
      connection.abort();
      connection.close();
    },
    'end and abort': (connection: Connection) => {
      connection.end();
      connection.abort();
    },
    'all and more': (connection: Connection) => {
      connection.write(Buffer.from('x'));
      connection.end();
      connection.pause();
      connection.close();
      connection.resume();
      connection.abort();
      connection.write(Buffer.from('y'));
    },
  };
  const PLACES = ['onConnection', 'data', 'eof', 'drain', 'urgent', 'lost', 'callSoon'] as const;

  test.each(Object.keys(ENDS))('%s, from every handler: lost comes once', async (name) => {
    const finish = ENDS[name as keyof typeof ENDS];
    for (const place of PLACES) {
      const loop = open();
      const { peer, connection, log } = await meet(mode, loop, {
        maxBuffer: Infinity,
        handlers: (to) => {
          if (place === 'onConnection') finish(to);
          const urgent = (byte: Buffer) => log_.events.push(`urgent ${byte[0]}`);
          const log_: Log = Object.assign(new Log(to), { urgent });
          if (place === 'onConnection' || place === 'callSoon') return log_;
          const plain = (log_ as unknown as Record<string, (a: unknown) => void>)[place];
          return Object.assign(log_, {
            [place]: (argument: unknown) => {
              plain?.call(log_, argument);
              const size = log_.events.length;
              finish(to);
              expect(log_.events).toHaveLength(size); // no call within
            },
          });
        },
      });
      if (place === 'data') peer.write('data');
      if (place === 'urgent') peer.socket.send(Buffer.from('!'), MSG_OOB);
      if (place === 'eof' || place === 'lost') peer.end();
      if (place === 'drain') connection.write(Buffer.alloc(MUCH));
      if (place === 'callSoon') loop.callSoon(() => finish(connection));
      let hasSaidItsEnd = place === 'eof' || place === 'lost';
      await runUntil(
        loop,
        () => {
          if (peer.read().hasEnded && !hasSaidItsEnd) {
            hasSaidItsEnd = true;
            peer.end();
          }
          return log.isLost && connection.fileno() === -1;
        },
        `${name} in ${place}`,
      );
      await mode.run(loop); // and nothing is left
      const lost = log.events.filter((event) => event.startsWith('lost'));
      expect(lost, place).toHaveLength(1);
      const isReset = name !== 'end' && name !== 'close' && place !== 'lost';
      expect(lost[0], place).toBe(isReset ? 'lost ECONNABORTED' : 'lost null');
      expect(log.events.at(-1)).toBe(lost[0]);
    }
  });

  test('no handler is called within write, end or abort', async () => {
    const loop = open();
    let depth = 0;
    let deepest = 0;
    const { peer, log } = await meet(mode, loop, {
      maxBuffer: Infinity,
      handlers: (connection) => {
        const own = new Log(connection);
        for (const name of ['data', 'eof', 'drain', 'lost'] as const) {
          const plain = own[name] as (argument?: unknown) => void;
          Object.assign(own, {
            [name]: (argument: unknown) => {
              deepest = Math.max(deepest, ++depth);
              plain.call(own, argument);
              connection.write(Buffer.alloc(own.events.length < 5 ? MUCH : 100_000));
              connection.resume();
              if (name === 'eof') connection.end();
              depth--;
            },
          });
        }
        return own;
      },
    });
    peer.write('go');
    await runUntil(loop, () => {
      peer.read();
      return log.events.filter((event) => event === 'drain').length > 2;
    });
    peer.end();
    await runUntil(loop, () => peer.read().isOver && log.isLost);
    expect(deepest).toBe(1);
  });

  test('handlers that throw are reported, and the connection goes on', async () => {
    const errors: string[] = [];
    const loop = open({ onError: (error) => errors.push((error as Error).message) });
    const fail = (name: string) => () => {
      throw new Error(name);
    };
    const { peer, connection, log } = await meet(mode, loop, {
      maxBuffer: Infinity,
      handlers: handlers(() => ({
        data: fail('data'),
        eof: fail('eof'),
        drain: fail('drain'),
        lost: fail('lost'),
      })),
    });
    peer.write('x');
    await runUntil(loop, () => errors.length === 1);
    connection.write(Buffer.alloc(MUCH));
    await runUntil(loop, () => peer.read().size === MUCH && errors.length === 2);
    peer.end();
    await runUntil(loop, () => log.isLost && peer.read().hasEnded);
    expect(errors).toEqual(['data', 'drain', 'eof', 'lost']);
    expect(log.events).toEqual(['data 1', 'drain', 'eof', 'lost null']);
    await mode.run(loop);
  });

  test('out-of-band bytes go before the queue and do not disturb it', async () => {
    const loop = open();
    const told: string[] = [];
    const { peer, connection } = await meet(mode, loop, {
      maxBuffer: Infinity,
      handlers: (to) =>
        Object.assign(new Log(to), {
          urgent: (byte: Buffer) => told.push(`urgent ${byte}`),
          data: (bytes: Buffer) => told.push(`data ${bytes}`),
        }),
    });
    peer.write('ab');
    peer.socket.send(Buffer.from('!'), MSG_OOB);
    peer.write('cd');
    const said = () =>
      told
        .filter((what) => what.startsWith('data'))
        .join('')
        .replaceAll('data ', '');
    await runUntil(loop, () => told.includes('urgent !') && said() === 'abcd');

    const data = randomBytes(MUCH);
    connection.write(data);
    connection.writeUrgent(0x21);
    let urgent: Buffer | undefined;
    await runUntil(loop, () => {
      try {
        urgent ??= peer.socket.recv(1, MSG_OOB);
      } catch {
        // it has not come yet
      }
      peer.readOnce();
      return peer.size === MUCH && urgent !== undefined;
    });
    expect(String(urgent)).toBe('!');
    expect(peer.bytes.equals(data)).toBe(true);
  });

  test('a Unix socket', async () => {
    const path = join(tmpdir(), `fdselect-${process.pid}-${Math.random()}.sock`);
    onTestFinished(() => rmSync(path));
    const loop = open();
    const { peer, connection, log } = await meet(mode, loop, { path, maxBuffer: Infinity });
    const data = randomBytes(MUCH);
    connection.write(data);
    peer.write('hello');
    await runUntil(loop, () => peer.read().size === MUCH && log.bytes.length === 5);
    expect(peer.bytes.equals(data)).toBe(true);
    expect([connection.host, connection.peer]).toEqual([path, '']);
    connection.close();
    await runUntil(loop, () => peer.read().hasEnded);
    peer.close();
    await runUntil(loop, () => connection.fileno() === -1);
  });

  test('of a peer that floods, a turn reads one chunk', async () => {
    const loop = open();
    const flood = await meet(mode, loop, { pausesReading: false });
    const quiet = await meet(mode, loop);
    while (flood.peer.write(Buffer.alloc(65536)) > 0);
    quiet.peer.write('hello');
    await runUntil(loop, () => quiet.log.events.length > 0);
    // By then the flooding one was called at most once for each turn.
    expect(flood.log.events.length).toBeLessThanOrEqual(3);
  });
});
