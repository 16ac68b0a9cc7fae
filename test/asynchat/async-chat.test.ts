/** AsyncChat: terminators, messages, and the order of output. */
import fc from 'fast-check';
import { AsyncChat, SimpleProducer, type Terminator } from 'fdselect/asynchat';
import { type ChannelMap, closeAll, type Dispatcher } from 'fdselect/asyncore';
import { SO_SNDBUF, SOL_SOCKET, type Socket } from 'fdselect/socket';
import { afterEach, describe, expect, test } from 'vitest';
import { captured, MODES, paired } from '../support/asyncore.ts';
import { openTcp, reset } from '../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

afterEach(() => closeAll());

/** Keeps messages; sets the next of its terminators at the end of each. */
class Collector extends AsyncChat {
  readonly messages: string[] = [];
  readonly errors: unknown[] = [];
  #terminators: Terminator[] = [];

  use(...terminators: Terminator[]): this {
    this.#terminators = terminators;
    this.#next();
    return this;
  }

  /** What was collected since the last message. */
  get rest(): string {
    return Buffer.concat(this.incoming).toString('latin1');
  }

  override collectIncomingData(data: Buffer): void {
    expect(data.length).toBeGreaterThan(0);
    this._collectIncomingData(data);
  }

  override foundTerminator(): void {
    this.messages.push(this._getData().toString('latin1'));
    this.#next();
  }

  override handleError(error: unknown): void {
    this.errors.push(error);
  }

  #next(): void {
    const next = this.#terminators.shift();
    if (next === undefined) return;
    this.setTerminator(next);
    this.#terminators.push(next);
  }
}

/** A socket whose `recv` returns these pieces, one per call; an empty piece would be the end of file. */
function fed(collector: Collector, pieces: Uint8Array[]): Collector {
  const map: ChannelMap<Dispatcher> = new Map();
  const left = pieces.filter(({ length }) => length > 0).map((piece) => Buffer.from(piece));
  const sock = { fileno: () => 1000, recv: () => left.shift() as Buffer, close: () => {} };
  collector.setSocket(sock as unknown as Socket, map);
  while (left.length > 0) collector.handleRead();
  return collector;
}

/** A naive model of AsyncChat: returns the messages, and the collected part of the next one. */
function reference(stream: string, terminators: Terminator[]): [messages: string[], rest: string] {
  const messages: string[] = [];
  let left = stream;
  for (let i = 0; ; i++) {
    const end = terminators[i % terminators.length] as string | number | null;
    if (end === null || end === 0 || end === '') return [messages, left];
    const index = typeof end === 'number' ? end : left.indexOf(end);
    if (index < 0 || index > left.length || (typeof end === 'number' && left === '')) {
      let held = 0;
      for (let size = 1; size < String(end).length && typeof end === 'string'; size++) {
        if (left.endsWith(end.slice(0, size))) held = size;
      }
      return [messages, left.slice(0, left.length - held)];
    }
    messages.push(left.slice(0, index));
    left = left.slice(index + (typeof end === 'string' ? end.length : 0));
  }
}

function cut(stream: string, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  const left = Buffer.from(stream, 'latin1');
  for (let begin = 0, i = 0; begin < left.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    pieces.push(left.subarray(begin, begin + size));
    begin += size;
  }
  return pieces;
}

/** Few different letters, so that terminators and their beginnings occur often. */
const text = (max: number, min = 0) =>
  fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: min, maxLength: max });

const terminator = fc.oneof<fc.Arbitrary<Terminator>[]>(
  text(4, 1),
  text(4, 1),
  fc.integer({ min: 1, max: 12 }),
  fc.constantFrom<Terminator>(null, 0, ''),
);

describe('any stream, cut anywhere, with any terminators', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('into pieces of %i bytes', (size) => {
    fc.assert(
      fc.property(
        text(60),
        fc.array(terminator, { minLength: 1, maxLength: 3 }),
        (stream, ends) => {
          const collector = fed(new Collector().use(...ends), cut(stream, [size]));
          expect([collector.messages, collector.rest]).toEqual(reference(stream, ends));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('into pieces of any size', () => {
    fc.assert(
      fc.property(
        text(100),
        fc.array(terminator, { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        (stream, ends, sizes) => {
          const collector = fed(new Collector().use(...ends), cut(stream, sizes));
          expect([collector.messages, collector.rest]).toEqual(reference(stream, ends));
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('a line becomes too long at the same byte, however the stream was cut', () => {
    fc.assert(
      fc.property(
        text(60),
        text(3, 1),
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        (stream, end, maxBuffer, sizes) => {
          const collector = new Collector().use(end);
          collector.maxBuffer = maxBuffer;
          fed(collector, cut(stream, sizes));
          const [messages, rest] = reference(stream, [end]);
          const first = messages.findIndex(({ length }) => length > maxBuffer);
          const isTooLong = first >= 0 || rest.length > maxBuffer;
          expect(collector.messages).toEqual(first < 0 ? messages : messages.slice(0, first));
          expect(collector.errors).toEqual(isTooLong ? [osError('EMSGSIZE')] : []);
          expect(collector.fileno()).toBe(isTooLong ? -1 : 1000);
          expect(collector.rest.length).toBeLessThanOrEqual(maxBuffer);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('terminators', () => {
  test('strings are UTF-8, bytes are bytes', () => {
    const stream = Buffer.from('grün|blau');
    expect(
      fed(new Collector().use('ü'), [stream.subarray(0, 3), stream.subarray(3)]),
    ).toMatchObject({ messages: ['gr'], rest: 'n|blau' });
    expect(fed(new Collector().use(Buffer.from('|')), [Buffer.from('a|b|')]).messages).toEqual([
      ...['a', 'b'],
    ]);
    expect(
      fed(new Collector().use(Uint16Array.of(0x0a0d)), [Buffer.from('a\r\n')]).messages,
    ).toEqual(['a']);
  });

  test('a bad terminator', () => {
    const chat = new AsyncChat();
    expect(chat.getTerminator()).toBe(null);
    for (const bad of [-1, 1.5, Number.NaN, Infinity]) {
      expect(thrown(() => chat.setTerminator(bad))).toEqual(rangeError);
    }
    for (const bad of [undefined, {}, true, 1n, ['\n']]) {
      expect(thrown(() => chat.setTerminator(bad as never))).toEqual(typeError);
    }
    expect(chat.getTerminator()).toBe(null);
    chat.terminator = '\n';
    expect(chat.getTerminator()).toBe('\n');
  });

  test('a number counts down, and is 0 when it is found', () => {
    const seen: Terminator[] = [];
    const chat = new Collector().use(5);
    chat.foundTerminator = () => void seen.push(chat.getTerminator());
    fed(chat, [Buffer.from('abc')]);
    expect(chat.getTerminator()).toBe(2);
    fed(chat, [Buffer.from('defgh')]);
    expect([seen, chat.rest]).toEqual([[0], 'abcdefgh']);
  });

  test('nothing is delivered after close(), and no discarded input', () => {
    const told: string[] = [];
    const chat = new Collector().use('\n');
    chat.foundTerminator = () => {
      told.push(Buffer.concat(chat.incoming.splice(0)).toString());
      if (told.at(-1) === 'quit') chat.close();
      if (told.at(-1) === 'drop') chat.discardBuffers();
    };
    fed(chat, [Buffer.from('a\ndrop\nb\nc'), Buffer.from('d\nquit\ne\nf')]);
    expect([told, chat.rest]).toEqual([['a', 'drop', 'd', 'quit'], '']);
  });

  test('methods that must be overridden throw an error that says so', () => {
    const chat = new AsyncChat();
    for (const call of [
      () => chat.collectIncomingData(Buffer.from('x')),
      () => chat.foundTerminator(),
    ]) {
      expect(thrown(call)).toMatchObject({ code: 'ERR_METHOD_NOT_IMPLEMENTED' });
    }
  });
});

/** Sends only; keeps the events. */
class Sender extends AsyncChat {
  readonly events: string[] = [];

  override handleClose(): void {
    this.events.push('close');
    super.handleClose();
  }

  override handleError(error: unknown): void {
    this.events.push(`error ${(error as { code?: string }).code}`);
  }
}

describe('output', () => {
  test('push sends at once, acOutBufferSize bytes at the most, and copies the rest', () => {
    const [chat, peer] = paired((sock) => new Sender(sock));
    chat.acOutBufferSize = 10;
    const data = Buffer.from('0123456789abc');
    chat.push(data);
    data.fill('x');
    expect([chat.pending, chat.writable()]).toEqual([3, true]);
    expect(String(peer.recv(100))).toBe('0123456789');
    chat.push(Buffer.from('def'));
    expect(String(peer.recv(100))).toBe('abcdef');
    expect([chat.pending, chat.writable(), chat.producerFifo.length]).toEqual([0, false, 0]);
  });

  test('an empty push has no effect', () => {
    const [chat] = paired((sock) => new Sender(sock));
    chat.push(Buffer.alloc(0));
    chat.pushWithProducer(Buffer.alloc(0));
    expect([chat.producerFifo, chat.writable()]).toEqual([[], false]);
  });

  test('before the connection is established, all output waits', () => {
    const chat = new Sender();
    chat.push(Buffer.from('ab'));
    chat.pushWithProducer(new SimpleProducer(Buffer.from('cd')));
    chat.push(Buffer.from('ef'));
    expect([chat.pending, chat.producerFifo.length, chat.writable()]).toEqual([4, 3, true]);
    chat.discardBuffers();
    expect([chat.pending, chat.producerFifo.length, chat.writable()]).toEqual([0, 0, true]);
  });

  test.each(MODES)('bytes, producers and the end keep their order, $name', async ({ run }) => {
    const [chat, peer] = paired((sock) => new Sender(sock));
    chat.readable = () => false;
    const pieces: (Uint8Array | null | undefined)[] = [
      Buffer.from('3'),
      new Uint8Array([0x34]),
      null,
    ];
    chat.push(Buffer.from('1'));
    chat.pushWithProducer(new SimpleProducer(Buffer.from('2222'), 1));
    chat.pushWithProducer({ more: () => pieces.shift() });
    chat.pushWithProducer({ more: () => undefined });
    chat.push(Buffer.from('5'));
    chat.closeWhenDone();
    expect(chat.events).toEqual([]);
    await run(null);
    let received = '';
    for (let data = peer.recv(100); data.length > 0; data = peer.recv(100)) received += data;
    expect(received).toBe('1222234' + '5');
    expect(chat.events).toEqual(['close']);
  });

  test.each(MODES)('a producer is called only if there is room, $name', async ({ run }) => {
    const [chat, peer] = paired((sock) => new Sender(sock));
    chat.socket?.setsockopt(SOL_SOCKET, SO_SNDBUF, 100_000);
    chat.readable = () => false;
    let asked = 0;
    chat.pushWithProducer({ more: () => (asked++ < 1000 ? Buffer.alloc(10_000) : null) });
    await run(0.05, null, 30);
    const before = asked;
    expect(before).toBeLessThan(100);
    await run(0.05, null, 2);
    expect(asked).toBe(before);
    peer.recv(50_000);
    await run(0.05, null, 2);
    expect(asked).toBeGreaterThan(before);
  });

  test('errors of a producer, and pieces that are not bytes', () => {
    const [chat] = paired((sock) => new Sender(sock));
    expect(thrown(() => chat.pushWithProducer({ more: () => 'text' as never }))).toEqual(typeError);
    chat.discardBuffers();
    const error = new Error('no more');
    const producer = {
      more: () => {
        throw error;
      },
    };
    expect(thrown(() => chat.pushWithProducer(producer))).toBe(error);
    expect(thrown(() => chat.pushWithProducer({} as never))).toEqual(typeError);
    expect(thrown(() => new SimpleProducer('text' as never))).toEqual(typeError);
    expect(thrown(() => new SimpleProducer(Buffer.from('x'), 0))).toEqual(rangeError);
  });

  test('a reset with unsent data: handleClose, and the data is dropped', () => {
    const [client, server] = openTcp();
    const chat = new Sender(server);
    while (chat.pending === 0) chat.push(Buffer.alloc(65536));
    reset(client);
    chat.handleWrite();
    expect([chat.events, chat.pending]).toEqual([['close'], 0]);
  });

  test('another error goes to handleError', () => {
    const [chat] = paired((sock) => new Sender(sock));
    const error = thrown(() => (chat.socket as Socket).shutdown(99));
    (chat.socket as Socket).trySend = () => {
      throw error;
    };
    chat.push(Buffer.from('x'));
    expect(chat.events).toEqual(['error EINVAL']);
  });
});

test('reusesInput: unfinished messages of two channels are kept', () => {
  const sides = [1, 2].map(() => paired((sock) => new Collector(sock).use('\r\n')));
  const receive = (...pieces: string[]) => {
    for (const [i, [chat, peer]] of sides.entries()) {
      chat.reusesInput = true;
      peer.send(pieces[i] as string);
      chat.handleRead();
    }
  };
  const [a, b] = ['a'.repeat(40_000), 'b'.repeat(40_000)];
  receive(a, b); // more than half of the memory that both use
  receive('a\r', 'b\r'); // the beginning of a terminator
  receive('\r', '\r');
  receive('\na', '\nb');
  expect(sides.map(([chat]) => chat.messages)).toEqual([[`${a}a\r`], [`${b}b\r`]]);
  expect(sides.map(([chat]) => chat.rest)).toEqual(['a', 'b']);
});

test('without an override an error is logged, and closes the channel', () => {
  const stdout = captured(process.stdout);
  const [chat, peer] = paired((sock) => new AsyncChat(sock));
  chat.maxBuffer = 3;
  chat.setTerminator('\n');
  chat.collectIncomingData = () => {};
  peer.send(Buffer.from('abcd'));
  chat.handleRead();
  expect(chat.fileno()).toBe(-1);
  expect(stdout.text).toMatch(
    /^error: uncaptured exception, closing channel <AsyncChat connected ''> \(OSError:EMSGSIZE: /,
  );
});
