/**
 * Files over sockets: the same reads and writes through CPython's makefile and through ours, on
 * the same bytes. Ours gets them in packets of random sizes, which must make no difference.
 */
import fc from 'fast-check';
import { type BufferedFile, type Newline, SHUT_WR, type Socket, socketpair } from 'fdselect/socket';
import { expect, test } from 'vitest';
import { amount } from '../support/amount.ts';
import { SEED } from '../support/seed.ts';
import { Python } from './python.ts';

const COUNT = Number(process.env.FDSELECT_SCRIPTS ?? amount(500, 2000));

type Answer = string | number | Answer[];

interface Case {
  binary: boolean;
  encoding: BufferEncoding;
  newline: Newline;
  buffering: number;
  /** base64 */
  data: string;
  /** Sizes of our packets, over and over; CPython gets all at once. */
  packets: number[];
  /** `peek` of bytes only. */
  steps: ['read' | 'readline' | 'readlines' | 'peek', number | null][];
  writes: string[];
}

const PIECES = ['a', 'bcd', ' ', '\n', '\n', '\r', '\r\n', '\r\n', 'é', '€', '😀', '\0', '\ufeff'];

const base64 = (data: Uint8Array) => Buffer.from(data).toString('base64');

function textOf(encoding: BufferEncoding): fc.Arbitrary<string> {
  const pieces = encoding === 'latin1' ? PIECES.filter((piece) => piece <= '\xff') : PIECES;
  return fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join(''));
}

const size = fc.oneof(fc.constant(null), fc.integer({ min: -1, max: 12 }));

const cases: fc.Arbitrary<Case> = fc
  .constantFrom<BufferEncoding>('utf8', 'utf8', 'utf-16le', 'latin1')
  .chain((encoding) =>
    fc.record({
      binary: fc.boolean(),
      encoding: fc.constant(encoding),
      newline: fc.constantFrom<Newline[]>(null, '', '\n', '\r', '\r\n'),
      buffering: fc.constantFrom(-1, 2, 7, 8192),
      data: textOf(encoding).map((text) => base64(Buffer.from(text, encoding))),
      packets: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
      steps: fc.array(
        fc.tuple(fc.constantFrom('read', 'readline', 'readline', 'readlines', 'peek'), size),
        { maxLength: 12 },
      ) as fc.Arbitrary<Case['steps']>,
      writes: fc.array(textOf(encoding), { maxLength: 5 }),
    }),
  )
  .map((one) =>
    one.binary
      ? { ...one, writes: one.writes.map((text) => base64(Buffer.from(text))) }
      : { ...one, steps: one.steps.filter(([name]) => name !== 'peek') },
  );

function inPackets(socket: Socket, sizes: number[]): void {
  const recvInto = socket.recvInto.bind(socket);
  let next = 0;
  socket.recvInto = (buffer) =>
    recvInto((buffer as Uint8Array).subarray(0, sizes[next++ % sizes.length]));
}

function encoded(value: string | Buffer | (string | Buffer)[] | null): Answer {
  if (value === null) throw new Error('a blocking socket would block');
  if (Array.isArray(value)) return value.map(encoded);
  return typeof value === 'string' ? value : base64(value);
}

function run({ binary, encoding, newline, buffering, data, packets, steps, writes }: Case) {
  const [ours, peer] = socketpair();
  inPackets(ours, packets);
  const options = { encoding, newline, buffering };
  const text = binary ? null : ours.makefile('rw', options);
  const bytes = binary ? ours.makefile('rwb', options) : null;
  const file = text ?? bytes;
  if (file === null) throw new Error('unreachable');
  try {
    peer.sendall(Buffer.from(data, 'base64'));
    peer.shutdown(SHUT_WR);
    const answers = steps.map(([name, size]): Answer => {
      if (name !== 'peek') return encoded(file[name](size));
      return encoded((bytes as BufferedFile).peek().subarray(0, 1));
    });
    for (const piece of writes) {
      answers.push(text?.write(piece) ?? bytes?.write(Buffer.from(piece, 'base64')) ?? -1);
    }
    file.flush();
    ours.shutdown(SHUT_WR);
    const all = peer.makefile('rb');
    answers.push(encoded(all.read()));
    all.close();
    return answers;
  } finally {
    for (const one of [file, ours, peer]) one.close();
  }
}

test(`CPython's makefile and ours agree on ${COUNT} cases, seed ${SEED}`, {
  timeout: 60_000 + 20 * COUNT,
}, async () => {
  const python = new Python<Case, Answer[]>('makefile.py');
  const met = new Set<string>();
  const property = fc.asyncProperty(cases, async (one) => {
    const theirs = await python.ask(one);
    expect(run(one), JSON.stringify(one)).toEqual(theirs);
    met.add(`${one.binary ? 'binary' : one.encoding} ${JSON.stringify(one.newline)}`);
  });
  try {
    await fc.assert(property, { numRuns: COUNT, seed: SEED });
  } finally {
    await python.close();
  }
  expect(met.size).toBe(4 * 5);
});
