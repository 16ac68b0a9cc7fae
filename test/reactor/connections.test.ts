/** Transports and protocols: the calls of the handlers, their order and their reasons. */
import {
  ConnectionAborted,
  ConnectionClosed,
  ConnectionDone,
  ConnectionLost,
  Factory,
  Failure,
  Protocol,
  type Reactor,
} from 'fdselect/reactor';
import { SHUT_WR, type Socket } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import {
  clientOf,
  openReactor,
  runReactor,
  SOME_LOOPS,
  stopWhen,
  when,
} from '../support/reactors.ts';
import { connectedTo, reset } from '../support/sandbox.ts';
import { thrown, typeError } from '../support/thrown.ts';

const CLEAN = 'ConnectionDone: Connection was closed cleanly.';
const LOST = 'ConnectionLost: Connection to the other side was lost in a non-clean fashion.';
const ABORTED =
  'ConnectionAborted: Connection was aborted locally using ITCPTransport.abortConnection.';

/** Records its calls; a test overrides the rest. */
class Recorder extends Protocol {
  declare factory: Recorders;

  override connectionMade(): void {
    this.log('made');
  }

  override dataReceived(data: Buffer): void {
    this.log(`data ${data}`);
  }

  override connectionLost({ value }: Failure): void {
    this.log(`lost ${value.name}: ${value.message}`);
  }

  log(text: string): void {
    this.factory.log.push(text);
  }
}

class Recorders extends Factory {
  readonly log: string[] = [];

  constructor(protocol: new () => Protocol = Recorder) {
    super();
    this.protocol = protocol;
  }
}

/** The data received so far, with '|' for the end of file or '!' for a reset. */
function received(client: Socket): () => string {
  const buffer = Buffer.alloc(65536);
  let text = '';
  let end = '';
  return () => {
    try {
      for (let size = -1; size !== 0 && end === ''; ) {
        const got = client.tryRecvInto(buffer);
        if (got === null) break;
        size = got;
        text += buffer.toString('latin1', 0, size);
        if (size === 0) end = '|';
      }
    } catch {
      end = '!';
    }
    return text + end;
  };
}

describe.each(SOME_LOOPS)('$name', (mode) => {
  function opened(factory: Recorders, onError?: (error: unknown) => void) {
    const reactor = openReactor(mode, onError === undefined ? {} : { onError });
    const client = clientOf(reactor, factory);
    return { reactor, client, text: received(client), log: factory.log };
  }

  /** Reads until the peer has ended the connection, ends it too, and stops the reactor when only the port is left. */
  async function untilEnd(reactor: Reactor, client: Socket, text: () => string): Promise<void> {
    when(
      reactor,
      () => /[|!]$/.test(text()),
      () => {
        client.close();
        stopWhen(reactor, () => reactor.loop.resources === 1);
      },
    );
    await runReactor(mode, reactor);
  }

  test('made, then data, then lost, and the addresses', async () => {
    const addresses: unknown[] = [];
    const { reactor, client, log } = opened(
      new Recorders(
        class extends Recorder {
          override connectionMade() {
            super.connectionMade();
            addresses.push(this.transport.getHost(), this.transport.getPeer());
          }
        },
      ),
    );
    const [host, port] = client.getsockname() as [string, number];
    const server = client.getpeername() as [string, number];
    client.send(Buffer.from('hello'));
    when(
      reactor,
      () => log.length === 2,
      () => client.close(),
    );
    stopWhen(reactor, () => log.length === 3);
    await runReactor(mode, reactor);
    expect(log).toEqual(['made', 'data hello', `lost ${CLEAN}`]);
    expect(addresses).toEqual([
      { type: 'TCP', host: server[0], port: server[1] },
      { type: 'TCP', host, port },
    ]);
    expect(String(addresses[1])).toBe(`('INET', '127.0.0.1', ${port})`);
  });

  test('a reset is a ConnectionLost, with the cause', async () => {
    const reasons: Failure[] = [];
    const { reactor, client, log } = opened(
      new Recorders(
        class extends Recorder {
          override connectionLost(reason: Failure) {
            super.connectionLost(reason);
            reasons.push(reason);
          }
        },
      ),
    );
    when(
      reactor,
      () => log.length === 1,
      () => reset(client),
    );
    stopWhen(reactor, () => log.length === 2);
    await runReactor(mode, reactor);
    expect(log).toEqual(['made', `lost ${LOST}`]);
    expect(reasons[0]?.value).toMatchObject({
      code: 'ERR_CONNECTION_LOST',
      cause: { code: 'ECONNRESET' },
    });
  });

  test('data and end of file at once: the reply is sent before the end', async () => {
    const { reactor, client, text, log } = opened(
      new Recorders(
        class extends Recorder {
          override dataReceived(data: Buffer) {
            this.transport.write(Buffer.alloc(5_000_000, data));
          }
        },
      ),
    );
    client.send(Buffer.from('x'));
    client.shutdown(SHUT_WR);
    await untilEnd(reactor, client, text);
    expect(text() === `${'x'.repeat(5_000_000)}|`).toBe(true);
    expect(log).toEqual(['made', `lost ${CLEAN}`]);
  });

  test('write and writeSequence keep their order, and bytes are copied', async () => {
    const { reactor, client, text } = opened(
      new Recorders(
        class extends Protocol {
          override connectionMade() {
            const bytes = Buffer.from('b');
            this.transport.write(Buffer.from('a'));
            this.transport.write(bytes);
            bytes.fill('!');
            this.transport.writeSequence([
              Buffer.from('c'),
              new Uint8Array([100]),
              Buffer.alloc(0),
            ]);
            this.transport.write(Buffer.alloc(0));
            this.transport.writeSequence([]);
            this.transport.writeSequence(new Set([Buffer.from('e')]));
            this.transport.loseConnection();
          }
        },
      ),
    );
    await untilEnd(reactor, client, text);
    expect(text()).toBe('abcde|');
  });

  test('loseConnection: everything is sent first, nothing is received or written afterwards', async () => {
    const { reactor, client, text, log } = opened(
      new Recorders(
        class extends Recorder {
          override dataReceived(data: Buffer) {
            super.dataReceived(data);
            this.transport.write(Buffer.alloc(3_000_000, 'x'));
            this.transport.loseConnection();
            this.transport.loseConnection();
            this.transport.write(Buffer.from('late'));
            this.log(`${this.transport.connected} ${this.transport.disconnecting}`);
          }
          override connectionLost(reason: Failure) {
            super.connectionLost(reason);
            const { connected, disconnected } = this.transport;
            this.transport.write(Buffer.from('later'));
            this.transport.loseConnection();
            this.transport.abortConnection();
            this.log(`${connected} ${disconnected}`);
          }
        },
      ),
    );
    client.send(Buffer.from('one'));
    when(
      reactor,
      () => log.includes('data one'),
      () => client.send(Buffer.from('two')),
    );
    await untilEnd(reactor, client, text);
    expect(text() === `${'x'.repeat(3_000_000)}|`).toBe(true);
    expect(log).toEqual(['made', 'data one', 'true true', `lost ${CLEAN}`, 'false true']);
  });

  test.each(['in connectionMade', 'in dataReceived', 'twice', 'after loseConnection', 'later'])(
    'abortConnection %s',
    async (title) => {
      const { reactor, client, text, log } = opened(
        new Recorders(
          class extends Recorder {
            override connectionMade() {
              super.connectionMade();
              if (title === 'in connectionMade') this.abort();
            }
            override dataReceived(data: Buffer) {
              super.dataReceived(data);
              if (title === 'later') {
                reactor.callLater(0.01, () => this.abort());
                return;
              }
              if (title === 'after loseConnection') this.transport.loseConnection();
              this.abort();
              if (title === 'twice') this.transport.abortConnection();
            }
            abort() {
              this.transport.write(Buffer.alloc(8_000_000));
              this.transport.abortConnection();
              this.log('returned');
            }
          },
        ),
      );
      client.send(Buffer.from('x'));
      stopWhen(reactor, () => log.some((line) => line.startsWith('lost')));
      await runReactor(mode, reactor);
      const isSilent = title === 'in connectionMade';
      expect(log).toEqual(['made', ...(isSilent ? [] : ['data x']), 'returned', `lost ${ABORTED}`]);
      expect(text()).toMatch(/!$/);
    },
  );

  describe('half-close', () => {
    class HalfCloseable extends Recorder {
      readConnectionLost(): void {
        this.log('read lost');
      }
      writeConnectionLost(): void {
        this.log('write lost');
      }
    }

    test('the peer ends first: writing goes on', async () => {
      const { reactor, client, text, log } = opened(
        new Recorders(
          class extends HalfCloseable {
            override readConnectionLost() {
              super.readConnectionLost();
              this.transport.write(Buffer.from('still here'));
              reactor.callLater(0.01, () => {
                this.transport.write(Buffer.from(', and now not'));
                this.transport.loseConnection();
              });
            }
          },
        ),
      );
      client.shutdown(SHUT_WR);
      await untilEnd(reactor, client, text);
      expect(text()).toBe('still here, and now not|');
      expect(log).toEqual(['made', 'read lost', `lost ${CLEAN}`]);
    });

    test('this side ends first: receiving goes on, until both have ended', async () => {
      const { reactor, client, text, log } = opened(
        new Recorders(
          class extends HalfCloseable {
            override connectionMade() {
              super.connectionMade();
              this.transport.write(Buffer.alloc(2_000_000, 'x'));
              this.transport.loseWriteConnection();
              this.transport.loseWriteConnection();
              this.transport.write(Buffer.from('late'));
              this.log('returned');
            }
          },
        ),
      );
      when(
        reactor,
        () => text().endsWith('|') && log.includes('write lost'),
        () => {
          client.send(Buffer.from('heard'));
          when(
            reactor,
            () => log.includes('data heard'),
            () => client.close(),
          );
        },
      );
      stopWhen(reactor, () => log.some((line) => line.startsWith('lost')));
      await runReactor(mode, reactor);
      expect(text() === `${'x'.repeat(2_000_000)}|`).toBe(true);
      expect(log.slice(0, 4)).toEqual(['made', 'returned', 'write lost', 'data heard']);
      expect(log.slice(4)).toEqual(['read lost', `lost ${CLEAN}`]);
    });

    test('nothing to write: writeConnectionLost in a later turn', async () => {
      const { reactor, client, text, log } = opened(
        new Recorders(
          class extends HalfCloseable {
            override connectionMade() {
              this.transport.loseWriteConnection();
              this.log('returned');
            }
          },
        ),
      );
      await untilEnd(reactor, client, text);
      expect(log).toEqual(['returned', 'write lost', 'read lost', `lost ${CLEAN}`]);
    });

    test('a protocol without the half-close handlers that ends its own side', async () => {
      const { reactor, client, text, log } = opened(
        new Recorders(
          class extends Recorder {
            override connectionMade() {
              this.transport.write(Buffer.from('x'));
              this.transport.loseWriteConnection();
            }
          },
        ),
      );
      await untilEnd(reactor, client, text);
      expect(text()).toBe('x|');
      expect(log).toEqual([`lost ${CLEAN}`]);
    });

    test.each(['readConnectionLost', 'writeConnectionLost'] as const)('%s throws', async (name) => {
      const errors: unknown[] = [];
      class Throws extends HalfCloseable {
        override connectionMade() {
          if (name === 'writeConnectionLost') this.transport.loseWriteConnection();
        }
      }
      Throws.prototype[name] = () => {
        throw new Error('oops');
      };
      const { reactor, client, text, log } = opened(new Recorders(Throws), (error) =>
        errors.push(error),
      );
      if (name === 'readConnectionLost') client.shutdown(SHUT_WR);
      await untilEnd(reactor, client, text);
      expect(log).toEqual(['lost Error: oops']);
      expect(errors).toEqual([new Error('oops')]);
    });
  });

  test('pauseProducing: nothing is received until resumeProducing', async () => {
    const transports: Protocol['transport'][] = [];
    const { reactor, client, log } = opened(
      new Recorders(
        class extends Recorder {
          override connectionMade() {
            transports.push(this.transport);
            this.transport.pauseProducing();
          }
        },
      ),
    );
    client.send(Buffer.from('hello'));
    reactor.callLater(0.05, () => {
      expect(log).toEqual([]);
      transports[0]?.resumeProducing();
    });
    stopWhen(reactor, () => log.length > 0);
    await runReactor(mode, reactor);
    expect(log[0]).toBe('data hello');
  });

  test('stopProducing is loseConnection', async () => {
    const { reactor, client, text, log } = opened(
      new Recorders(
        class extends Recorder {
          override connectionMade() {
            this.transport.write(Buffer.from('x'));
            this.transport.stopProducing();
            this.transport.resumeProducing();
          }
        },
      ),
    );
    client.send(Buffer.from('never received'));
    await untilEnd(reactor, client, text);
    expect([text(), log]).toEqual(['x|', [`lost ${CLEAN}`]]);
  });

  test('waiting data for a peer that does not read stops reading from it', async () => {
    const sizes: number[] = [];
    const { reactor, client } = opened(
      new Recorders(
        class extends Recorder {
          override dataReceived(data: Buffer) {
            sizes.push(data.length);
            this.transport.write(Buffer.alloc(10_000_000));
          }
        },
      ),
    );
    client.send(Buffer.alloc(1_000_000));
    let turns = 0;
    stopWhen(reactor, () => ++turns > 20 && sizes.length > 0);
    reactor.addSystemEventTrigger('during', 'shutdown', () => client.close());
    await runReactor(mode, reactor);
    expect(sizes).toHaveLength(1);
  });

  test('maxBuffer: a peer that does not read is lost, with the reason', async () => {
    const factory = new Recorders(
      class extends Recorder {
        override connectionMade() {
          for (let i = 0; i < 100; i++) this.transport.write(Buffer.alloc(1_000_000));
          this.log('returned');
        }
      },
    );
    factory.maxBuffer = 2_000_000;
    const { reactor, log } = opened(factory);
    stopWhen(reactor, () => log.length === 2);
    await runReactor(mode, reactor);
    expect(log[0]).toBe('returned');
    expect(log[1]).toMatch(
      /^lost ConnectionLost: Connection .* fashion: ENOBUFS: no buffer space available, write, \d+ bytes wait\.$/,
    );
  });

  test.each(['buildProtocol', 'connectionMade', 'dataReceived', 'connectionLost'] as const)(
    '%s throws: reported, the end of this connection, and of no other',
    async (name) => {
      const errors: unknown[] = [];
      let count = 0;
      class Bad extends Recorder {
        override dataReceived(data: Buffer) {
          this.transport.write(data);
        }
      }
      const factory = new Recorders(Bad);
      const original = factory.buildProtocol.bind(factory);
      factory.buildProtocol = (address) => {
        const isBad = ++count === 2;
        if (isBad && name === 'buildProtocol') throw new Error('oops');
        const protocol = original(address) as Bad;
        if (isBad && name !== 'buildProtocol') {
          const method = protocol[name].bind(protocol) as (...args: unknown[]) => void;
          protocol[name] = (...args: unknown[]) => {
            method(...args);
            throw new Error('oops');
          };
        }
        return protocol;
      };
      const { reactor, client, log } = opened(factory, (error) => errors.push(error));
      const address = client.getpeername();
      const echo = received(client);
      let bad = '';
      when(
        reactor,
        () => log.length === 1,
        () => {
          const second = connectedTo(address);
          second.setblocking(false);
          second.send(Buffer.from('x'));
          const text = received(second);
          const end = name === 'connectionLost' ? 'x' : '|';
          when(
            reactor,
            () => text().endsWith(end),
            () => {
              bad = text();
              second.close();
              client.send(Buffer.from('alive'));
            },
          );
        },
      );
      stopWhen(reactor, () => echo() === 'alive' && errors.length > 0);
      reactor.addSystemEventTrigger('before', 'shutdown', () => {
        expect(log).not.toContain(expect.stringContaining('Connection lost.'));
        client.close();
      });
      await runReactor(mode, reactor);
      expect(errors).toEqual([new Error('oops')]);
      // What it had written by then has been sent.
      expect(bad).toBe({ dataReceived: 'x|', connectionLost: 'x' }[name as string] ?? '|');
      const reason = { buildProtocol: [], connectionLost: ['made', `lost ${CLEAN}`] };
      const expected = reason[name as 'buildProtocol'] ?? ['made', 'lost Error: oops'];
      expect(log.slice(1, 1 + expected.length)).toEqual(expected);
    },
  );

  test('a thrown value need not be an Error', async () => {
    const errors: unknown[] = [];
    const { reactor, client, text, log } = opened(
      new Recorders(
        class extends Recorder {
          override connectionMade() {
            throw 'a string';
          }
        },
      ),
      (error) => errors.push(error),
    );
    await untilEnd(reactor, client, text);
    expect(errors).toEqual(['a string']);
    expect(log).toEqual(['lost Error: a string']);
  });

  test('an onError that throws does not end the reactor', async () => {
    const { reactor, client, text, log } = opened(
      new Recorders(
        class extends Recorder {
          override connectionMade() {
            throw new Error('oops');
          }
        },
      ),
      () => {
        throw new Error('and oops again');
      },
    );
    await untilEnd(reactor, client, text);
    expect(log).toEqual(['lost Error: oops']);
  });

  test('a protocol that closes another one: that one gets no further data', async () => {
    const protocols: Recorder[] = [];
    const { reactor, client, log } = opened(
      new Recorders(
        class extends Recorder {
          override connectionMade() {
            protocols.push(this);
          }
          override dataReceived(data: Buffer) {
            super.dataReceived(data);
            for (const other of protocols) if (other !== this) other.transport.abortConnection();
          }
        },
      ),
    );
    const second = connectedTo(client.getpeername());
    when(
      reactor,
      () => protocols.length === 2,
      () => {
        client.send(Buffer.from('x'));
        second.send(Buffer.from('x'));
      },
    );
    stopWhen(reactor, () => log.length === 2);
    reactor.addSystemEventTrigger('during', 'shutdown', () => client.close());
    reactor.addSystemEventTrigger('during', 'shutdown', () => second.close());
    await runReactor(mode, reactor);
    expect(log.slice(0, 2)).toEqual(['data x', `lost ${ABORTED}`]);
  });

  test('buildProtocol that returns null: the connection is closed', async () => {
    const factory = new Recorders();
    factory.buildProtocol = () => null;
    const { reactor, client, text, log } = opened(factory);
    await untilEnd(reactor, client, text);
    expect([text(), log]).toEqual(['|', []]);
  });

  test('TCP options', async () => {
    const values: unknown[] = [];
    const { reactor, client, text } = opened(
      new Recorders(
        class extends Recorder {
          override connectionMade() {
            for (const isOn of [true, false]) {
              this.transport.setTcpNoDelay(isOn);
              this.transport.setTcpKeepAlive(!isOn);
              values.push(this.transport.getTcpNoDelay(), this.transport.getTcpKeepAlive());
            }
            this.transport.loseConnection();
          }
        },
      ),
    );
    await untilEnd(reactor, client, text);
    expect(values).toEqual([true, false, false, true]);
  });

  test('write takes bytes only', async () => {
    const errors: unknown[] = [];
    const { reactor, client, text } = opened(
      new Recorders(
        class extends Recorder {
          override connectionMade() {
            for (const data of ['text', 1, null, ['x']]) {
              errors.push(thrown(() => this.transport.write(data as never)));
              errors.push(thrown(() => this.transport.writeSequence([data as never])));
            }
            this.transport.loseConnection();
          }
        },
      ),
    );
    await untilEnd(reactor, client, text);
    expect(errors).toEqual(Array(8).fill(typeError));
    expect(text()).toBe('|');
  });
});

test('Failure', () => {
  const failure = new Failure(new ConnectionAborted());
  expect(failure.type).toBe(ConnectionAborted);
  expect(failure.check(ConnectionDone)).toBeNull();
  expect(failure.check(ConnectionDone, ConnectionLost, ConnectionClosed)).toBe(ConnectionLost);
  expect(failure.trap(ConnectionClosed)).toBe(ConnectionClosed);
  expect(thrown(() => failure.trap(ConnectionDone))).toBe(failure.value);
  expect(thrown(() => failure.raiseException())).toBe(failure.value);
  expect(`[Failure instance: ${ABORTED}]`).toBe(String(failure));
  expect(failure.getErrorMessage()).not.toContain('\n');
  expect(failure.getTraceback()).toContain('\n    at ');
  expect(new Failure('text').value).toEqual(new Error('text'));
});

test('texts and codes, which are those of Twisted 22.4', () => {
  const errors = [
    new ConnectionDone(),
    new ConnectionDone('Connection done'),
    new ConnectionLost(),
    new ConnectionLost('Connection lost'),
    new ConnectionAborted(),
  ];
  expect(errors.map(({ name, code, message }) => `${name} ${code} ${message}`)).toEqual([
    'ConnectionDone ERR_CONNECTION_DONE Connection was closed cleanly.',
    'ConnectionDone ERR_CONNECTION_DONE Connection was closed cleanly: Connection done.',
    'ConnectionLost ERR_CONNECTION_LOST Connection to the other side was lost in a non-clean fashion.',
    'ConnectionLost ERR_CONNECTION_LOST Connection to the other side was lost in a non-clean fashion: Connection lost.',
    'ConnectionAborted ERR_CONNECTION_ABORTED Connection was aborted locally using ITCPTransport.abortConnection.',
  ]);
  expect(new ConnectionAborted('why').message).toBe(
    'Connection was aborted locally using ITCPTransport.abortConnection: why.',
  );
});
