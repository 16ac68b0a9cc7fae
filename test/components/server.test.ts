/** Servers and clients of components: SimpleServer, ServerCore, TCPServer, TCPClient. */
import { createHash, randomBytes } from 'node:crypto';
import {
  Component,
  type ConnectionInfo,
  Graphline,
  type NewCSA,
  NoSpaceInBox,
  Pipeline,
  ProducerFinished,
  type Scheduler,
  ServerCore,
  ServerShutdown,
  ShutdownCSA,
  ShutdownMicroprocess,
  SimpleServer,
  SocketShutdown,
  sleep,
  TCPClient,
  TCPServer,
} from 'fdselect/components';
import { createConnection, SHUT_WR, type Socket } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { Actor, Echo, Sink, Source } from '../support/components.ts';
import { closing, openServer, refusingAddress, reset } from '../support/sandbox.ts';
import { SCHEDULERS } from '../support/schedulers.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

/** A client without a framework, which reads only on request. */
class Caller {
  readonly socket: Socket;
  hasEnded = false;
  readonly #chunks: Buffer[] = [];

  constructor({ port, host = '127.0.0.1' }: { port: number; host?: string }) {
    this.socket = closing(createConnection([host, port]));
    this.socket.setblocking(false);
  }

  /** Reads all data that has arrived. */
  read(): Buffer {
    const buffer = Buffer.alloc(65536);
    while (!this.hasEnded) {
      const size = this.socket.tryRecvInto(buffer);
      if (size === null) break;
      if (size === 0) this.close();
      else this.#chunks.push(Buffer.from(buffer.subarray(0, size)));
    }
    return Buffer.concat(this.#chunks);
  }

  /** Closes its end too, so that the server need not wait for it. */
  close(): void {
    this.hasEnded = true;
    this.socket.close();
  }

  /** Writes as much as the kernel takes; returns how much. */
  write(data: Uint8Array): number {
    return this.socket.trySend(data) ?? 0;
  }
}

/** Ignores messages on `control`. */
class Stubborn extends Component {
  *main() {
    for (;;) {
      while (this.dataReady()) this.send(this.recv());
      this.pause();
      yield;
    }
  }
}

function serve(
  scheduler: Scheduler,
  protocol: ConstructorParameters<typeof SimpleServer>[0]['protocol'],
): SimpleServer {
  return new SimpleServer({ protocol, port: 0 }).activate(scheduler);
}

describe.each(SCHEDULERS)('$name', ({ open, run, runUntil }) => {
  test('1 MB of chargen arrives whole', async () => {
    const scheduler = open();
    const text = Array.from({ length: 72 }, (_, i) => String.fromCharCode(33 + i)).join('');
    const lines = Array.from({ length: 14_000 }, (_, i) => {
      return `${text.slice(i % 72)}${text.slice(0, i % 72)}\r\n`;
    });
    const server = serve(scheduler, () => new Source(lines));
    const sink = new Sink();
    new Pipeline(new TCPClient('127.0.0.1', server.port), sink).activate(scheduler);
    await runUntil(scheduler, () => sink.hasEnded);
    expect(sink.text === lines.join('')).toBe(true);
    expect(sink.end).toBeInstanceOf(SocketShutdown);
    expect(sink.end).toMatchObject({ message: null });
  });

  test('20 MB of chargen wait for a client that reads slowly', async () => {
    const scheduler = open();
    const chunk = randomBytes(10_000);
    const hash = createHash('sha256');
    let made = 0;
    const chunks = function* () {
      for (; made < 2000; made++) {
        chunk.writeUInt32BE(made);
        hash.update(chunk);
        yield Buffer.from(chunk);
      }
    };
    const server = serve(scheduler, () => new Source(chunks()));
    const caller = new Caller(server);
    const got = createHash('sha256');
    let size = 0;
    let atRest = 0;
    const buffer = Buffer.alloc(1 << 20);
    let last = -1;
    await runUntil(scheduler, () => {
      if (atRest === 0) {
        if (made > 0 && made === last) atRest = made; // no handler reads: it has come to rest
        last = made;
        return false;
      }
      for (;;) {
        const count = caller.socket.tryRecvInto(buffer);
        if (count === null) return false;
        if (count === 0) {
          caller.close();
          return true;
        }
        got.update(buffer.subarray(0, count));
        size += count;
      }
    });
    expect(atRest).toBeLessThan(2000);
    expect(size).toBe(20_000_000);
    expect(got.digest('hex')).toBe(hash.digest('hex'));
  });

  test('an echo keeps 20 MB for a client that writes first and reads then', async () => {
    const scheduler = open();
    const server = serve(scheduler, Echo);
    const caller = new Caller(server);
    const data = randomBytes(1 << 20);
    let written = 0;
    let read = 0;
    let stalls = 0;
    const total = 20 * data.length;
    const buffer = Buffer.alloc(1 << 20);
    await runUntil(scheduler, () => {
      const position = written % data.length;
      const count = written < total ? caller.write(data.subarray(position)) : 0;
      written += count;
      stalls = count === 0 ? stalls + 1 : 0;
      if (stalls < 10 && written < total) return false;
      // All buffers between the two are full: written data waits, and nothing is lost.
      for (let size = caller.socket.tryRecvInto(buffer); size !== null && size > 0; ) {
        const begin = read % data.length;
        const end = Math.min(begin + size, data.length);
        const isSame =
          buffer.compare(data, begin, end, 0, end - begin) === 0 &&
          buffer.compare(data, 0, size - (end - begin), end - begin, size) === 0;
        if (!isSame) throw new Error(`other bytes at ${read}`);
        read += size;
        size = caller.socket.tryRecvInto(buffer);
      }
      if (read === total) caller.close();
      return read === total;
    });
    expect([written, read]).toEqual([total, total]);
  });

  test('a burst that is too large is reported, and the connection closed', async () => {
    const errors: unknown[] = [];
    const scheduler = open({ onError: (error, component) => errors.push([error, component]) });
    // biome-ignore lint/correctness/useYield: that is what is wrong with it
    const burst = new Actor(function* (self) {
      for (let i = 0; i < 100; i++) self.send(Buffer.alloc(65536));
    });
    const server = serve(scheduler, () => burst);
    const caller = new Caller(server);
    await runUntil(scheduler, () => {
      caller.read();
      return caller.hasEnded;
    });
    expect(errors).toEqual([[expect.any(NoSpaceInBox), burst]]);
    expect(caller.read().length).toBe(1 << 20); // the accepted data arrives
  });

  test('protocol: a class or a function, called for each connection', async () => {
    const scheduler = open();
    const infos: ConnectionInfo[] = [];
    const core = new ServerCore({
      protocol: (info) => {
        infos.push(info);
        return new Echo();
      },
      port: 0,
    }).activate(scheduler);
    const simple = serve(scheduler, Echo);
    const callers = [core, core, simple, simple].map((server) => new Caller(server));
    for (const [i, caller] of callers.entries()) caller.write(Buffer.from(`hello ${i}`));
    const ports = callers.slice(0, 2).map(({ socket }) => socket.getsockname()[1]);
    const texts = () => callers.map((caller) => String(caller.read()));
    await runUntil(scheduler, () => {
      const isDone = texts().every((text) => text.length === 7);
      if (isDone) for (const caller of callers) caller.close();
      return isDone;
    });
    expect(texts()).toEqual(['hello 0', 'hello 1', 'hello 2', 'hello 3']);
    expect(infos).toEqual(
      ports.map((peerport) => ({
        peer: '127.0.0.1',
        peerport,
        localip: '127.0.0.1',
        localport: core.port,
      })),
    );
  });

  test('the peer ends: the handler gets SocketShutdown, and its last bytes arrive', async () => {
    const scheduler = open();
    const ends: unknown[] = [];
    const server = serve(scheduler, () => {
      return new Actor(function* (self) {
        while (!self.dataReady('control')) {
          self.pause();
          yield;
        }
        ends.push(self.recv('control'));
        yield* sleep(0.01);
        let size = 0;
        while (self.dataReady()) size += (self.recv() as Buffer).length;
        self.send(`I have got ${size} bytes.`);
      });
    });
    const caller = new Caller(server);
    caller.write(Buffer.alloc(50_000));
    caller.socket.shutdown(SHUT_WR);
    await runUntil(scheduler, () => {
      caller.read();
      return caller.hasEnded;
    });
    expect(String(caller.read())).toBe('I have got 50000 bytes.');
    expect(ends).toEqual([expect.any(SocketShutdown)]);
    expect(ends).toMatchObject([{ message: null }]);
  });

  test('the peer resets: the handler gets the error', async () => {
    const scheduler = open();
    const sink = new Sink();
    const server = serve(scheduler, () => sink);
    const caller = new Caller(server);
    caller.write(Buffer.from('x'));
    await runUntil(scheduler, () => {
      if (sink.messages.length > 0 && !caller.hasEnded) {
        caller.hasEnded = true;
        reset(caller.socket);
      }
      return sink.hasEnded;
    });
    expect(sink.end).toBeInstanceOf(SocketShutdown);
    expect(sink.end).toMatchObject({ message: osError('ECONNRESET') });
  });

  test('a handler that ends, sends a shutdown or throws: its data arrives, then the end of file', async () => {
    const errors: unknown[] = [];
    const scheduler = open({ onError: (error) => errors.push(error) });
    const ways: ((self: Actor) => Generator)[] = [
      // biome-ignore lint/correctness/useYield: it ends at once
      function* (self) {
        self.send('returns');
      },
      function* (self) {
        self.send('says so');
        self.send(new ProducerFinished(self), 'signal');
        self.pause();
        yield;
      },
      function* (self) {
        self.send('shuts down');
        self.send(new ShutdownMicroprocess(self), 'signal');
        self.pause();
        yield;
      },
      // biome-ignore lint/correctness/useYield: it ends at once
      function* (self) {
        self.send('throws');
        throw new Error('handler');
      },
    ];
    const left = [...ways];
    const server = serve(scheduler, () => new Actor(left.shift() as (typeof ways)[0]));
    const callers = ways.map(() => new Caller(server));
    await runUntil(scheduler, () => {
      for (const caller of callers) caller.read();
      return callers.every((caller) => caller.hasEnded);
    });
    expect(callers.map((caller) => String(caller.read()))).toEqual([
      'returns',
      'says so',
      'shuts down',
      'throws',
    ]);
    expect(errors).toEqual([new Error('handler')]);
  });

  test('no component and no fd of a connection is left, however it ends', async () => {
    const scheduler = open();
    const handlers: Component[] = [];
    const server = serve(scheduler, () => {
      handlers.push(handlers.length % 2 === 0 ? new Echo() : new Sink());
      return handlers.at(-1) as Component;
    });
    let before = 0;
    await runUntil(scheduler, () => {
      before ||= scheduler.loop.resources;
      if (handlers.length < 40 && handlers.every((handler) => handler.hasEnded)) {
        const caller = new Caller(server);
        caller.write(Buffer.from('x'));
        if (handlers.length % 3 === 0) reset(caller.socket);
        else caller.socket.close();
      }
      const isLast = handlers.length === 40 && handlers.every((handler) => handler.hasEnded);
      return isLast && server.childComponents.length === 1;
    });
    expect(scheduler.loop.resources).toBe(0);
    expect(before).toBe(1); // the listener
  });

  test('a handler that does not end with its peer is stopped after two idle seconds', async () => {
    const scheduler = open();
    const handler = new Stubborn();
    const server = serve(scheduler, () => handler);
    const caller = new Caller(server);
    caller.write(Buffer.from('hello'));
    caller.socket.shutdown(SHUT_WR);
    const start = performance.now();
    await runUntil(scheduler, () => {
      caller.read();
      return caller.hasEnded && server.childComponents.length === 1;
    });
    expect(String(caller.read())).toBe('hello');
    expect(performance.now() - start).toBeGreaterThan(1990);
    expect(handler.hasEnded).toBe(true);
  });

  test('an error of a protocol ends only that connection', async () => {
    const errors: unknown[] = [];
    const scheduler = open({ onError: (error) => errors.push(error) });
    const protocols: (() => unknown)[] = [
      () => {
        throw new Error('protocol');
      },
      () => 'no component',
      () => Reflect.construct(Component.prototype.main, []),
      () => new Echo(),
    ];
    const left = [...protocols];
    const server = serve(scheduler, () => (left.shift() as () => Component)());
    const callers = protocols.map(() => new Caller(server));
    const ends = new Set<unknown>();
    callers.at(-1)?.write(Buffer.from('x'));
    await runUntil(scheduler, () => {
      for (const caller of callers) {
        try {
          caller.read();
        } catch (error) {
          ends.add(caller);
          expect(error).toEqual(osError('ECONNRESET'));
        }
      }
      const isDone = ends.size === 3 && callers.at(-1)?.read().length === 1;
      if (isDone) callers.at(-1)?.close();
      return isDone;
    });
    expect(errors).toEqual([new Error('protocol'), typeError, expect.any(TypeError)]);
  });

  test('a message that is not bytes ends the connection, after the earlier ones were sent', async () => {
    const errors: unknown[] = [];
    const scheduler = open({
      onError: (error, component) => errors.push([error, component?.name]),
    });
    const server = serve(scheduler, () => new Source(['one', new Uint8Array([50]), 3, 'four']));
    const caller = new Caller(server);
    await runUntil(scheduler, () => {
      caller.read();
      return caller.hasEnded;
    });
    expect(String(caller.read())).toBe('one2');
    expect(errors).toEqual([[typeError, expect.stringMatching(/^ConnectedSocketAdaptor_/)]]);
  });

  test('a shutdown of the server closes it, and all connections after their unsent data', async () => {
    const scheduler = open();
    const server = serve(scheduler, Echo);
    const sink = new Sink().activate(scheduler);
    sink.link([server, 'signal'], [sink, 'control']);
    const callers = Array.from({ length: 5 }, () => new Caller(server));
    for (const caller of callers) caller.write(Buffer.alloc(10_000));
    const end = new ShutdownMicroprocess();
    let isTold = false;
    await runUntil(scheduler, () => {
      for (const caller of callers) caller.read();
      if (!isTold && callers.every((caller) => caller.read().length === 10_000)) {
        isTold = true;
        server.deliver(end, 'control');
      }
      return callers.every((caller) => caller.hasEnded) && sink.hasEnded;
    });
    expect(sink.end).toBe(end);
    expect(thrown(() => new Caller(server))).toEqual(osError('ECONNREFUSED'));
  });

  test("a handler's serversignal ends the server", async () => {
    const scheduler = open();
    class Killer extends Component {
      static override readonly Outboxes = { ...Component.Outboxes, serversignal: 'ends it' };
      *main() {
        while (!this.dataReady()) {
          this.pause();
          yield;
        }
        this.send(new ShutdownMicroprocess(this), 'serversignal');
      }
    }
    const server = serve(scheduler, Killer);
    const caller = new Caller(server);
    caller.write(Buffer.from('x'));
    caller.socket.shutdown(SHUT_WR);
    await run(scheduler);
    expect(server.hasEnded).toBe(true);
  });

  test('stop(): sent data arrives, then the end; a peer that does not read has two seconds', async () => {
    const scheduler = open();
    const size = 900_000;
    const server = serve(scheduler, () => {
      return new Actor(function* (self) {
        for (let i = 0; i < 2; i++) self.send(Buffer.alloc(size));
        for (;;) {
          self.pause();
          yield;
        }
      });
    });
    const [reader, sleeper] = [new Caller(server), new Caller(server)];
    let start = 0;
    await runUntil(scheduler, () => {
      start = performance.now();
      const isReading = reader.socket.tryRecvInto(Buffer.alloc(1)) === 1;
      return isReading && server.childComponents.length === 3;
    });
    const milliseconds = performance.now() - start;
    expect(milliseconds).toBeGreaterThan(1990);
    expect(milliseconds).toBeLessThan(6000);
    for (const caller of [reader, sleeper]) caller.read();
    expect([reader.hasEnded, reader.read().length]).toEqual([true, 2 * size - 1]);
  });

  test('a port in use throws at activate', () => {
    const scheduler = open();
    const port = openServer().getsockname()[1] as number;
    const server = new SimpleServer({ protocol: Echo, port });
    expect(thrown(() => server.activate(scheduler))).toEqual(osError('EADDRINUSE'));
    scheduler.stop();
  });

  test('IPv6', async () => {
    const scheduler = open();
    const server = new SimpleServer({ protocol: Echo, port: 0, host: '::1' }).activate(scheduler);
    const sink = new Sink();
    new Pipeline(new Source(['six']), new TCPClient('::1', server.port), sink).activate(scheduler);
    await runUntil(scheduler, () => sink.hasEnded);
    expect(sink.text).toBe('six');
  });

  test('TCPServer: the receiver of the adaptor handles it', async () => {
    const scheduler = open();
    const server = new TCPServer().activate(scheduler);
    const log: unknown[] = [];
    const owner = new Actor(function* (self) {
      while (!self.dataReady()) {
        self.pause();
        yield;
      }
      const { object: adaptor, caller } = self.recv() as NewCSA;
      expect(caller).toBe(server);
      const sink = new Sink().activate(self.scheduler);
      self.link([adaptor, 'outbox'], [sink, 'inbox']);
      self.link([adaptor, 'CreatorFeedback'], [self, 'inbox']);
      self.link([adaptor, 'signal'], [self, 'control']);
      adaptor.deliver('welcome');
      adaptor.activate(self.scheduler);
      while (!self.dataReady('control')) {
        self.pause();
        yield;
      }
      log.push(self.recv(), self.recv('control'), sink.text, adaptor.peer);
      server.deliver(new ProducerFinished(), 'control');
      while (!server.hasEnded) yield;
    }).activate(scheduler);
    owner.link([server, 'protocolHandlerSignal'], [owner, 'inbox']);
    const ended = new Sink().activate(scheduler);
    ended.link([server, 'signal'], [ended, 'control']);
    const caller = new Caller(server);
    caller.write(Buffer.from('hello'));
    caller.socket.shutdown(SHUT_WR);
    const peer = caller.socket.getsockname();
    await runUntil(scheduler, () => owner.hasEnded && ended.hasEnded);
    expect(log).toEqual([expect.any(SocketShutdown), expect.any(ShutdownCSA), 'hello', peer]);
    expect(ended.end).toBeInstanceOf(ServerShutdown);
    expect(String(caller.read())).toBe('welcome');
  });

  test('TCPServer: connections that no component takes are reset, and reported', async () => {
    const errors: unknown[] = [];
    const scheduler = open({ onError: (error) => errors.push(error) });
    const server = new TCPServer().activate(scheduler);
    const caller = new Caller(server);
    await runUntil(scheduler, () => errors.length > 0);
    expect(String(errors[0])).toBe(
      `Error: the outbox protocolHandlerSignal of ${server.name} is not linked`,
    );
    caller.socket.setblocking(true);
    expect(thrown(() => caller.socket.recv(1))).toEqual(osError('ECONNRESET'));
  });

  test('TCPClient: request, end of file, answer', async () => {
    const scheduler = open();
    const server = serve(scheduler, () => {
      return new Actor(function* (self) {
        while (!self.dataReady('control')) {
          self.pause();
          yield;
        }
        while (self.dataReady()) self.send(String(self.recv()).toUpperCase());
      });
    });
    const client = new TCPClient('127.0.0.1', server.port);
    const sink = new Sink();
    const pipeline = new Pipeline(new Source(['to ', 'be ', 'shouted']), client, sink);
    sink.link([client, 'connected'], [pipeline, 'outbox'], 2);
    pipeline.activate(scheduler);
    await runUntil(scheduler, () => sink.hasEnded);
    expect(sink.text).toBe('TO BE SHOUTED');
    expect(client.peer).toEqual(['127.0.0.1', server.port]);
  });

  test('TCPClient: says when it is connected, and with whom', async () => {
    const scheduler = open();
    const server = serve(scheduler, Echo);
    const [client, sink] = [new TCPClient('127.0.0.1', server.port), new Sink()];
    const links = { 'client.connected': 'sink.inbox', 'client.signal': 'sink.control' };
    new Graphline({ components: { client, sink }, links }).activate(scheduler);
    expect(client.peer).toBeNull();
    await runUntil(scheduler, () => sink.messages.length > 0);
    expect(sink.messages).toEqual([['127.0.0.1', server.port]]);
  });

  test('TCPClient: refused; signal has the error, or else onError', async () => {
    const errors: unknown[] = [];
    const scheduler = open({ onError: (error, component) => errors.push([error, component]) });
    const [, port] = refusingAddress();
    const sink = new Sink();
    new Pipeline(new TCPClient('127.0.0.1', port), sink).activate(scheduler);
    await runUntil(scheduler, () => sink.hasEnded);
    expect(sink.end).toBeInstanceOf(SocketShutdown);
    expect(sink.end).toMatchObject({ message: osError('ECONNREFUSED') });
    expect(errors).toEqual([]);
    const alone = new TCPClient('127.0.0.1', port).activate(scheduler);
    await runUntil(scheduler, () => alone.hasEnded);
    expect(errors).toEqual([[osError('ECONNREFUSED'), alone]]);
  });

  test('TCPClient: no such host', async () => {
    const scheduler = open();
    const sink = new Sink();
    new Pipeline(new TCPClient('no-such-host.invalid', 1), sink).activate(scheduler);
    await runUntil(scheduler, () => sink.hasEnded);
    expect(sink.end).toMatchObject({ message: { syscall: 'getaddrinfo' } });
  });

  test('TCPClient: the delay, the timeout, and a shutdown during either', async () => {
    const scheduler = open();
    // A listener with a full queue does not answer: the one after the first two waits.
    const listener = openServer();
    listener.listen(0);
    const port = listener.getsockname()[1] as number;
    const fillers = [1, 2, 3].map(() => {
      const filler = new TCPClient('127.0.0.1', port).activate(scheduler);
      return filler;
    });
    const start = performance.now();
    const ends: unknown[] = [];
    const times: number[] = [];
    const clients = [
      new TCPClient('127.0.0.1', port, { delay: 0.05, timeout: 0.1 }),
      new TCPClient('127.0.0.1', port),
      new TCPClient('127.0.0.1', port, { delay: 60 }),
    ];
    for (const client of clients) {
      const sink = new Sink().activate(scheduler);
      sink.link([client, 'signal'], [sink, 'control']);
      new Actor(function* () {
        while (!sink.hasEnded) yield* sleep(0.001);
        times.push(performance.now() - start);
        ends.push(sink.end);
        if (ends.length > 1) return;
        // The first one has ended by itself; the others still wait.
        for (const other of clients) other.deliver(new ShutdownMicroprocess(), 'control');
      }).activate(scheduler);
      client.activate(scheduler);
    }
    await runUntil(scheduler, () => ends.length === 3);
    expect(ends).toMatchObject([
      { message: osError('ETIMEDOUT') },
      { message: null },
      { message: null },
    ]);
    expect(times[0]).toBeGreaterThan(148);
    expect(times[2]).toBeLessThan(10_000);
    void fillers;
  });
});

test.each([
  [() => new SimpleServer({ protocol: 'Echo' as never }), typeError, 'protocol'],
  [() => new ServerCore({} as never), typeError, 'protocol'],
  [() => new SimpleServer({ protocol: Echo, port: 65536 }), rangeError, 'port'],
  [() => new SimpleServer({ protocol: Echo, port: '80' as never }), typeError, 'port'],
  [() => new SimpleServer({ protocol: Echo, host: 1 as never }), typeError, 'host'],
  [() => new TCPClient(1 as never, 1), typeError, 'host'],
  [() => new TCPClient('127.0.0.1', 0), rangeError, 'port'],
  [() => new TCPClient('127.0.0.1', 1, { delay: -1 }), rangeError, 'delay'],
  [() => new TCPClient('127.0.0.1', 1, { timeout: Number.NaN }), rangeError, 'timeout'],
])('bad arguments: %s', (make, error, word) => {
  const caught = thrown(make);
  expect(caught).toEqual(error);
  expect((caught as Error).message).toContain(word);
});

test('the default port is 1601', () => {
  expect(new SimpleServer({ protocol: Echo }).port).toBe(1601);
});
