/** Memory of another realm (node:vm, jsdom, Jest) is accepted like that of this realm. */
import { createContext, runInContext } from 'node:vm';
import * as f from 'fdselect';
import { open, write } from 'fdselect/os';
import { AF_UNIX, SO_RCVBUF, SOCK_DGRAM, SOL_SOCKET, socket } from 'fdselect/socket';
import { expect, test } from 'vitest';
import { closing, openPair, openPipe } from '../support/sandbox.ts';

const realm = createContext({});
const foreign = (source: string): never => runInContext(source, realm) as never;

const kinds = [
  'new Uint8Array(4)',
  'new Uint16Array(2)',
  'new DataView(new ArrayBuffer(6), 1, 4)',
  'new ArrayBuffer(4)',
  'new SharedArrayBuffer(4)',
  'new Uint8Array(new SharedArrayBuffer(6), 1, 4)',
];

test.each(kinds)('%s is received into and sent', (source) => {
  const [a, b] = openPair();
  const memory = foreign(source);
  b.sendall('abcd');
  expect(a.recvInto(memory)).toBe(4);
  b.sendall('abcd');
  expect(a.tryRecvInto(memory)).toBe(4);
  expect(a.send(memory)).toBe(4);
  expect(a.trySend(memory)).toBe(4);
  a.sendall(memory);
  expect(b.recv(100).toString()).toBe('abcdabcdabcd');
  const [, w] = openPipe();
  expect(write(w, memory)).toBe(4);
});

test('an option, a name and a path', () => {
  const one = closing(socket(AF_UNIX, SOCK_DGRAM));
  one.setsockopt(SOL_SOCKET, SO_RCVBUF, foreign('Int32Array.of(4096)'));
  one.bind(foreign(`Uint8Array.of(0, 102, ${process.pid & 0xff}, 0xff)`));
  closing(open(foreign('Uint8Array.from("/dev/null", (c) => c.charCodeAt(0))')));
});

test('pollInto of Poll and Epoll', () => {
  const [a, b] = openPair();
  b.send('x');
  const poller = f.poll();
  poller.register(a, f.POLLIN);
  expect(poller.pollInto(foreign('new Int32Array(4)'), 0)).toBe(1);
  const set = closing(f.epoll());
  set.register(a, f.EPOLLIN);
  expect(set.pollInto(foreign('new Int32Array(4)'), 0)).toBe(1);
});
