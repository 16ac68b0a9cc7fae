/** Ports, connectors, and their factories. */
import {
  CannotListenError,
  ClientFactory,
  ConnectionDone,
  ConnectionLost,
  type Connector,
  Factory,
  type Failure,
  NotConnectingError,
  type Port,
  Protocol,
  type Reactor,
} from 'fdselect/reactor';
import { describe, expect, test } from 'vitest';
import { openReactor, runReactor, SOME_LOOPS, stopWhen, when } from '../support/reactors.ts';
import {
  connectedTo,
  openFile,
  openPair,
  openServer,
  refusingAddress,
} from '../support/sandbox.ts';
import { closedPort } from '../support/target.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

class Echo extends Protocol {
  override dataReceived(data: Buffer): void {
    this.transport.write(data);
  }
}

/** Says hello, and goodbye at the answer. */
class Hello extends Protocol {
  declare factory: Clients;

  override connectionMade(): void {
    this.factory.log.push(`made ${this.transport.getPeer().port === this.factory.port}`);
    this.transport.write(Buffer.from('hello'));
  }

  override dataReceived(data: Buffer): void {
    this.factory.log.push(`data ${data}`);
    this.transport.loseConnection();
  }

  override connectionLost(reason: Failure): void {
    this.factory.log.push(`lost ${reason.value.name}`);
  }
}

class Clients extends ClientFactory {
  override protocol = Hello;
  readonly log: string[] = [];
  readonly reasons: Failure[] = [];
  port = 0;

  override startFactory(): void {
    this.log.push('start');
  }

  override stopFactory(): void {
    this.log.push('stop');
  }

  override startedConnecting(connector: Connector): void {
    this.log.push(`started ${connector.state}`);
  }

  override clientConnectionFailed(connector: Connector, reason: Failure): void {
    this.log.push(`failed ${connector.state}`);
    this.reasons.push(reason);
  }

  override clientConnectionLost(connector: Connector, reason: Failure): void {
    this.log.push(`over ${connector.state}`);
    this.reasons.push(reason);
  }
}

describe.each(SOME_LOOPS)('$name', (mode) => {
  function opened(factory = new Clients()): [Reactor, Clients, Port] {
    const reactor = openReactor(mode);
    const port = reactor.listenTCP(0, Factory.forProtocol(Echo));
    factory.port = port.getHost().port;
    return [reactor, factory, port];
  }

  test('a client: the calls of its factory and its protocol, in this order', async () => {
    const [reactor, factory] = opened();
    const connector = reactor.connectTCP('127.0.0.1', factory.port, factory);
    expect(factory.log).toEqual(['start', 'started connecting']);
    expect(connector.factory).toBe(factory);
    expect(connector.getDestination()).toEqual({
      type: 'TCP',
      host: '127.0.0.1',
      port: factory.port,
    });
    stopWhen(reactor, () => factory.log.at(-1) === 'stop');
    await runReactor(mode, reactor);
    const told = ['made true', 'data hello', 'lost ConnectionDone', 'over disconnected', 'stop'];
    expect(factory.log.slice(2)).toEqual(told);
    expect(factory.reasons[0]?.value).toBeInstanceOf(ConnectionDone);
    expect(factory.numPorts).toBe(0);
  });

  test('a port on a socket that listens already', async () => {
    const [reactor, factory] = opened();
    const listening = openServer();
    const port = reactor.adoptStreamPort(listening, Factory.forProtocol(Echo));
    const [host, number] = listening.getsockname() as [string, number];
    expect(port.getHost()).toEqual({ type: 'TCP', host, port: number });
    reactor.connectTCP(host, number, factory);
    stopWhen(reactor, () => factory.log.at(-1) === 'stop');
    await runReactor(mode, reactor);
    expect(factory.log).toContain('data hello');
    port.stopListening();
    expect(listening.fileno()).toBeGreaterThan(0); // the port had a duplicate
  });

  test('by name', async () => {
    const [reactor, factory] = opened();
    const connector = reactor.connectTCP('localhost', factory.port, factory);
    stopWhen(reactor, () => factory.log.at(-1) === 'stop');
    await runReactor(mode, reactor);
    expect(factory.log).toContain('data hello');
    expect(connector.getDestination().host).toBe('localhost');
  });

  test.each([
    ['refused', () => '127.0.0.1', 'ECONNREFUSED', 'connect'],
    ['no such host', () => 'no-such-host.invalid', undefined, 'getaddrinfo'],
  ])('failed: %s', async (_, host, code, syscall) => {
    const reactor = openReactor(mode);
    const factory = new Clients();
    const connector = reactor.connectTCP(host(), refusingAddress()[1], factory);
    stopWhen(reactor, () => factory.log.at(-1) === 'stop');
    await runReactor(mode, reactor);
    expect(factory.log).toEqual(['start', 'started connecting', 'failed disconnected', 'stop']);
    expect(factory.reasons[0]?.value).toMatchObject({
      syscall,
      ...(code !== undefined && { code }),
    });
    expect(connector.state).toBe('disconnected');
  });

  test('a time limit', async () => {
    const reactor = openReactor(mode);
    const factory = new Clients();
    // Its queue is full: what connects now waits for an answer.
    const server = openServer();
    server.listen(0);
    const address = server.getsockname() as [string, number];
    const fillers = [new Clients(), new Clients(), new Clients()];
    for (const filler of fillers) reactor.connectTCP(...address, filler, null);
    reactor.callLater(0.05, () => reactor.connectTCP(...address, factory, 0.1));
    stopWhen(reactor, () => factory.log.includes('stop'));
    reactor.addSystemEventTrigger('during', 'shutdown', () => server.close());
    await runReactor(mode, reactor);
    expect(factory.reasons[0]?.value).toEqual(osError('ETIMEDOUT', 'connect'));
    expect(factory.log.at(-2)).toBe('failed disconnected');
  });

  test.each(['at once', 'in startedConnecting', 'before it runs'])(
    'stopConnecting %s',
    async (how) => {
      const [reactor, factory] = opened();
      let connector: Connector | undefined;
      const begin = () => {
        connector = reactor.connectTCP('127.0.0.1', factory.port, factory);
        if (how !== 'in startedConnecting') connector.stopConnecting();
        expect(thrown(() => connector?.stopConnecting())).toBeInstanceOf(NotConnectingError);
      };
      if (how === 'in startedConnecting') {
        factory.startedConnecting = (begun) => begun.disconnect();
      }
      if (how === 'before it runs') begin();
      else reactor.callWhenRunning(begin);
      stopWhen(reactor, () => factory.log.at(-1) === 'stop');
      await runReactor(mode, reactor);
      expect(factory.log.filter((line) => !line.startsWith('started'))).toEqual([
        'start',
        'failed disconnected',
        'stop',
      ]);
      expect(factory.reasons[0]?.value).toEqual(osError('ECONNABORTED', 'connect'));
    },
  );

  test('disconnect when it is connected; connect again, which keeps the factory', async () => {
    class Again extends Clients {
      override clientConnectionLost(connector: Connector, reason: Failure) {
        super.clientConnectionLost(connector, reason);
        if (this.reasons.length < 3) connector.connect();
      }
    }
    const [reactor, factory] = opened(new Again());
    factory.protocol = class extends Hello {
      override connectionMade() {
        expect(connector.state).toBe('connected');
        expect(thrown(() => connector.connect())).toMatchObject({ code: 'ERR_CONNECTING' });
        connector.disconnect();
        connector.disconnect();
      }
    };
    const connector = reactor.connectTCP('127.0.0.1', factory.port, factory);
    stopWhen(reactor, () => factory.log.at(-1) === 'stop');
    await runReactor(mode, reactor);
    const once = ['started connecting', 'lost ConnectionDone', 'over disconnected'];
    expect(factory.log).toEqual(['start', ...once, ...once, ...once, 'stop']);
    connector.disconnect(); // from nothing
  });

  test('a retry after a failure', async () => {
    const reactor = openReactor(mode);
    const port = await closedPort();
    let listening: Port | undefined;
    class Stubborn extends Clients {
      override clientConnectionFailed(connector: Connector, reason: Failure) {
        super.clientConnectionFailed(connector, reason);
        if (this.reasons.length === 2) {
          listening = reactor.listenTCP(port, Factory.forProtocol(Echo));
        }
        reactor.callLater(0.01, () => connector.connect());
      }
    }
    const factory = new Stubborn();
    factory.port = port;
    reactor.connectTCP('127.0.0.1', port, factory);
    stopWhen(reactor, () => factory.log.includes('data hello'));
    await runReactor(mode, reactor);
    expect(factory.reasons.slice(0, 2).map(({ value }) => value)).toEqual(
      Array(2).fill(osError('ECONNREFUSED')),
    );
    expect(listening?.getHost().port).toBe(port);
  });

  test('stop: attempts fail; attempts that begin meanwhile wait for the next run', async () => {
    class Again extends Clients {
      override clientConnectionFailed(connector: Connector, reason: Failure) {
        super.clientConnectionFailed(connector, reason);
        connector.connect();
      }
    }
    const [reactor, factory] = opened(new Again());
    reactor.callWhenRunning(() => {
      reactor.connectTCP('127.0.0.1', factory.port, factory);
      reactor.stop();
    });
    await runReactor(mode, reactor);
    expect(factory.log).toEqual([
      'start',
      'started connecting',
      'failed disconnected',
      'started connecting',
    ]);
    expect(factory.reasons[0]?.value).toBeInstanceOf(ConnectionLost);
    expect(factory.reasons[0]?.getErrorMessage()).toMatch(/: Connection lost\.$/);
    reactor.listenTCP(factory.port, Factory.forProtocol(Echo));
    stopWhen(reactor, () => factory.log.includes('data hello'));
    await runReactor(mode, reactor);
  });

  test('a protocol that its factory does not build, or fails to', async () => {
    const errors: unknown[] = [];
    for (const build of [
      () => null,
      () => {
        throw new Error('oops');
      },
    ]) {
      const reactor = openReactor(mode, { onError: (error) => errors.push(error) });
      const port = reactor.listenTCP(0, Factory.forProtocol(Echo));
      const factory = new Clients();
      factory.buildProtocol = build;
      reactor.connectTCP('127.0.0.1', port.getHost().port, factory);
      stopWhen(reactor, () => factory.log.at(-1) === 'stop');
      await runReactor(mode, reactor);
      expect(factory.log).toEqual(['start', 'started connecting', 'over disconnected', 'stop']);
    }
    expect(errors).toEqual([new Error('oops')]);
  });

  test('handlers of a client factory that throw are reported, and the reactor goes on', async () => {
    const errors: unknown[] = [];
    const reactor = openReactor(mode, { onError: (error) => errors.push(error) });
    class Bad extends Clients {
      override clientConnectionFailed() {
        throw new Error('failed');
      }
      override stopFactory() {
        super.stopFactory();
        throw new Error('stopped');
      }
    }
    const factory = new Bad();
    reactor.connectTCP('127.0.0.1', refusingAddress()[1], factory);
    stopWhen(reactor, () => factory.log.includes('stop'));
    await runReactor(mode, reactor);
    expect(errors).toEqual([new Error('failed'), new Error('stopped')]);
  });

  test('stopListening: new clients are refused, connections stay; startListening: it accepts again', async () => {
    const [reactor, , port] = opened();
    const { host, port: number } = port.getHost();
    const client = connectedTo([host, number]);
    client.setblocking(false);
    const buffer = Buffer.alloc(10);
    client.send(Buffer.from('one'));
    when(
      reactor,
      () => client.tryRecvInto(buffer) !== null,
      () => {
        port.stopListening();
        port.stopListening();
        expect(thrown(() => connectedTo([host, number]))).toEqual(osError('ECONNREFUSED'));
        expect(port.getHost()).toEqual({ type: 'TCP', host, port: number });
        client.send(Buffer.from('two'));
        when(
          reactor,
          () => client.tryRecvInto(buffer) !== null,
          () => {
            port.startListening();
            port.startListening();
            connectedTo([host, port.getHost().port]).close();
            client.close();
            reactor.stop();
          },
        );
      },
    );
    await runReactor(mode, reactor);
    expect(buffer.toString('utf8', 0, 3)).toBe('two');
  });
});

describe('without a run', () => {
  function openAny() {
    return openReactor({ selector: 'poll' });
  }

  test('a factory begins with its first port and ends with its last', () => {
    const reactor = openAny();
    const log: string[] = [];
    const factory = Factory.forProtocol(Echo);
    factory.startFactory = () => log.push('start');
    factory.stopFactory = () => log.push('stop');
    const [a, b] = [reactor.listenTCP(0, factory), reactor.listenTCP(0, factory)];
    expect(factory.numPorts).toBe(2);
    a?.stopListening();
    expect(log).toEqual(['start']);
    b?.stopListening();
    expect(log).toEqual(['start', 'stop']);
    factory.doStop();
    expect(factory.numPorts).toBe(0);
  });

  test('a startFactory that throws leaves no fd open', async () => {
    const reactor = openAny();
    class Bad extends Clients {
      override startFactory() {
        throw new Error('oops');
      }
    }
    const port = await closedPort();
    const factory = new Bad();
    expect(() => reactor.listenTCP(port, factory)).toThrow('oops');
    expect(thrown(() => connectedTo(['127.0.0.1', port]))).toEqual(osError('ECONNREFUSED'));
    expect(() => reactor.connectTCP('127.0.0.1', port, factory)).toThrow('oops');
    expect(factory.numPorts).toBe(0);
  });

  test('a port in use', () => {
    const reactor = openAny();
    const server = openServer();
    const [, port] = server.getsockname() as [string, number];
    const factory = Factory.forProtocol(Echo);
    const error = thrown(() => reactor.listenTCP(port, factory));
    expect(error).toBeInstanceOf(CannotListenError);
    expect(error).toMatchObject({
      name: 'CannotListenError',
      code: 'EADDRINUSE',
      syscall: 'bind',
      interface: '127.0.0.1',
      port,
      socketError: osError('EADDRINUSE'),
    });
    expect((error as Error).message).toMatch(
      new RegExp(`^Couldn't listen on 127\\.0\\.0\\.1:${port}: EADDRINUSE: .*\\.$`),
    );
    expect(factory.numPorts).toBe(0);
    expect(thrown(() => reactor.listenTCP(0, factory, 5, 'no-such-host.invalid'))).toBeInstanceOf(
      CannotListenError,
    );
  });

  test('a file descriptor that is not a TCP socket', () => {
    const reactor = openAny();
    const factory = Factory.forProtocol(Echo);
    const error = thrown(() => reactor.adoptStreamPort(openFile('/dev/null'), factory));
    expect(error).toBeInstanceOf(CannotListenError);
    expect(error).toMatchObject({ code: 'ENOTSOCK' });
    const [unix] = openPair();
    expect(thrown(() => reactor.adoptStreamPort(unix, factory))).toMatchObject({ code: 'EINVAL' });
    expect(factory.numPorts).toBe(0);
  });

  test('interfaces', () => {
    const reactor = openAny();
    const factory = Factory.forProtocol(Echo);
    expect(reactor.listenTCP(0, factory).getHost().host).toBe('127.0.0.1');
    expect(reactor.listenTCP(0, factory, 5, '').getHost().host).toBe('0.0.0.0');
    const six = reactor.listenTCP(0, factory, 5, '::1').getHost();
    expect(String(six)).toBe(`('INET6', '::1', ${six.port})`);
  });

  test('factory.protocol must be a class', () => {
    const factory = new Factory();
    for (const protocol of [new Echo(), () => new Echo(), 'Echo', 1, undefined]) {
      const error = thrown(() => {
        factory.protocol = protocol as never;
      });
      expect(error).toEqual(typeError);
      expect((error as Error).message).toMatch(
        /^factory\.protocol must be a class, not an instance of one, received /,
      );
    }
    expect(factory.protocol).toBeNull();
    factory.protocol = Echo;
    expect(factory.protocol).toBe(Echo);
    factory.protocol = null;
    expect(thrown(() => factory.buildProtocol(null as never))).toEqual(typeError);
    class WithField extends Factory {
      override protocol = new Echo() as never;
    }
    const reactor = openAny();
    expect(thrown(() => reactor.listenTCP(0, new WithField()))).toEqual(typeError);
    expect(thrown(() => new WithField().buildProtocol(null as never))).toEqual(typeError);
  });

  test('buildProtocol: an instance that knows its factory', () => {
    class Mine extends Factory {}
    const factory = Mine.forProtocol(Echo);
    expect(factory).toBeInstanceOf(Mine);
    const protocol = factory.buildProtocol(null as never);
    expect(protocol).toBeInstanceOf(Echo);
    expect(protocol?.factory).toBe(factory);
  });

  test('bad arguments', () => {
    const reactor = openAny();
    const factory = Factory.forProtocol(Echo);
    const clients = new Clients();
    expect(thrown(() => reactor.listenTCP(-1, factory))).toEqual(rangeError);
    expect(thrown(() => reactor.listenTCP('1' as never, factory))).toEqual(typeError);
    expect(thrown(() => reactor.listenTCP(0, factory, -1))).toEqual(rangeError);
    expect(thrown(() => reactor.listenTCP(0, factory, 5, null as never))).toEqual(typeError);
    for (const none of [null, undefined, {}, Echo, new Echo()]) {
      expect(thrown(() => reactor.listenTCP(0, none as never))).toEqual(typeError);
      expect(thrown(() => reactor.connectTCP('127.0.0.1', 1, none as never))).toEqual(typeError);
    }
    expect(thrown(() => reactor.connectTCP('127.0.0.1', 1, factory as never))).toEqual(typeError);
    expect(thrown(() => reactor.connectTCP(1 as never, 1, clients))).toEqual(typeError);
    expect(thrown(() => reactor.connectTCP('127.0.0.1', 65536, clients))).toEqual(rangeError);
    expect(thrown(() => reactor.connectTCP('127.0.0.1', 1, clients, -1))).toEqual(rangeError);
    expect(thrown(() => reactor.connectTCP('127.0.0.1', 1, clients, '1' as never))).toEqual(
      typeError,
    );
    clients.maxBuffer = -1;
    expect(thrown(() => reactor.connectTCP('127.0.0.1', 1, clients))).toEqual(rangeError);
    expect(thrown(() => reactor.listenTCP(0, clients))).toEqual(rangeError);
    expect(clients.log).toEqual([]);
  });
});
