/** Received bytes: kept chunks cost about their size, and share no memory. */
import { expect, test } from 'vitest';
import { borrow, giveBack, receive } from '../../lib/stream/internal.ts';

/** A socket that has these many bytes for each call. */
function having(...sizes: (number | null)[]) {
  let byte = 0;
  return {
    tryRecvInto(buffer: Uint8Array): number | null {
      const size = sizes.shift() ?? null;
      if (size !== null) buffer.fill(++byte, 0, size);
      return size;
    },
  };
}

test('a chunk costs at most twice its size, however small it is', () => {
  const sizes = [1, 2, 64, 65, 4096, 32767, 32768, 65536];
  const socket = having(...sizes);
  for (const size of sizes) {
    const chunk = receive(socket) as Buffer;
    expect(chunk.length).toBe(size);
    expect(chunk.buffer.byteLength).toBeLessThanOrEqual(2 * size);
  }
  expect([receive(having(0))?.length, receive(having(null))]).toEqual([0, null]);
});

test('no two chunks share an ArrayBuffer: one that is transferred empties no other', () => {
  const socket = having(100, 40_000, 100, 60_000, 10);
  const chunks = [1, 2, 3, 4, 5].map(() => receive(socket) as Buffer);
  expect(new Set(chunks.map(({ buffer }) => buffer)).size).toBe(5);
  structuredClone(chunks[1], { transfer: [chunks[1]?.buffer as ArrayBuffer] });
  structuredClone(chunks[2], { transfer: [chunks[2]?.buffer as ArrayBuffer] });
  expect(chunks.map(({ length }) => length)).toEqual([100, 0, 0, 60_000, 10]);
  expect(chunks[3]?.every((byte) => byte === 4)).toBe(true);
});

test('borrowed bytes stay until they are given back, also while more is received', () => {
  const socket = having(10, 10, 10, 10);
  const first = borrow(socket) as Buffer;
  const second = borrow(socket) as Buffer;
  const third = receive(socket) as Buffer;
  expect([first[0], second[0], third[0]]).toEqual([1, 2, 3]);
  giveBack(second);
  giveBack(first);
  expect(borrow(socket)?.[0]).toBe(4);
  expect(third[0]).toBe(3);
});

test('the same size again gets the same Buffer', () => {
  const socket = having(10, 10);
  const first = borrow(socket) as Buffer;
  giveBack(first);
  expect(borrow(socket)).toBe(first);
});

test('a borrowed block that was transferred is not used again', () => {
  const socket = having(10, 10);
  const first = borrow(socket) as Buffer;
  structuredClone(first.buffer, { transfer: [first.buffer as ArrayBuffer] });
  giveBack(first);
  expect(receive(socket)?.length).toBe(10);
});
