/** LineReceiver and LineOnlyReceiver: any stream, cut in any way. */

import fc from 'fast-check';
import { LineOnlyReceiver, LineReceiver, type Transport } from 'fdselect/reactor';
import { describe, expect, test } from 'vitest';
import { rangeError, thrown, typeError } from '../support/thrown.ts';

/** A transport that records its calls. */
class FakeTransport {
  disconnecting = false;
  written = '';
  readonly log: string[] = [];

  writeSequence(pieces: Iterable<Uint8Array>): void {
    for (const piece of pieces) this.written += Buffer.from(piece).toString('latin1');
  }

  loseConnection(): void {
    this.disconnecting = true;
    this.log.push('loseConnection');
  }

  pauseProducing(): void {
    this.log.push('pauseProducing');
  }

  resumeProducing(): void {
    this.log.push('resumeProducing');
  }

  stopProducing(): void {
    this.log.push('stopProducing');
  }
}

/** Binds a receiver to a fake transport. */
function bound<P extends LineOnlyReceiver>(protocol: P): [P, FakeTransport] {
  const transport = new FakeTransport();
  protocol.makeConnection(transport as Partial<Transport> as Transport);
  return [protocol, transport];
}

/** A subclass that records its calls. */
function recording(Class: typeof LineOnlyReceiver) {
  return class extends Class {
    readonly log: string[] = [];

    override lineReceived(line: Buffer): void {
      this.log.push(`line ${line.toString('latin1')}`);
    }

    override lineLengthExceeded(line: Buffer): void {
      this.log.push(`exceeded ${line.toString('latin1')}`);
      super.lineLengthExceeded(line);
    }
  };
}

function feed(protocol: LineOnlyReceiver, stream: Buffer, sizes: number[]): void {
  for (let begin = 0, i = 0; begin < stream.length; i++) {
    const size = sizes[i % sizes.length] as number;
    protocol.dataReceived(Buffer.from(stream.subarray(begin, begin + size)));
    begin += size;
  }
}

/** Few different bytes, so that delimiters and parts of them occur often. */
const streams = fc
  .array(fc.constantFrom('a', 'b', '\r', '\n', '\r\n', '\r\r\n', '--', '-=', '-=-'), {
    maxLength: 200,
  })
  .map((pieces) => Buffer.from(pieces.join('')));
const cuts = fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 20 });
const delimiters = fc.constantFrom('\r\n', '\n', '-', '--', '-=-', '\r\r\n', 'ab');

/** The same by means of split(). */
function reference(stream: string, delimiter: string, max: number): string[] {
  const lines = stream.split(delimiter);
  const rest = lines.pop() as string;
  const long = lines.findIndex((line) => line.length > max);
  const good = (long < 0 ? lines : lines.slice(0, long)).map((line) => `line ${line}`);
  if (long >= 0) return [...good, 'exceeded'];
  let partial = delimiter.length - 1;
  while (!rest.endsWith(delimiter.slice(0, partial))) partial--;
  return rest.length - partial > max ? [...good, 'exceeded'] : good;
}

describe.each<[string, typeof LineOnlyReceiver]>([
  ['LineOnlyReceiver', LineOnlyReceiver],
  ['LineReceiver', LineReceiver],
])('%s', (_, Class) => {
  test('any stream, any delimiter, cut in any way', () => {
    fc.assert(
      fc.property(
        streams,
        cuts,
        delimiters,
        fc.integer({ min: 0, max: 12 }),
        (stream, sizes, delimiter, max) => {
          const [protocol] = bound(new (recording(Class))());
          protocol.delimiter = delimiter;
          protocol.MAX_LENGTH = max;
          feed(protocol, stream, sizes);
          const log = protocol.log.map((text) => text.replace(/^exceeded .*/s, 'exceeded'));
          expect(log).toEqual(reference(stream.toString(), delimiter, max));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('in pieces of %i bytes', (size) => {
    const [protocol] = bound(new (recording(Class))());
    const stream = '\r\nlen 5\r\nfoo 123\r\n\r\n1234\r\n\n\r\r\nÄ\r\nfoo1\r';
    feed(protocol, Buffer.from(stream, 'latin1'), [size]);
    const lines = ['', 'len 5', 'foo 123', '', '1234', '\n\r', 'Ä', 'foo1'].slice(0, 7);
    expect(protocol.log).toEqual(lines.map((line) => `line ${line}`));
    protocol.dataReceived(Buffer.from('\n'));
    expect(protocol.log.at(-1)).toBe('line foo1');
  });

  test('lines can be kept', () => {
    const kept: Buffer[] = [];
    const [protocol] = bound(
      new (class extends Class {
        override lineReceived(line: Buffer) {
          kept.push(line);
        }
      })(),
    );
    const stream = Array.from({ length: 2000 }, (_unused, i) => `line ${i}\r\n`).join('');
    feed(protocol, Buffer.from(stream), [7, 3000, 1]);
    expect(kept.map((line) => `${line}\r\n`).join('')).toBe(stream);
  });

  test.each([1, 7, 100_000])('long lines in pieces of %i: no byte is searched twice', (size) => {
    const [protocol] = bound(new (recording(Class))());
    protocol.MAX_LENGTH = 1_000_000;
    const line = Buffer.alloc(size === 1 ? 300_000 : 1_000_000, 'x');
    const count = size < 10 ? 2 : 10;
    const start = process.cpuUsage();
    for (let i = 0; i < count; i++) {
      feed(protocol, line, [size]);
      protocol.dataReceived(Buffer.from('\r\n'));
    }
    // A scan of the whole line for each byte of it would take minutes of the CPU's time.
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(5);
    expect(protocol.log).toHaveLength(count);
  });

  test.each([
    ['ended', 'x'.repeat(6), '\r\n', true],
    ['not ended', 'x'.repeat(6), '', true],
    ['just right', 'x'.repeat(5), '\r\n', false],
    ['half of its delimiter has arrived', 'x'.repeat(5), '\r', false],
    ['half a delimiter, then another byte', `${'x'.repeat(5)}\r`, 'x', true],
  ])('MAX_LENGTH 5: %s', (_title, line, end, isLong) => {
    const [protocol, transport] = bound(new (recording(Class))());
    protocol.MAX_LENGTH = 5;
    protocol.dataReceived(Buffer.from(`ok\r\n${line}${end}`));
    expect(protocol.log[0]).toBe('line ok');
    expect(transport.disconnecting).toBe(isLong);
    protocol.dataReceived(Buffer.from('\nfine\r\n'));
    expect(protocol.log.some((text) => text.endsWith('fine'))).toBe(!isLong);
  });

  test('lines after loseConnection are ignored', () => {
    const log: string[] = [];
    const [protocol, transport] = bound(
      new (class extends Class {
        override lineReceived(line: Buffer) {
          log.push(String(line));
          if (String(line) === 'quit') this.transport.loseConnection();
        }
      })(),
    );
    protocol.dataReceived(Buffer.from('one\r\nquit\r\ntwo\r\nthree\r\n'));
    protocol.dataReceived(Buffer.from('four\r\n'));
    expect(log).toEqual(['one', 'quit']);
    expect(transport.disconnecting).toBe(true);
  });

  test('a lineReceived that throws: the next packet is received', () => {
    const log: string[] = [];
    const [protocol] = bound(
      new (class extends Class {
        override lineReceived(line: Buffer) {
          log.push(String(line));
          if (String(line) === 'bad') throw new Error('oops');
        }
      })(),
    );
    expect(() => protocol.dataReceived(Buffer.from('bad\r\none\r\n'))).toThrow('oops');
    protocol.dataReceived(Buffer.from('two\r\n'));
    expect(log).toEqual(['bad', 'one', 'two']);
  });

  test('the delimiter may change between two lines', () => {
    const [protocol] = bound(
      new (class extends recording(Class) {
        override lineReceived(line: Buffer) {
          super.lineReceived(line);
          this.delimiter = line.length === 1 ? '\n' : Buffer.from('-');
        }
      })(),
    );
    feed(protocol, Buffer.from('a\r\nb\nccc\nd-e\n'), [3, 100]);
    expect(protocol.log).toEqual(['line a', 'line b', 'line ccc', 'line d', 'line e']);
  });

  test('sendLine', () => {
    const [protocol, transport] = bound(new Class());
    protocol.sendLine(Buffer.from('hello'));
    protocol.delimiter = Buffer.from('\n');
    protocol.sendLine(Buffer.from('world'));
    expect(transport.written).toBe('hello\r\nworld\n');
  });

  test('bad arguments and missing methods', () => {
    const [protocol] = bound(new Class());
    protocol.delimiter = '';
    expect(thrown(() => protocol.sendLine(Buffer.from('x')))).toEqual(rangeError);
    expect(thrown(() => protocol.dataReceived(Buffer.from('x')))).toEqual(rangeError);
    protocol.delimiter = 10 as never;
    expect(thrown(() => protocol.dataReceived(Buffer.from('x')))).toEqual(typeError);
    protocol.delimiter = '\n';
    expect(() => protocol.dataReceived(Buffer.from('\n'))).toThrow('has no method lineReceived');
  });
});

test('LineReceiver: lineLengthExceeded gets all received data', () => {
  const log: string[] = [];
  class Receiver extends LineReceiver {
    override MAX_LENGTH = 5;
    override lineReceived(line: Buffer) {
      log.push(`line ${line}`);
    }
    override lineLengthExceeded(line: Buffer) {
      log.push(`exceeded ${line}`);
    }
  }
  const [protocol] = bound(new Receiver());
  protocol.dataReceived(Buffer.from('ok\r\nxxxxxx\r\nmore\r\nand'));
  expect(log).toEqual(['line ok', 'exceeded xxxxxx\r\nmore\r\nand']);
  expect(protocol.clearLineBuffer()).toHaveLength(0);
});

test('lines that are too long can be skipped', () => {
  for (const Class of [LineOnlyReceiver, LineReceiver] as (typeof LineOnlyReceiver)[]) {
    const log: string[] = [];
    const [protocol] = bound(
      new (class extends Class {
        override lineReceived(line: Buffer) {
          log.push(String(line));
        }
        override lineLengthExceeded() {
          log.push('too long');
        }
      })(),
    );
    protocol.MAX_LENGTH = 5;
    protocol.dataReceived(Buffer.from('one\r\nxxxxxx\r\n'));
    protocol.dataReceived(Buffer.from('two\r\nyyyyyyyyy'));
    protocol.dataReceived(Buffer.from('\r\nthree\r\n'));
    expect(log).toEqual(['one', 'too long', 'two', 'too long', '', 'three']);
  }
});

describe('LineReceiver: raw data', () => {
  /** After a line "len N" N bytes are raw. */
  class Mixed extends LineReceiver {
    readonly log: string[] = [];
    #left = 0;

    override lineReceived(line: Buffer): void {
      this.log.push(`line ${line}`);
      const match = /^len (\d+)$/.exec(String(line));
      if (match === null) return;
      this.#left = Number(match[1]);
      this.log.push('raw ');
      this.setRawMode();
    }

    override rawDataReceived(data: Buffer): void {
      const mine = data.subarray(0, this.#left);
      this.#left -= mine.length;
      this.log.push(`${this.log.pop()}${mine}`);
      if (this.#left === 0) this.setLineMode(data.subarray(mine.length));
    }
  }

  test('any stream, cut in any way', () => {
    const parts = fc.array(
      fc.oneof(
        fc.stringMatching(/^[a-z]{0,8}$/).map((text) => ({ text, isRaw: false })),
        fc.stringMatching(/^[a-z\r\n]{1,12}$/).map((text) => ({ text, isRaw: true })),
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(parts, cuts, (all, sizes) => {
        const stream = all.map(({ text, isRaw }) =>
          isRaw ? `len ${text.length}\r\n${text}` : `${text}\r\n`,
        );
        const [protocol] = bound(new Mixed());
        feed(protocol, Buffer.from(stream.join('')), sizes);
        const expected = all.flatMap(({ text, isRaw }) =>
          isRaw ? [`line len ${text.length}`, `raw ${text}`] : [`line ${text}`],
        );
        expect(protocol.log).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test('setLineMode from outside, with lines in it', () => {
    const [protocol] = bound(new Mixed());
    protocol.setRawMode();
    protocol.setLineMode(Buffer.from('one\r\ntw'));
    protocol.dataReceived(Buffer.from('o\r\n'));
    protocol.setLineMode();
    expect(protocol.log).toEqual(['line one', 'line two']);
    expect(thrown(() => protocol.setLineMode('x' as never))).toEqual(typeError);
  });

  test('setLineMode(extra) in lineReceived: extra comes after the received data', () => {
    const [protocol] = bound(
      new (class extends Mixed {
        override lineReceived(line: Buffer) {
          super.lineReceived(line);
          if (String(line) === 'first') this.setLineMode(Buffer.from('extra\r\n'));
        }
      })(),
    );
    protocol.dataReceived(Buffer.from('first\r\nsecond\r\n'));
    expect(protocol.log).toEqual(['line first', 'line second', 'line extra']);
  });

  test('without rawDataReceived', () => {
    const [protocol] = bound(new LineReceiver());
    protocol.setRawMode();
    expect(() => protocol.dataReceived(Buffer.from('x'))).toThrow('has no method rawDataReceived');
  });

  test('clearLineBuffer', () => {
    const [protocol] = bound(new Mixed());
    protocol.dataReceived(Buffer.from('one\r\ntw'));
    expect(String(protocol.clearLineBuffer())).toBe('tw');
    protocol.dataReceived(Buffer.from('three\r\n'));
    expect(protocol.log).toEqual(['line one', 'line three']);
  });
});

describe('LineReceiver: pauses', () => {
  /** Pauses after each line. */
  class Pausing extends LineReceiver {
    readonly log: string[] = [];

    override lineReceived(line: Buffer): void {
      this.log.push(String(line));
      this.pauseProducing();
    }
  }

  test('in lineReceived: the next line comes when it is resumed, cut in any way', () => {
    fc.assert(
      fc.property(cuts, (sizes) => {
        const [protocol] = bound(new Pausing());
        feed(protocol, Buffer.from('one\r\ntwo\r\nthree\r\n'), sizes);
        expect(protocol.log).toEqual(['one']);
        expect(protocol.paused).toBe(true);
        protocol.resumeProducing();
        expect(protocol.log).toEqual(['one', 'two']);
        protocol.resumeProducing();
        expect(protocol.log).toEqual(['one', 'two', 'three']);
        protocol.resumeProducing();
        expect(protocol.paused).toBe(false);
      }),
    );
  });

  test('the transport pauses, too', () => {
    const [protocol, transport] = bound(new Pausing());
    protocol.dataReceived(Buffer.from('one\r\n'));
    protocol.resumeProducing();
    protocol.stopProducing();
    expect(transport.log).toEqual(['pauseProducing', 'resumeProducing', 'stopProducing']);
  });

  test('paused and resumed within lineReceived', () => {
    const [protocol] = bound(
      new (class extends Pausing {
        override lineReceived(line: Buffer) {
          super.lineReceived(line);
          this.resumeProducing();
        }
      })(),
    );
    protocol.dataReceived(Buffer.from('one\r\ntwo\r\n'));
    expect(protocol.log).toEqual(['one', 'two']);
  });
});
