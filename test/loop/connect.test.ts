/** connect: connected, refused, timeout, cancelled, closed at once. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, connect, EventLoop, listen } from 'fdselect/loop';
import { AF_UNIX, createServer, socket } from 'fdselect/socket';
import { describe, expect, onTestFinished, test } from 'vitest';
import { codeOf, Log, RawPeer } from '../support/loop-peers.ts';
import { SOME_LOOPS } from '../support/loops.ts';
import { closing, openServer, refusingAddress } from '../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

/**
 * A listener whose queue is full: the kernel answers no further client, and a connect lasts.
 */
function openFull(): [string, number] {
  const server = closing(createServer(['127.0.0.1', 0], { backlog: 0 }));
  const address = server.getsockname() as [string, number];
  for (let i = 0; i < 3; i++) {
    const filler = closing(socket());
    filler.setblocking(false);
    filler.connectEx(address);
  }
  return address;
}

describe.each(SOME_LOOPS)('$name', (mode) => {
  const { open, run, runUntil } = mode;

  /** Connects and records its calls. */
  function dial(loop: EventLoop, address: Parameters<typeof connect>[1], timeout?: number) {
    const told: string[] = [];
    const logs: Log[] = [];
    const connector = connect(loop, address, {
      timeout,
      onConnection: (connection) => {
        told.push('connected');
        logs.push(new Log(connection));
        return logs[0] as Log;
      },
      onFailed: (error) => told.push(codeOf(error)),
    });
    expect(told).toEqual([]); // no call within connect()
    return { told, logs, connector };
  }

  test('connected, and both ends talk', async () => {
    const loop = open();
    const server = openServer();
    const { told, logs, connector } = dial(loop, server.getsockname(), 5);
    await runUntil(loop, () => told.length > 0);
    const peer = new RawPeer(closing(server.accept()[0]));
    const log = logs[0] as Log;
    expect(log.connection.peer).toEqual(server.getsockname());
    expect(log.connection.host).toEqual(peer.socket.getpeername());
    log.connection.write(Buffer.from('hello'));
    peer.write('and back');
    await runUntil(loop, () => peer.read().size === 5 && log.bytes.length === 8);
    connector.cancel(); // too late
    peer.end();
    await run(loop);
    expect(told).toEqual(['connected']);
    expect(log.events.slice(-2)).toEqual(['eof', 'lost null']);
  });

  test('refused', async () => {
    const loop = open();
    const { told } = dial(loop, refusingAddress());
    await run(loop);
    expect(told).toEqual(['ECONNREFUSED']);
  });

  test('a name is looked up, and peer is a number', async () => {
    const loop = open();
    const server = openServer();
    const [, port] = server.getsockname() as [string, number];
    const { told, logs } = dial(loop, ['localhost', port]);
    await runUntil(loop, () => told.length > 0);
    expect(logs[0]?.connection.peer).toEqual(['127.0.0.1', port]);
  });

  test('a name without an address: onFailed, and nothing is thrown', async () => {
    const loop = open();
    const failures: unknown[] = [];
    connect(loop, ['no.such.host.invalid', 1], {
      onConnection: () => expect.unreachable(),
      onFailed: (error) => failures.push(error),
    });
    expect(failures).toEqual([]);
    await run(loop);
    expect(failures).toEqual([osError(codeOf(failures[0]), 'getaddrinfo')]);
    loop.close();
  });

  test('cancelled during the lookup of a name', async () => {
    const loop = open();
    const { told, connector } = dial(loop, ['localhost', 1]);
    loop.callLater(0, () => connector.cancel());
    await run(loop);
    expect(told).toEqual(['ECONNABORTED']);
  });

  test('a Unix listener with a full backlog: ETIMEDOUT, or connected once it has room', async () => {
    const loop = open();
    const name = `\0fdselect-${process.pid}-${Math.random()}`;
    const listener = closing(socket(AF_UNIX));
    listener.bind(name);
    listener.listen(0);
    closing(socket(AF_UNIX)).connect(name);
    const never = dial(loop, name, 0.1);
    await run(loop);
    expect(never.told).toEqual(['ETIMEDOUT']);
    const later = dial(loop, name);
    loop.callLater(0.1, () => closing(listener.accept()[0]));
    await runUntil(loop, () => later.told.length > 0);
    expect(later.told).toEqual(['connected']);
    const refused = dial(loop, name);
    loop.callLater(0.1, () => listener.close());
    await runUntil(loop, () => refused.told.length > 0);
    expect(refused.told).toEqual(['ECONNREFUSED']);
  });

  test('after the timeout: ETIMEDOUT', async () => {
    const loop = open();
    const address = openFull();
    const start = performance.now();
    const { told } = dial(loop, address, 0.05);
    await run(loop);
    expect(told).toEqual(['ETIMEDOUT']);
    expect(performance.now() - start).toBeGreaterThanOrEqual(50);
  });

  test('cancel(): ECONNABORTED, once and not at once', async () => {
    const loop = open();
    const { told, connector } = dial(loop, openFull(), 10);
    connector.cancel();
    connector.cancel();
    expect(told).toEqual([]);
    await run(loop);
    expect(told).toEqual(['ECONNABORTED']);
  });

  test('cancel() in its own onFailed, and in a callback of the same turn', async () => {
    const loop = open();
    const told: string[] = [];
    const connector = connect(loop, refusingAddress(), {
      onConnection: () => expect.unreachable(),
      onFailed: (error) => {
        told.push(codeOf(error));
        connector.cancel();
      },
    });
    await run(loop);
    expect(told).toEqual(['ECONNREFUSED']);
    const server = openServer();
    const other = dial(loop, server.getsockname());
    loop.onPrepare(() => other.connector.cancel());
    await run(loop);
    expect(other.told).toEqual(['ECONNABORTED']);
  });

  test('IPv6', async () => {
    const loop = open();
    const server = openServer(['127.0.0.1', 0]);
    server.close();
    const told: string[] = [];
    const listener = listen(loop, ['::1', 0], (connection) => {
      told.push(String(connection.peer[0]));
      return new Log(connection);
    });
    const six = dial(loop, listener.getsockname());
    await runUntil(loop, () => told.length === 1 && six.told.length === 1);
    expect(told).toEqual(['::1']);
    expect(six.logs[0]?.connection.peer[0]).toBe('::1');
  });

  test('a Unix socket, and a path that does not exist', async () => {
    const path = join(tmpdir(), `fdselect-${process.pid}-${Math.random()}.sock`);
    onTestFinished(() => rmSync(path));
    const loop = open();
    const server = openServer(path);
    const there = dial(loop, path);
    const nowhere = dial(loop, `${path}.not`);
    await runUntil(loop, () => there.told.length === 1 && nowhere.told.length === 1);
    expect([there.told, nowhere.told]).toEqual([['connected'], ['ENOENT']]);
    expect(there.logs[0]?.connection.peer).toBe(path);
    server.close();
  });

  test.each(['reset', 'end'] as const)('a peer that closes at once (%s)', async (how) => {
    for (let i = 0; i < 20; i++) {
      const loop = open();
      const server = openServer();
      const { told, logs } = dial(loop, server.getsockname());
      const peer = new RawPeer(server.accept()[0]);
      if (how === 'reset') peer.reset();
      else peer.close();
      await run(loop);
      expect(told).toHaveLength(1);
      if (told[0] === 'connected') {
        expect(logs[0]?.events.at(-1)).toMatch(how === 'end' ? /null/ : /lost ECONNRESET|EPIPE/);
        expect(logs[0]?.events.filter((event) => event.startsWith('lost'))).toHaveLength(1);
      } else {
        expect(told[0]).toBe('ECONNRESET');
      }
      server.close();
    }
  });

  test('an onConnection that throws loses the connection, an onFailed is reported', async () => {
    const errors: string[] = [];
    const loop = open({ onError: (error, where) => errors.push(`${where}: ${error}`) });
    const server = openServer();
    connect(loop, server.getsockname(), {
      onConnection: () => {
        throw 'not now';
      },
      onFailed: () => expect.unreachable(),
    });
    connect(loop, refusingAddress(), {
      onConnection: () => expect.unreachable(),
      onFailed: () => {
        throw 'failed';
      },
    });
    await run(loop);
    expect(errors.sort()).toEqual(['onConnection: not now', 'onFailed: failed']);
    const peer = new RawPeer(closing(server.accept()[0]));
    expect(peer.read().failure).toBe('ECONNRESET');
  });
});

test('an error has the address of the call: host and port, a path, or the bytes of a path', () => {
  const loop = closing(new EventLoop());
  const errors: unknown[] = [];
  const onConnection = (connection: Connection) => new Log(connection);
  const bytes = Buffer.from('/no/such/path\xff', 'latin1');
  const refusing = refusingAddress();
  for (const address of [refusing, '/no/such/path', bytes]) {
    connect(loop, address, { onConnection, onFailed: (error) => errors.push(error) });
  }
  loop.run();
  const fields = errors.map((error) => {
    const { address, port } = error as { address: unknown; port?: unknown };
    return [address, port];
  });
  expect(fields).toContainEqual(refusing);
  expect(fields).toContainEqual(['/no/such/path', undefined]);
  expect(fields).toContainEqual([bytes, undefined]);
});

test('bad arguments are named, and leave nothing open', () => {
  const loop = closing(new EventLoop());
  const onConnection = (connection: Connection) => new Log(connection);
  const onFailed = () => {};
  const address: [string, number] = ['127.0.0.1', 1];
  const bad = (...args: unknown[]) => thrown(() => (connect as (...a: unknown[]) => void)(...args));
  expect(bad(loop, address)).toEqual(typeError);
  expect(bad(loop, address, { onConnection })).toEqual(typeError);
  expect(bad(loop, address, { onFailed, onConnection: 'x' })).toEqual(typeError);
  const late = bad(loop, address, { onFailed, onConnection, timeout: -1 });
  expect(late).toEqual(rangeError);
  expect(late).toHaveProperty('message', expect.stringMatching(/^timeout must be/));
  expect(bad(loop, address, { onFailed, onConnection, timeout: '1' })).toEqual(typeError);
  expect(bad(loop, address, { onFailed, onConnection, maxBuffer: 0 })).toEqual(rangeError);
  expect(bad(loop, ['127.0.0.1', 70_000], { onFailed, onConnection })).toEqual(rangeError);
  expect(bad(loop, 7, { onFailed, onConnection })).toEqual(typeError);
  loop.run(); // nothing is left
});
