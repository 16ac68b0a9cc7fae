/** Files that are closed while a loop watches them, and what is sent from a buffer. */
import { EventLoop, OutputBuffer } from 'fdselect/loop';
import { close as osClose } from 'fdselect/os';
import { describe, expect, test } from 'vitest';
import '../support/waiter.ts';
import { closing, openPair } from '../support/sandbox.ts';
import { osError } from '../support/thrown.ts';

describe.each(['select', 'poll', 'epoll'] as const)('%s', (selector) => {
  describe.each([false, true])('async: %s', (isAsync) => {
    async function turn(loop: EventLoop): Promise<void> {
      if (isAsync) await loop.runOnceAsync(1);
      else loop.runOnce(1);
    }

    test('a watch of a closed file is dropped, and the others are told', async () => {
      const errors: unknown[] = [];
      const loop = closing(new EventLoop({ selector, onError: (error) => errors.push(error) }));
      const [a] = openPair();
      const [b, c] = openPair();
      const told: string[] = [];
      const watches = [
        loop.watch(a, 'r', () => told.push('a')),
        loop.watch(b, 'r', () => told.push('b')),
      ];
      expect(watches.map((watch) => watch.active())).toEqual([true, true]);
      osClose(a.detach());
      c.send(Buffer.from('x'));
      await turn(loop);
      await turn(loop);
      expect(told).toContain('b');
      expect(told).not.toContain('a');
      // The kernel has told nobody but those who ask anew: epoll forgets closed files.
      const isFound = selector !== 'epoll';
      expect(watches.map((watch) => watch.active())).toEqual([!isFound, true]);
      expect(errors).toEqual(isFound ? [osError('EBADF')] : []);
    });

    test('one of two watches of a closed file can be cancelled, then the other', async () => {
      const errors: unknown[] = [];
      const loop = closing(new EventLoop({ selector, onError: (error) => errors.push(error) }));
      const [a] = openPair();
      const fd = a.fileno();
      const watches = [loop.watch(a, 'r', () => {}), loop.watch(a, 'w', () => {})];
      osClose(a.detach());
      for (const watch of watches) {
        watch.cancel();
        watch.cancel();
        expect(watch.active()).toBe(false);
      }
      const [b, c] = openPair();
      expect([b.fileno(), c.fileno()]).toContain(fd);
      const told: number[] = [];
      for (const end of [b, c]) loop.watch(end, 'w', () => told.push(end.fileno()));
      await turn(loop);
      expect(told).toContain(fd);
      expect(errors).toEqual([]);
    });

    test('a watch that is told once is not active any more', async () => {
      const loop = closing(new EventLoop({ selector }));
      const [a] = openPair();
      const watch = loop.once(a, 'w', () => {});
      expect(watch.active()).toBe(true);
      await turn(loop);
      expect(watch.active()).toBe(false);
    });
  });
});

describe('OutputBuffer.sendTo', () => {
  /** Takes what it is given, but no more than `most` bytes at a time. */
  function sink(most: number) {
    const chunks: Buffer[] = [];
    const trySend = (data: Uint8Array, offset: number, size: number) => {
      expect(size).toBeGreaterThan(0);
      const taken = Math.min(size, most);
      chunks.push(Buffer.from(data.subarray(offset, offset + taken)));
      return taken;
    };
    return { trySend, bytes: () => Buffer.concat(chunks) };
  }

  test.each([1, 7, 16383, 16384, 16385, 65536, Infinity])('at most %i bytes', (max) => {
    const data = Buffer.from(Array.from({ length: 40_000 }, (_, i) => i % 251));
    const buffer = new OutputBuffer();
    const all = sink(Infinity);
    buffer.push(data.subarray(0, 20_000));
    for (let sent = 0; sent < 20_000; ) {
      const size = Math.min(max, 20_000 - sent);
      expect(buffer.sendTo(all, max)).toBe(size);
      sent += size;
      expect(buffer.size).toBe(20_000 - sent);
    }
    buffer.push(data.subarray(20_000));
    while (buffer.size > 0) buffer.sendTo(all, max);
    expect(all.bytes().equals(data)).toBe(true);
    expect([buffer.sendTo(all, max), buffer.sendTo(all, 0)]).toEqual([0, 0]);
  });

  test('a send that takes one byte', () => {
    const buffer = new OutputBuffer();
    const slow = sink(1);
    const receipts: number[] = [];
    buffer.push(Buffer.from('ab'), () => receipts.push(buffer.size));
    buffer.push(Buffer.from('c'), () => receipts.push(buffer.size));
    while (buffer.size > 0) expect(buffer.sendTo(slow, 2)).toBe(1);
    expect(String(slow.bytes())).toBe('abc');
    expect(receipts).toEqual([1, 0]);
  });
});
