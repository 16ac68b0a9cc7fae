/** OutputBuffer: whatever is pushed comes out in its order, whatever send() takes of it. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { OutputBuffer } from 'fdselect/stream';
import { expect, test } from 'vitest';
import { scriptFile } from '../support/script.ts';
import { run } from '../support/server.ts';

/** A socket whose send() takes as much as the test allows: a number of bytes at most, or nothing. */
class FakeSocket {
  readonly #chunks: Buffer[] = [];
  readonly #takes: Iterator<number | null>;
  calls = 0;

  constructor(takes: Iterable<number | null>) {
    this.#takes = takes[Symbol.iterator]();
  }

  trySend(data: Uint8Array, offset = 0, size = data.length - offset): number | null {
    expect(size).toBeGreaterThan(0); // send() of nothing looks like nothing taken
    this.calls++;
    const next = this.#takes.next();
    if (next.done === true || next.value === null) return null;
    const taken = Math.min(next.value, size);
    this.#chunks.push(Buffer.from(data.subarray(offset, offset + taken)));
    return taken;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

const takes = fc.array(fc.option(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 100_000 }))));
const pushes = fc.array(
  fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ max: 70_000, min: 0 })),
);

test('pushed and sent in any order, by any amount: the same bytes, and receipts in time', () => {
  fc.assert(
    fc.property(pushes, takes, fc.integer({ min: 1, max: 80_000 }), (sizes, amounts, limit) => {
      const chunks = sizes.map((size) => randomBytes(size));
      const buffer = new OutputBuffer();
      const socket = new FakeSocket([...amounts, ...new Array<number>(1000).fill(1_000_000)]);
      const expected = Buffer.concat(chunks);
      const receipts: number[] = [];
      let pushed = 0;
      for (const [i, chunk] of chunks.entries()) {
        pushed += chunk.length;
        const position = pushed;
        buffer.push(chunk, () => {
          expect(socket.bytes.length).toBeGreaterThanOrEqual(position);
          receipts.push(i);
        });
        chunk.fill(0); // it has copied them
        const before = socket.bytes.length;
        const sent = buffer.sendTo(socket, limit);
        expect(sent).toBe(socket.bytes.length - before);
        expect(sent).toBeLessThanOrEqual(limit);
        expect(buffer.size).toBe(pushed - socket.bytes.length);
      }
      for (let tries = 0; buffer.size > 0 && tries <= amounts.length; tries++) {
        buffer.sendTo(socket);
      }
      expect(buffer.size).toBe(0);
      buffer.sendTo(socket); // for a receipt of nothing
      expect(socket.bytes.equals(expected)).toBe(true);
      expect(receipts).toEqual(chunks.map((_, i) => i));
    }),
    { numRuns: 300 },
  );
});

test('a large push is sent in one piece, many small ones in few', () => {
  const buffer = new OutputBuffer();
  const socket = new FakeSocket(new Array<number>(1000).fill(10_000_000));
  buffer.push(Buffer.alloc(5_000_000));
  buffer.sendTo(socket);
  expect(socket.calls).toBe(1);
  for (let i = 0; i < 10_000; i++) buffer.push(Buffer.alloc(10));
  buffer.sendTo(socket);
  expect(socket.calls).toBeLessThan(10);
});

test('clear drops all bytes and receipts', () => {
  const buffer = new OutputBuffer();
  buffer.push(Buffer.alloc(100_000), () => expect.unreachable());
  buffer.clear();
  expect(buffer.size).toBe(0);
  expect(buffer.sendTo(new FakeSocket([]))).toBe(0);
  buffer.push(Buffer.from('new'));
  const socket = new FakeSocket([10]);
  buffer.sendTo(socket);
  expect(String(socket.bytes)).toBe('new');
});

test('a million pushes of one byte hold about a megabyte, and an empty buffer holds nothing', async () => {
  const script = `
    import { OutputBuffer } from 'fdselect/stream';
    const buffer = new OutputBuffer();
    const byte = Buffer.from('x');
    gc();
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 1_000_000; i++) buffer.push(byte);
    gc();
    const held = process.memoryUsage().arrayBuffers - before;
    const { memory } = buffer;
    buffer.sendTo({ trySend: (data, offset, size) => size });
    console.log(JSON.stringify({ held, memory, after: buffer.memory }));
  `;
  await using child = run(process.execPath, ['--expose-gc', scriptFile(script)]);
  const { held, memory, after } = JSON.parse((await child.finished()).stdout);
  expect(memory).toBeGreaterThanOrEqual(1_000_000);
  expect(memory).toBeLessThan(1_200_000);
  expect(Math.abs(held - memory)).toBeLessThan(300_000);
  expect(after).toBe(0);
});

test('the memory of receipts counts', () => {
  const buffer = new OutputBuffer();
  for (let i = 0; i < 1000; i++) buffer.push(Buffer.from('x'), () => {});
  expect(buffer.memory).toBeGreaterThan(1000 * 100);
});
