/** Dispatchers: their methods, their log, and broken peers. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ChannelMap,
  closeAll,
  compactTraceback,
  Dispatcher,
  DispatcherWithSend,
  FileDispatcher,
  FileWrapper,
  socketMap,
} from 'fdselect/asyncore';
import { getBlocking, pipe, write } from 'fdselect/os';
import { AF_UNIX, SO_SNDBUF, SOL_SOCKET, Socket, socket, socketpair } from 'fdselect/socket';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { Acceptor, captured, MODES, paired, Recorder } from '../support/asyncore.ts';
import { connectTo, type Peer } from '../support/peer.ts';
import {
  close,
  closing,
  openPair,
  openPipe,
  openServer,
  openTcp,
  reset,
} from '../support/sandbox.ts';
import { scriptFile } from '../support/script.ts';
import { Server, until as waitUntil } from '../support/server.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

const X = Buffer.from('x');

afterEach(() => closeAll());

describe('construction', () => {
  test('without a socket', () => {
    const {
      socket: none,
      connected,
      accepting,
      connecting,
      addr,
      debug,
      closing: isClosing,
    } = new Dispatcher();
    expect([none, connected, accepting, connecting, addr, debug, isClosing]).toEqual([
      ...[null, false, false, false, null, false, false],
    ]);
    expect(new Dispatcher().fileno()).toBe(-1);
    expect(socketMap.size).toBe(0);
  });

  test('with a connected one, which becomes non-blocking', () => {
    const [, server] = openTcp();
    const channel = new Dispatcher(server);
    expect([channel.connected, server.getblocking()]).toEqual([true, false]);
    expect(channel.addr).toEqual(server.getpeername());
    expect(socketMap.get(server.fileno())).toBe(channel);
    expect(channel.fileno()).toBe(server.fileno());
  });

  test('with one that is not connected', () => {
    const channel = new Dispatcher(socket());
    expect([channel.connected, channel.addr]).toEqual([false, null]);
    expect(socketMap.size).toBe(1);
  });

  test('with one that is closed: EBADF, and nothing in the map', () => {
    const [a] = openPair();
    a.close();
    expect(thrown(() => new Dispatcher(a))).toEqual(osError('EBADF'));
    expect(socketMap.size).toBe(0);
  });

  test('an empty map is not the default one; another object is a TypeError', () => {
    const map: ChannelMap<Dispatcher> = new Map();
    const [a] = openPair();
    new Dispatcher(a, map);
    expect([map.size, socketMap.size]).toEqual([1, 0]);
    closeAll(map);
    for (const bad of [{}, 1, 'map', []]) {
      expect(thrown(() => new Dispatcher(null, bad as never))).toEqual(typeError);
    }
  });

  test('addChannel and delChannel with other maps', () => {
    const other: ChannelMap<Dispatcher> = new Map();
    const [channel] = paired((sock) => new Recorder(sock));
    const fd = channel.fileno();
    channel.addChannel(other);
    expect([other.get(fd), socketMap.get(fd)]).toEqual([channel, channel]);
    channel.delChannel(other);
    expect([other.size, socketMap.get(fd), channel.fileno()]).toEqual([0, channel, -1]);
    socketMap.clear();
    expect(thrown(() => channel.addChannel())).toMatchObject({ code: 'ERR_NO_SOCKET' });
  });

  test('another socket takes the place of the first', () => {
    const channel = new Dispatcher();
    channel.createSocket();
    closing(channel.socket as Socket);
    const first = channel.fileno();
    channel.createSocket();
    expect(channel.fileno()).not.toBe(first);
    expect([...socketMap.keys()]).toEqual([channel.fileno()]);
  });
});

test('toString', () => {
  class EchoServer extends Dispatcher {}
  const server = new EchoServer();
  server.createSocket();
  server.bind(['127.0.0.1', 0]);
  expect(String(server)).toBe('<EchoServer 127.0.0.1:0>');
  server.listen();
  expect(String(server)).toBe('<EchoServer listening 127.0.0.1:0>');
  server.addr = ['::1', 80, 0, 0];
  expect(String(server)).toBe("<EchoServer listening ('::1', 80, 0, 0)>");
  server.addr = '/tmp/x';
  expect(String(server)).toBe("<EchoServer listening '/tmp/x'>");
  server.close();
  expect(String(server)).toBe("<EchoServer '/tmp/x'>");
  const [channel] = paired((sock) => new EchoServer(sock));
  expect(String(channel)).toBe("<EchoServer connected ''>");
});

test('without a socket every method throws ERR_NO_SOCKET', () => {
  const channel = new Dispatcher();
  for (const call of [
    () => channel.send(X),
    () => channel.recv(1),
    () => channel.accept(),
    () => channel.listen(),
    () => channel.bind(['127.0.0.1', 0]),
    () => channel.connect(['127.0.0.1', 1]),
    () => channel.setReuseAddr(),
    () => new DispatcherWithSend().send(X),
  ]) {
    expect(thrown(call)).toMatchObject({ code: 'ERR_NO_SOCKET' });
    expect(String(thrown(call))).toMatch(/<Dispatcher(WithSend)?> has no socket/);
  }
  channel.close();
});

describe.each([false, true])('send and recv, reusesInput %s', (reusesInput) => {
  const record = (sock: Socket) => Object.assign(new Recorder(sock), { reusesInput });

  test('send is 0 when the kernel takes nothing, recv throws EAGAIN when there is nothing', () => {
    const [channel] = paired(record);
    expect(thrown(() => channel.recv(1))).toEqual(osError('EAGAIN'));
    expect(thrown(() => channel.recv(1.5))).toEqual(rangeError);
    expect(thrown(() => channel.recv('1' as never))).toEqual(typeError);
    const chunk = Buffer.alloc(65536);
    while (channel.send(chunk) > 0);
    expect(channel.events).toEqual([]);
    expect(thrown(() => channel.send('text' as never))).toEqual(typeError);
  });

  test('at the end of file recv returns no bytes and calls handleClose', () => {
    const [channel, peer] = paired(record);
    peer.send(X);
    peer.close();
    expect(channel.recv(0)).toEqual(Buffer.alloc(0));
    expect(channel.recv(5)).toEqual(X);
    expect(channel.events).toEqual([]);
    expect(channel.recv(5)).toEqual(Buffer.alloc(0));
    expect(channel.events).toEqual(['close']);
    // It is closed now: EBADF also counts as the end of the connection.
    expect([channel.recv(5).length, channel.send(X)]).toEqual([0, 0]);
    expect(channel.events).toEqual(['close', 'close', 'close']);
  });

  test('a reset: handleClose, by recv as by send', () => {
    for (const call of [(c: Dispatcher) => c.recv(5).length, (c: Dispatcher) => c.send(X)]) {
      const [client, server] = openTcp();
      const channel = record(server);
      reset(client);
      expect(call(channel)).toBe(0);
      expect(channel.events).toEqual(['close']);
    }
  });

  test('recv: the memory of the next bytes', () => {
    const [channel, peer] = paired(record);
    peer.send('onetwo');
    const first = channel.recv(3);
    const second = channel.recv(3);
    expect([first, second].join()).toBe(reusesInput ? 'two,two' : 'one,two');
    peer.send('four');
    expect(String(channel.recv(100000))).toBe('four'); // more than the shared memory
    expect(String(second)).toBe('two');
  });
});

test('reusesInput: bytes whose memory was transferred to another thread', () => {
  const [channel, peer] = paired((sock) => new Recorder(sock));
  channel.reusesInput = true;
  peer.send('onetwo');
  const { buffer } = channel.recv(3);
  expect(structuredClone(buffer, { transfer: [buffer] }).byteLength).toBe(65536);
  expect(String(channel.recv(3))).toBe('two');
});

test('close is idempotent, and ignores EBADF', () => {
  const [channel] = paired((sock) => new Recorder(sock));
  const { socket: sock } = channel;
  close(closing(channel.fileno()));
  channel.close();
  channel.close();
  expect(channel.socket).toBe(sock);
  using second = new Dispatcher(socket());
  expect(second.fileno()).toBeGreaterThan(0);
});

describe('connect', () => {
  test('to an impossible address: thrown, and it can be tried again', () => {
    const server = openServer();
    const channel = new Recorder();
    channel.createSocket();
    expect(thrown(() => channel.connect(['255.255.255.255', 1]))).toMatchObject({
      name: 'OSError',
      syscall: 'connect',
    });
    expect(channel.connecting).toBe(false);
    expect(thrown(() => channel.connect(['127.0.0.1'] as never))).toEqual(typeError);
    expect(thrown(() => channel.connect(['127.0.0.1', 70000]))).toEqual(rangeError);
    channel.connect(server.getsockname());
    expect(channel.connecting).toBe(true);
  });

  test('a Unix socket whose queue is full is EAGAIN, not a connection', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fdselect-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const listener = closing(socket(AF_UNIX));
    listener.bind(join(folder, 'socket'));
    listener.listen(0);
    const connect = () => {
      const channel = new Recorder();
      channel.createSocket(AF_UNIX);
      channel.connect(join(folder, 'socket'));
      return channel;
    };
    const error = thrown(() => {
      for (let i = 0; i < 10; i++) expect(connect().connected).toBe(true);
    });
    expect(error).toEqual(osError('EAGAIN', 'connect'));
  });
});

describe('accept', () => {
  test('no connection waits: null', () => {
    const server = new Acceptor();
    expect(server.accept()).toBe(null);
    server.handleAccept();
    expect(server.accepted).toEqual([]);
  });

  test('a non-blocking socket and an address', () => {
    const server = new Acceptor();
    const client = closing(socket());
    client.connect(server.address);
    const [sock, addr] = server.accept() as [Socket, unknown];
    closing(sock);
    expect(sock.getblocking()).toBe(false);
    expect(addr).toEqual(client.getsockname());
  });

  test('of a socket that does not listen: EINVAL', () => {
    const channel = new Dispatcher();
    channel.createSocket();
    expect(thrown(() => channel.accept())).toEqual(osError('EINVAL'));
  });
});

describe('handleError', () => {
  test('logs the error, its place and the channel, and closes', () => {
    const stdout = captured(process.stdout);
    const [channel] = paired((sock) => new Dispatcher(sock));
    function boom(): never {
      throw new RangeError('too much');
    }
    channel.handleError(thrown(boom));
    expect(stdout.text).toMatch(
      /^error: uncaptured exception, closing channel <Dispatcher connected ''> \(RangeError:too much (\[.+\|.+\|\d+\] )*\[.+\/dispatcher\.test\.ts\|boom\|\d+\]\)\n$/,
    );
    expect(channel.fileno()).toBe(-1);
  });

  test('any thrown value, even if its toString throws', () => {
    const stdout = captured(process.stdout);
    class Odd extends Dispatcher {
      override toString(): string {
        throw new Error('no name');
      }
    }
    new Odd().handleError('a string');
    new Odd().handleError(undefined);
    const bare = new Error('bare');
    delete bare.stack;
    new Odd().handleError(bare);
    const start = 'error: uncaptured exception, closing channel <Odd, whose toString() fails>';
    expect(stdout.text).toBe(`${start} (a string)\n${start} (undefined)\n${start} (Error:bare)\n`);
    expect(thrown(() => compactTraceback(bare))).toEqual(typeError);
    expect(thrown(() => compactTraceback('x' as never))).toEqual(typeError);
  });
});

describe('DispatcherWithSend', () => {
  test('sends 65536 bytes at once at the most', () => {
    const [channel, peer] = paired((sock) => new DispatcherWithSend(sock));
    channel.socket?.setsockopt(SOL_SOCKET, SO_SNDBUF, 1_000_000);
    expect(channel.writable()).toBe(false);
    expect(channel.send(Buffer.alloc(70_000))).toBe(70_000);
    expect([channel.outBuffer.size, channel.writable()]).toEqual([4464, true]);
    channel.handleWrite();
    expect([channel.outBuffer.size, channel.writable()]).toEqual([0, false]);
    let received = 0;
    while (received < 70_000) received += peer.recv(70_000).length;
  });

  test('copies the data, and takes only bytes', () => {
    const [channel, peer] = paired((sock) => new DispatcherWithSend(sock));
    const data = Buffer.from('before');
    channel.connecting = true;
    channel.send(data);
    data.fill('x');
    channel.connecting = false;
    channel.send(new Uint16Array([0x3231]));
    expect(String(peer.recv(100))).toBe('before12');
    expect(thrown(() => channel.send('text' as never))).toEqual(typeError);
  });

  test('debug', () => {
    const stdout = captured(process.stdout);
    const [channel] = paired((sock) => new DispatcherWithSend(sock));
    channel.debug = true;
    channel.send(X);
    expect(stdout.text).toBe('info: sending <Buffer 78>\n');
  });

  test('a lost connection drops what is queued and calls handleClose', () => {
    const closes: number[] = [];
    class Sender extends DispatcherWithSend {
      override handleClose(): void {
        closes.push(this.outBuffer.size);
        this.close();
      }
    }
    const [channel, peer] = paired((sock) => new Sender(sock));
    while (channel.outBuffer.size === 0) channel.send(Buffer.alloc(65536));
    peer.close();
    channel.handleWrite();
    expect(closes).toEqual([0]);
  });

  test.each(MODES)(
    'what is sent before the connection is there waits for it, $name',
    async (mode) => {
      const server = new Acceptor();
      const channel = new DispatcherWithSend();
      channel.createSocket();
      channel.handleConnect = () => void channel.send(Buffer.from(' in handleConnect'));
      channel.connect(server.address);
      channel.send(Buffer.from('before'));
      expect(channel.outBuffer.size).toBe(6);
      await mode.until(() => channel.connected && channel.outBuffer.size === 0, 'all is sent');
      await mode.until(() => server.accepted.length > 0, 'it is accepted');
      expect(String(server.accepted[0]?.recv(100))).toBe('before in handleConnect');
    },
  );

  test.each(MODES)('5 MB to a slow reader arrive intact, $name', async ({ until }) => {
    class Slow extends Recorder {
      readonly chunks: Buffer[] = [];
      size = 0;
      override writable(): boolean {
        return false;
      }
      override handleRead(): void {
        const chunk = this.recv(60_000);
        this.chunks.push(chunk);
        this.size += chunk.length;
      }
    }
    const [a, b] = socketpair();
    const sender = new DispatcherWithSend(a);
    const reader = new Slow(b);
    const data = randomBytes(5_000_000);
    sender.send(data);
    await until(() => reader.size === data.length, 'all has come');
    expect(Buffer.concat(reader.chunks).equals(data)).toBe(true);
  });
});

describe('FileDispatcher', () => {
  test.each(MODES)('a pipe: data, then the end, $name', async ({ run }) => {
    const [r, w] = openPipe();
    const received: string[] = [];
    class Pipe extends FileDispatcher {
      override writable(): boolean {
        return false;
      }
      override handleRead(): void {
        received.push(String(this.recv(100)));
      }
    }
    const channel = new Pipe(r);
    expect([channel.connected, getBlocking(r), getBlocking(w)]).toEqual([true, false, true]);
    write(w, 'hello');
    close(w);
    await run(null);
    expect(received).toEqual(['hello', '']);
    expect(socketMap.size).toBe(0);
  });

  test('writing: 0 if the pipe is full, handleClose if it has no reader', () => {
    const [r, w] = openPipe();
    const channel = new FileDispatcher(w);
    const chunk = Buffer.alloc(65536);
    expect(channel.send(chunk)).toBe(65536);
    expect(channel.send(chunk)).toBe(0);
    expect(new FileWrapper(w)[Symbol.dispose]()).toBe(undefined);
    close(r);
    expect(channel.send(chunk)).toBe(0);
    expect(channel.fileno()).toBe(-1);
  });

  test('one that can send: an outBuffer over a pipe', () => {
    class PipeSender extends DispatcherWithSend {
      constructor(fd: number) {
        super();
        this.connected = true;
        FileDispatcher.prototype.setFile.call(this, fd);
      }
    }
    const [r, w] = openPipe();
    const writer = new FileDispatcher(w);
    const sender = new PipeSender(w);
    const data = Buffer.alloc(100_000, 'y');
    sender.send(data);
    expect(sender.outBuffer.size).toBe(100_000 - 65536);
    sender.handleWrite();
    expect(sender.outBuffer.size).toBe(100_000 - 65536);
    const reader = new FileDispatcher(r);
    let received = 0;
    while (received < data.length) {
      received += reader.recv(100_000).length;
      sender.handleWrite();
    }
    writer.close();
  });

  test('a bad file descriptor', () => {
    const [r, w] = pipe();
    closing(r);
    closing(w);
    expect(thrown(() => new FileDispatcher({} as never))).toEqual(typeError);
    expect(thrown(() => new FileDispatcher(-1))).toEqual(rangeError);
    expect(thrown(() => new FileDispatcher(2 ** 30))).toEqual(osError('EBADF'));
    expect(socketMap.size).toBe(0);
  });
});

describe.each(MODES)('broken peers, $name', ({ until }) => {
  test('channels that throw in every handler do not affect the others', async () => {
    captured(process.stdout);
    const stderr = captured(process.stderr);
    class Awful extends Dispatcher {
      readonly #throws: string[];
      constructor(sock: Socket, throws: string[]) {
        super(sock);
        this.#throws = throws;
      }
      #may(name: string): void {
        if (this.#throws.includes(name)) throw new Error(name);
      }
      override handleRead(): void {
        this.#may('read');
        this.recv(100);
      }
      override handleWrite(): void {
        this.#may('write');
      }
      override handleClose(): void {
        this.#may('close');
        super.handleClose();
      }
      override handleError(error: unknown): void {
        this.#may('error');
        super.handleError(error);
      }
    }
    class Echo extends DispatcherWithSend {
      override handleRead(): void {
        const data = this.recv(1);
        if (data.length > 0) this.send(data);
      }
    }
    const names = ['read', 'write', 'close', 'error'];
    const peers: Socket[] = [];
    for (let set = 1; set < 16; set++) {
      const throws = names.filter((_, bit) => (set & (1 << bit)) !== 0);
      peers.push(paired((sock) => new Awful(sock, throws))[1]);
    }
    const [echo, client] = paired((sock) => new Echo(sock));
    for (const peer of peers) peer.send(X);
    client.send(Buffer.from('alive'));
    for (const peer of peers.slice(0, 8)) peer.close();
    const received: Buffer[] = [];
    await until(() => {
      const data = Buffer.alloc(10);
      received.push(data.subarray(0, client.tryRecvInto(data) ?? 0));
      return Buffer.concat(received).length === 5;
    }, 'the echo');
    expect(String(Buffer.concat(received))).toBe('alive');
    for (const peer of peers) peer.close();
    await until(() => socketMap.size === 1, 'all others are gone');
    expect([...socketMap.values()]).toEqual([echo]);
    expect(stderr.text).toMatch(/uncaught in handleError: Error: error/);
  });

  test('a reset at every step', async () => {
    class Talker extends DispatcherWithSend {
      override handleRead(): void {
        if (this.recv(100).length > 0) this.send(Buffer.alloc(200_000));
      }
    }
    const map: ChannelMap<Dispatcher> = new Map();
    const server = new Acceptor(map);
    let accepted = 0;
    server.handleAccepted = (sock) => {
      accepted++;
      new Talker(sock, map);
    };
    const steps: ((client: Socket) => Promise<void> | void)[] = [
      () => {},
      (client) => void client.send(X),
      async () => await until(() => map.size > 1, 'it is accepted', map),
      async (client) => {
        client.send(X);
        await until(() => client.tryRecvInto(Buffer.alloc(10)) !== null, 'an answer', map);
      },
      (client) => void client.shutdown(1),
    ];
    let connections = 0;
    for (let i = 0; i < 50; i++) {
      const client = closing(socket());
      client.connect(server.address);
      connections++;
      await steps[i % steps.length]?.(client);
      reset(client);
      await until(() => accepted === connections && map.size === 1, 'it is gone', map);
    }
    server.close();
  });
});

describe.each(MODES)('no fd left, $name', ({ usePoll, isAsync }) => {
  test('it sleeps, and accepts again when an fd is free', async () => {
    const script = scriptFile(`
      import { Dispatcher, loop, loopAsync } from 'fdselect/asyncore';
      class Handler extends Dispatcher {
        writable() { return false; }
        handleRead() { const data = this.recv(100); if (data.length > 0) this.send(data); }
      }
      class EchoServer extends Dispatcher {
        handleAccepted(sock) { new Handler(sock); }
      }
      const server = new EchoServer();
      server.createSocket();
      server.bind(['127.0.0.1', 0]);
      server.listen();
      console.log('listening on ' + server.socket.getsockname()[1]);
      ${isAsync ? 'await loopAsync' : 'loop'}(null, '${usePoll}');
    `);
    const command = ['-c', 'ulimit -n 48; exec "$@"', 'bash', process.execPath, script];
    const child = spawn('bash', command, { stdio: ['ignore', 'pipe', 'pipe'] });
    await using server = new Server(child);
    await waitUntil(() => server.stdout.includes('\n'), 'it listens');
    server.port = Number(/\d+/.exec(server.stdout)?.[0]);
    const peers: Peer[] = [];
    try {
      for (let i = 0; i < 40; i++) peers.push((await connectTo(server)).read());
      for (const peer of peers) peer.write('x');
      const served = () => peers.filter(({ size }) => size > 0);
      await waitUntil(() => server.openFds.filter((fd) => fd < 48).length === 48, 'it is full');
      await waitUntil(() => served().length > 5, 'some are served');
      const { ticks, wakeUps } = await server.usedIn(1500);
      expect(ticks).toBeLessThanOrEqual(5);
      expect(wakeUps).toBeLessThanOrEqual(10);
      const inside = served();
      expect(inside.length).toBeLessThan(peers.length);
      const start = performance.now();
      for (const peer of inside) peer.socket.end();
      await waitUntil(() => served().length === peers.length, 'all are served');
      expect(performance.now() - start).toBeLessThan(5000);
      expect(server.stderr).toBe('');
    } finally {
      await Promise.all(peers.map((peer) => peer[Symbol.asyncDispose]()));
    }
  });
});

test('a socket of another kind: UDP', () => {
  const one = new Recorder();
  one.createSocket(2, 2);
  one.bind(['127.0.0.1', 0]);
  const two = new Recorder();
  two.createSocket(2, 2);
  two.connect((one.socket as Socket).getsockname());
  expect([two.connected, two.events]).toEqual([true, ['connect']]);
  two.send(X);
  expect(one.recv(10)).toEqual(X);
  expect(one.socket).toBeInstanceOf(Socket);
});
