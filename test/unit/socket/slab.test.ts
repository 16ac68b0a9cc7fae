/** The memory of the Buffers that recv() returns. */
import { expect, test } from 'vitest';
import { openPair } from '../../support/sandbox.ts';

test.each([1, 512, 513, 5000, 65536])('chunks of %s bytes do not change later', (size) => {
  const [a, b] = openPair();
  const chunks = Array.from({ length: 40 }, (_, i) => {
    b.sendall(Buffer.alloc(size, i));
    let received = a.recv(65536);
    while (received.length < size) received = Buffer.concat([received, a.recv(65536)]);
    return received;
  });
  for (const [i, chunk] of chunks.entries()) {
    expect(chunk.equals(Buffer.alloc(size, i))).toBe(true);
  }
});

test('a small chunk that is kept does not keep a block', () => {
  const [a, b] = openPair();
  const large = Buffer.alloc(40_000);
  for (let i = 0; i < 100; i++) {
    b.sendall('x'.repeat(512));
    // It is in the runtime's pool of small Buffers, or has its own memory.
    expect(a.recv(65536).buffer.byteLength).toBeLessThan(131_072);
    b.sendall(large); // takes the rest of the block
    a.recv(65536);
  }
});

test('a chunk that shares its memory cannot be transferred away from the others', () => {
  const [a, b] = openPair();
  const receive = () => {
    b.sendall(Buffer.alloc(1000, 1));
    return a.recv(65536);
  };
  let one = receive();
  let other = receive();
  if (other.buffer !== one.buffer) [one, other] = [other, receive()]; // a block was full
  expect(other.buffer).toBe(one.buffer);
  try {
    structuredClone(one, { transfer: [one.buffer as ArrayBuffer] });
  } catch {
    // Node 20 copies it instead of refusing it; the others have errors of different names.
  }
  expect([one[0], other[0]]).toEqual([1, 1]);
});

test('chunks begin where typed arrays can be made', () => {
  const [a, b] = openPair();
  for (let i = 0; i < 10; i++) {
    b.sendall(Buffer.alloc(601 + i));
    expect(a.recv(65536).byteOffset % 8).toBe(0);
  }
});
