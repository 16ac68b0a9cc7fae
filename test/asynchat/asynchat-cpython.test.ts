/** The cases of CPython's test_asynchat, under their names, in our own words. */
import { AsyncChat, findPrefixAtEnd, SimpleProducer, type Terminator } from 'fdselect/asynchat';
import { closeAll, Dispatcher } from 'fdselect/asyncore';
import type { Address, Socket } from 'fdselect/socket';
import { afterEach, describe, expect, test } from 'vitest';
import { Acceptor, MODES, type Mode, paired } from '../support/asyncore.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

const QUIT = 'QUIT\n';
const TEXT = "hello world\nI'm not dead yet!\n";

afterEach(() => closeAll());

/** Collects until QUIT has come, then sends everything back in small pieces, and closes. */
class EchoServer extends Dispatcher {
  received = '';
  readonly #chunkSize: number;
  #unsent: Buffer | null = null;
  /** Whether it may send now; before, nothing is sent back. */
  mayAnswer = true;

  constructor(sock: Socket, chunkSize: number) {
    super(sock);
    this.#chunkSize = chunkSize;
  }

  override writable(): boolean {
    return this.#unsent !== null && this.mayAnswer;
  }

  override handleRead(): void {
    this.received += this.recv(1);
    if (this.received.endsWith(QUIT)) {
      this.#unsent = Buffer.from(this.received.slice(0, -QUIT.length));
    }
  }

  override handleWrite(): void {
    const unsent = this.#unsent as Buffer;
    const sent = this.send(unsent.subarray(0, this.#chunkSize));
    this.#unsent = unsent.subarray(sent);
    if (this.#unsent.length === 0) this.close();
  }
}

class EchoClient extends AsyncChat {
  readonly contents: string[] = [];
  buffer = '';

  constructor(terminator: Terminator, address: Address) {
    super();
    this.createSocket();
    this.connect(address);
    this.setTerminator(terminator);
  }

  override handleConnect(): void {}

  override collectIncomingData(data: Buffer): void {
    expect(data.length).toBeGreaterThan(0);
    this.buffer += data;
  }

  override foundTerminator(): void {
    this.contents.push(this.buffer);
    this.buffer = '';
  }
}

/** A client and the channel of its server, which exists once the client is connected. */
function open(terminator: Terminator, chunkSize = 1) {
  const listener = new Acceptor();
  const servers: EchoServer[] = [];
  listener.handleAccepted = (sock) => {
    servers.push(new EchoServer(sock, chunkSize));
    listener.close();
  };
  return { client: new EchoClient(terminator, listener.address), servers };
}

const bytes = (text: string) => Buffer.from(text);

/** Runs until both sides have closed, as an empty map ends a loop. */
const finished = (mode: Mode) => mode.run(5);

describe.each(MODES)('TestAsynchat, $name', (mode) => {
  const TERMINATORS = { line_terminator1: '\n', line_terminator2: '\r\n', line_terminator3: 'qqq' };

  describe.each(Object.entries(TERMINATORS))('%s', (_, terminator) => {
    test.each([1, 2, 3])('in chunks of %i', async (chunkSize) => {
      const { client } = open(terminator, chunkSize);
      client.push(bytes('hello '));
      client.push(bytes(`world${terminator}`));
      client.push(bytes(`I'm not dead yet!${terminator}`));
      client.push(bytes(QUIT));
      await finished(mode);
      expect(client.contents).toEqual(['hello world', "I'm not dead yet!"]);
    });
  });

  test.each([1, 6])('numeric_terminator: %i', async (size) => {
    const { client } = open(size);
    client.push(bytes(TEXT));
    client.push(bytes(QUIT));
    await finished(mode);
    expect(client.contents).toEqual([TEXT.slice(0, size)]);
    expect(client.buffer).toBe(TEXT.slice(size));
    expect(client.getTerminator()).toBe(0);
  });

  test('none_terminator', async () => {
    const { client } = open(null);
    client.push(bytes(TEXT));
    client.push(bytes(QUIT));
    await finished(mode);
    expect([client.contents, client.buffer]).toEqual([[], TEXT]);
  });

  test('simple_producer', async () => {
    const { client } = open('\n');
    client.pushWithProducer(new SimpleProducer(bytes(TEXT + QUIT), 8));
    await finished(mode);
    expect(client.contents).toEqual(['hello world', "I'm not dead yet!"]);
  });

  test('string_producer', async () => {
    const { client } = open('\n');
    client.pushWithProducer(bytes(TEXT + QUIT));
    await finished(mode);
    expect(client.contents).toEqual(['hello world', "I'm not dead yet!"]);
  });

  test('empty_line', async () => {
    const { client } = open('\n');
    client.push(bytes("hello world\n\nI'm not dead yet!\n"));
    client.push(bytes(QUIT));
    await finished(mode);
    expect(client.contents).toEqual(['hello world', '', "I'm not dead yet!"]);
  });

  test('close_when_done', async () => {
    const { client, servers } = open('\n');
    client.push(bytes(TEXT));
    client.push(bytes(QUIT));
    client.closeWhenDone();
    expect(client.fileno()).toBeGreaterThan(0);
    await mode.until(() => servers.length > 0, 'it is accepted');
    const [server] = servers as [EchoServer];
    server.mayAnswer = false;
    await mode.until(() => client.fileno() < 0 && server.received.endsWith(QUIT), 'it is closed');
    expect(client.contents).toEqual([]);
    expect(server.received).toBe(TEXT + QUIT);
  });

  test('push', async () => {
    const { client } = open('\n');
    const data = bytes('bytes\n');
    client.push(data);
    client.push(new Uint8Array(data));
    client.push(new DataView(Uint8Array.from(data).buffer));
    expect(thrown(() => client.push(10 as never))).toEqual(typeError);
    expect(thrown(() => client.push('unicode' as never))).toEqual(typeError);
    client.push(bytes(QUIT));
    await finished(mode);
    expect(client.contents).toEqual(['bytes', 'bytes', 'bytes']);
  });
});

test('blockingioerror', () => {
  const [channel] = paired((sock) => new AsyncChat(sock));
  const errors: unknown[] = [];
  channel.handleError = (error) => void errors.push(error);
  expect(thrown(() => channel.recv(1))).toEqual(osError('EAGAIN'));
  channel.handleRead();
  expect(errors).toEqual([]);
  channel.recv = () => {
    throw thrown(() => (channel.socket as Socket).shutdown(99));
  };
  channel.handleRead();
  expect(errors).toEqual([osError('EINVAL')]);
});

test('find_prefix_at_end', () => {
  expect(findPrefixAtEnd('qwerty\r', '\r\n')).toBe(1);
  expect(findPrefixAtEnd('qwertydkjf', '\r\n')).toBe(0);
  expect(findPrefixAtEnd(bytes('aab'), bytes('abab'))).toBe(2);
  expect(findPrefixAtEnd('xaba', 'abab')).toBe(3);
  expect(findPrefixAtEnd('', 'ab')).toBe(0);
  expect(findPrefixAtEnd('ab', '')).toBe(0);
  expect(findPrefixAtEnd('gr\u00fc', '\u00fc\n')).toBe(2);
  expect(thrown(() => findPrefixAtEnd(1 as never, 'x'))).toEqual(typeError);
});

test('disallow_negative_terminator', () => {
  const client = new AsyncChat();
  expect(thrown(() => client.setTerminator(-1))).toEqual(rangeError);
});
