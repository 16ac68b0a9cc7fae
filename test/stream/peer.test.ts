/** Peer: sends first, keeps the rest, and ends with a farewell that loses no data. */
import { POLLIN, POLLOUT, poll } from 'fdselect';
import { createConnection, SO_SNDBUF, SOL_SOCKET, type Socket } from 'fdselect/socket';
import { Acceptor, HIGH_WATER, Peer, READ, WRITE } from 'fdselect/stream';
import { expect, test } from 'vitest';
import { closing, openPair, openServer, reset } from '../support/sandbox.ts';

const buffer = Buffer.alloc(65536);

function openPeer(): [Peer, Socket] {
  const [own, other] = openPair();
  own.setblocking(false);
  other.setblocking(false);
  return [new Peer(own, ['127.0.0.1', 1]), other];
}

/** Receives the data that has arrived. */
function drain(socket: Socket): Buffer {
  const chunks: Buffer[] = [];
  for (;;) {
    const size = socket.tryRecvInto(buffer);
    if (size === null || size === 0) return Buffer.concat(chunks);
    chunks.push(Buffer.from(buffer.subarray(0, size)));
  }
}

test('written data is sent at once, and no bytes are unsent', () => {
  const [peer, other] = openPeer();
  expect(peer.write(Buffer.from('hello world'), 5)).toBe(5);
  expect([peer.unsent, peer.memory, peer.interest]).toEqual([0, 0, READ]);
  expect(String(drain(other))).toBe('hello');
});

test('data that the kernel does not take waits, in order, and stops reading at the high-water mark', () => {
  const [peer, other] = openPeer();
  const data = Buffer.alloc(1_000_000, 'abcdefg');
  const sent = peer.write(data);
  expect(sent).toBeLessThan(data.length);
  expect(peer.write(Buffer.from('!'))).toBe(0);
  expect(peer.unsent).toBe(data.length + 1 - sent);
  expect(peer.unsent).toBeGreaterThan(HIGH_WATER);
  expect(peer.interest).toBe(WRITE);
  const chunks: Buffer[] = [];
  while (peer.unsent > 0) {
    chunks.push(drain(other));
    peer.flush();
  }
  chunks.push(drain(other));
  expect(Buffer.concat(chunks).equals(Buffer.concat([data, Buffer.from('!')]))).toBe(true);
  expect([peer.interest, peer.memory]).toEqual([READ, 0]);
});

test('receipts come when the kernel has taken the bytes, in order', () => {
  const [peer, other] = openPeer();
  const given: string[] = [];
  peer.write(Buffer.from('at once'), undefined, () => given.push('first'));
  expect(given).toEqual(['first']);
  peer.write(Buffer.alloc(1_000_000), undefined, () => given.push('second'));
  peer.write(Buffer.from('x'), undefined, () => given.push('third'));
  expect(given).toEqual(['first']);
  while (peer.unsent > 0) {
    drain(other);
    peer.flush();
  }
  expect(given).toEqual(['first', 'second', 'third']);
});

test('a turn sends 128 KiB to one peer at most', () => {
  const server = openServer();
  const client = closing(createConnection(server.getsockname()));
  const [socket, address] = server.accept();
  closing(socket).setsockopt(SOL_SOCKET, SO_SNDBUF, 4_000_000);
  socket.setblocking(false);
  const peer = new Peer(socket, address);
  while (peer.unsent < 1_000_000) peer.write(Buffer.alloc(1_000_000));
  for (let received = 0; received < 3_000_000; ) received += client.recv(65536).length;
  expect(peer.flush()).toBeLessThanOrEqual(131072);
});

test('a peer that has ended gets the unsent data first', () => {
  const [peer, other] = openPeer();
  peer.write(Buffer.alloc(1_000_000));
  other.shutdown(1);
  expect(peer.receive(buffer)).toBe(0);
  expect([peer.hasEnded, peer.isFinished, peer.interest]).toEqual([true, false, WRITE]);
  while (peer.unsent > 0) {
    drain(other);
    peer.flush();
  }
  expect([peer.isFinished, peer.interest]).toEqual([true, 0]);
});

test('end: the end of file comes after all bytes, and the peer may still send', () => {
  const [peer, other] = openPeer();
  peer.write(Buffer.alloc(1_000_000));
  peer.end();
  expect(peer.write(Buffer.from('too late'))).toBe(0);
  let size = 0;
  while (peer.unsent > 0) {
    size += drain(other).length;
    peer.flush();
  }
  size += drain(other).length;
  expect(size).toBe(1_000_000);
  expect(other.tryRecvInto(buffer)).toBe(0);
  other.send(Buffer.from('answer'));
  expect(peer.receive(buffer)).toBe(6);
});

test('leave: input is discarded, also above the high-water mark, until the peer ends', () => {
  const [peer, other] = openPeer();
  peer.write(Buffer.alloc(1_000_000));
  peer.leave();
  expect(peer.interest).toBe(READ | WRITE);
  other.send(Buffer.from('still here'));
  expect(peer.receive(buffer)).toBe(null);
  while (peer.unsent > 0) {
    drain(other);
    peer.flush();
  }
  drain(other);
  expect(other.tryRecvInto(buffer)).toBe(0);
  other.close();
  expect(peer.receive(buffer)).toBe(null);
  expect([peer.isFinished, peer.loss]).toEqual([true, null]);
});

test.each(['receive', 'write', 'flush', 'end'] as const)(
  'a reset that %s finds is the loss of the peer',
  (call) => {
    const server = openServer();
    const client = createConnection(server.getsockname());
    const [socket, address] = server.accept();
    closing(socket).setblocking(false);
    const peer = new Peer(socket, address);
    if (call === 'flush') while (peer.unsent === 0) peer.write(Buffer.alloc(1_000_000));
    reset(client);
    const waiter = poll();
    waiter.register(socket, POLLIN | POLLOUT);
    waiter.poll();
    if (call === 'receive') expect(peer.receive(buffer)).toBe(0);
    else if (call === 'write') expect(peer.write(Buffer.from('x'))).toBe(0);
    else if (call === 'flush') expect(peer.flush()).toBe(0);
    else peer.end();
    expect(peer.loss?.code).toMatch(/^(ECONNRESET|EPIPE|ENOTCONN)$/);
    expect([peer.isFinished, peer.unsent, peer.interest]).toEqual([true, 0, 0]);
    expect(String(peer)).toBe(`('127.0.0.1', ${(address as [string, number])[1]})`);
    expect(peer.write(Buffer.from('more'))).toBe(0);
  },
);

test('attempt: an OSError is the loss of the peer, another error is thrown', () => {
  const [peer, other] = openPeer();
  expect(peer.attempt(() => other.close())).toBe(true);
  expect(peer.attempt(() => void other.recv(1))).toBe(false);
  expect([peer.loss?.code, peer.isFinished]).toEqual(['EBADF', true]);
  const error = new Error('a bug');
  expect(() =>
    peer.attempt(() => {
      throw error;
    }),
  ).toThrow(error);
});

test('closing a peer ends the rest of a listener', () => {
  const [peer] = openPeer();
  const acceptor = new Acceptor(openServer(), { maxConnections: 0 });
  acceptor.accept();
  expect(acceptor.restLeft()).not.toBe(null);
  peer.close();
  expect(acceptor.restLeft()).toBe(null);
});
