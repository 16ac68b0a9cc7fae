/** The cases of CPython's test_poll, in our own code. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { POLLHUP, POLLIN, POLLNVAL, POLLOUT, poll } from 'fdselect';
import { read, write } from 'fdselect/os';
import { expect, test } from 'vitest';
import { close, openFile, openPipe } from '../support/sandbox.ts';

test('test_poll1: twelve pipes, one byte through each in the order of readiness', () => {
  const message = Buffer.from(' This is a test.');
  const poller = poll();
  const readerOf = new Map<number, number>();
  for (let i = 0; i < 12; i++) {
    const [r, w] = openPipe();
    poller.register(r);
    poller.modify(r, POLLIN);
    poller.register(w, POLLOUT);
    readerOf.set(w, r);
  }
  const received: string[] = [];
  while (readerOf.size > 0) {
    const writable = poller.poll(0).filter(([, events]) => (events & POLLOUT) !== 0);
    expect(writable.length).toBe(readerOf.size);
    const writer = (writable[received.length % writable.length] as [number, number])[0];
    write(writer, message);
    const readable = poller.poll(0).filter(([, events]) => (events & POLLIN) !== 0);
    expect(readable.map(([fd]) => fd)).toEqual([readerOf.get(writer)]);
    const reader = (readable[0] as [number, number])[0];
    received.push(String(read(reader, message.length)));
    for (const fd of [writer, reader]) {
      close(fd);
      poller.unregister(fd);
    }
    readerOf.delete(writer);
  }
  expect(received).toEqual(new Array(12).fill(' This is a test.'));
});

test('test_poll_unit_tests: NVAL, no fd, unknown fd', () => {
  const file = openFile('/dev/null');
  close(file);
  const poller = poll();
  poller.register(file);
  expect(poller.poll(0)).toEqual([[file, POLLNVAL]]);
  const object = {} as { fileno(): number };
  expect(() => poller.register(object)).toThrow(TypeError);
  expect(() => poller.register({ fileno: () => 'spam' } as never)).toThrow(TypeError);
  expect(() => poll().unregister(3)).toThrow(expect.objectContaining({ name: 'KeyError', key: 3 }));
});

test('test_poll2: a child writes lines with pauses; HUP when it is gone', async () => {
  const [r, w] = openPipe();
  const script = 'for i in 0 1 2 3 4 5 6 7 8 9; do echo testing...; sleep 0.02; done';
  const child = spawn('sh', ['-c', script], { stdio: ['ignore', w, 'inherit'] });
  const closed = once(child, 'close');
  close(w);
  const poller = poll();
  poller.register(r, POLLIN);
  let received = '';
  for (const timeout of [0, 10, 20, ...new Array(40).fill(-1)]) {
    const answer = poller.poll(timeout);
    if (answer.length === 0) continue;
    const [fd, flags] = answer[0] as [number, number];
    expect(fd).toBe(r);
    if ((flags & POLLIN) !== 0) received += String(read(r, 64));
    else if ((flags & POLLHUP) !== 0) break;
  }
  expect(received).toBe('testing...\n'.repeat(10));
  expect(poller.poll(-1)).toEqual([[r, POLLHUP]]);
  await closed;
});

test('test_poll3: numbers out of range', () => {
  const poller = poll();
  poller.register(1);
  for (const value of [2 ** 64, -1]) {
    expect(() => poller.register(0, value)).toThrow(RangeError);
    expect(() => poller.modify(1, value)).toThrow(RangeError);
  }
  expect(() => poller.poll(2 ** 64)).toThrow(RangeError);
});

test('test_poll_c_limits: one above USHRT_MAX, INT_MAX, UINT_MAX', () => {
  const poller = poll();
  poller.register(1);
  expect(() => poller.register(0, 0xffff + 1)).toThrow(RangeError);
  expect(() => poller.modify(1, 0xffff + 1)).toThrow(RangeError);
  expect(() => poller.poll(2 ** 31)).toThrow(RangeError);
  expect(() => poller.poll(2 ** 32)).toThrow(RangeError);
});

test.each([undefined, null, -1000, -1, -1.0, -0.1, -1e-100])(
  'test_poll_blocks_with_negative_ms: %s blocks until a child writes',
  async (timeout) => {
    const [r, w] = openPipe();
    // The child writes only after it has seen us asleep in poll(2).
    const script = `until grep -q '^State:.S' /proc/${process.pid}/status; do :; done; echo x`;
    const child = spawn('sh', ['-c', script], { stdio: ['ignore', w, 'inherit'] });
    const closed = once(child, 'close');
    close(w);
    const poller = poll();
    poller.register(r, POLLIN);
    expect(poller.poll(timeout)[0]?.[0]).toBe(r);
    await closed;
  },
);
