/** Socket on one thread: the behaviour of CPython's socket, and of ours (docs/python.md). */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { epoll, select } from 'fdselect';
import { close, dup, getBlocking, pipe } from 'fdselect/os';
import * as s from 'fdselect/socket';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  createConnection,
  createServer,
  getdefaulttimeout,
  MSG_DONTWAIT,
  MSG_OOB,
  MSG_PEEK,
  MSG_WAITALL,
  SHUT_RD,
  SHUT_WR,
  SO_ERROR,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_SNDBUF,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
  setdefaulttimeout,
  socket,
  socketpair,
} from 'fdselect/socket';
import { afterEach, describe, expect, test } from 'vitest';
import {
  closing,
  openPair,
  openServer,
  openTcp,
  refusingAddress,
  reset,
} from '../../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../../support/thrown.ts';

const bytes = (text: string) => Buffer.from(text);

/** fdinfo's flags hold O_CLOEXEC. */
function closesOnExec(fd: number): boolean {
  const flags = /flags:\s+([0-7]+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
  return (Number.parseInt(flags ?? '0', 8) & 0o2000000) !== 0;
}

function elapsed(run: () => unknown): number {
  const start = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

function openUdp(address: s.Address = ['127.0.0.1', 0], family = AF_INET): Socket {
  const udp = closing(socket(family, SOCK_DGRAM));
  udp.bind(address);
  return udp;
}

describe('the constructor', () => {
  test('AF_INET, SOCK_STREAM, 0; blocking; closes on exec', () => {
    const one = closing(socket());
    expect([one.family, one.type, one.proto]).toEqual([AF_INET, SOCK_STREAM, 0]);
    expect([one.gettimeout(), one.getblocking(), getBlocking(one)]).toEqual([null, true, true]);
    expect(closesOnExec(one.fileno())).toBe(true);
  });

  test('SOCK_NONBLOCK is a flag: a timeout of 0, and not part of the type', () => {
    const one = closing(new Socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK));
    expect([one.type, one.gettimeout(), getBlocking(one)]).toEqual([SOCK_STREAM, 0, false]);
    for (const end of socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK)) {
      expect([closing(end).type, end.gettimeout(), getBlocking(end)]).toEqual([
        SOCK_STREAM,
        0,
        false,
      ]);
    }
  });

  test('errors of the kernel', () => {
    expect(thrown(() => socket(12345))).toEqual(osError('EAFNOSUPPORT', 'socket'));
    expect(thrown(() => socket(AF_INET, 77))).toEqual(osError('EINVAL', 'socket'));
    expect(thrown(() => socket(AF_INET, SOCK_STREAM, 17))).toEqual(osError('EPROTONOSUPPORT'));
    expect(thrown(() => socketpair(AF_INET))).toEqual(osError('ENOTSUP', 'socketpair'));
  });

  test('values that are not numbers, and impossible numbers', () => {
    expect(thrown(() => socket('2' as never))).toEqual(typeError);
    expect(thrown(() => socket(AF_INET, 1.5))).toEqual(rangeError);
    expect(thrown(() => socket(AF_INET, SOCK_STREAM, -1))).toEqual(rangeError);
  });

  test('a file descriptor is taken over, and the kernel tells its family and type', () => {
    const udp6 = closing(socket(AF_INET6, SOCK_DGRAM));
    const adopted = socket(undefined, undefined, undefined, dup(udp6));
    expect([adopted.family, adopted.type, adopted.proto]).toEqual([AF_INET6, SOCK_DGRAM, 17]);
    const fd = adopted.fileno();
    adopted.close();
    expect(thrown(() => close(fd))).toMatchObject({ code: 'EBADF' });
  });

  test('a file descriptor that is negative, closed, or no socket', () => {
    const adopt = (fd: number) => () => socket(undefined, undefined, undefined, fd);
    expect(thrown(adopt(-1))).toEqual(rangeError);
    expect(thrown(adopt(9999))).toEqual(osError('EBADF'));
    const [r, w] = pipe();
    expect(thrown(adopt(r))).toEqual(osError('ENOTSOCK'));
    expect(thrown(() => Socket.fromfd(r))).toEqual(osError('ENOTSOCK'));
    close(r);
    close(w);
  });

  test('fromfd and dup leave the original open', () => {
    const [a, b] = openPair();
    a.settimeout(3);
    const other = Socket.fromfd(a.fileno());
    const copy = a.dup();
    expect(copy.gettimeout()).toBe(3);
    for (const one of [other, copy]) {
      expect(one.fileno()).not.toBe(a.fileno());
      expect(closesOnExec(one.fileno())).toBe(true);
      one.send(bytes('x'));
      one.close();
    }
    a.send(bytes('x'));
    expect(b.recv(10).toString()).toBe('xxx');
  });
});

describe('timeouts', () => {
  afterEach(() => setdefaulttimeout(null));

  test('settimeout and setblocking, gettimeout and getblocking', () => {
    const [a] = openPair();
    const state = () => [a.gettimeout(), a.getblocking(), getBlocking(a)];
    a.settimeout(0);
    expect(state()).toEqual([0, false, false]);
    a.settimeout(1.5);
    expect(state()).toEqual([1.5, true, false]);
    a.settimeout(null);
    expect(state()).toEqual([null, true, true]);
    a.setblocking(false);
    expect(state()).toEqual([0, false, false]);
    a.setblocking(true);
    expect(state()).toEqual([null, true, true]);
    a.settimeout(Infinity);
    expect(state()).toEqual([null, true, true]);
    a.settimeout(1e-9);
    expect(a.gettimeout()).toBe(1e-9);
  });

  test('bad values', () => {
    const [a] = openPair();
    for (const value of [-1, -1e-9, Number.NaN, -Infinity, 1e10]) {
      expect(thrown(() => a.settimeout(value))).toEqual(rangeError);
      expect(thrown(() => setdefaulttimeout(value))).toEqual(rangeError);
    }
    for (const value of ['1', true, {}, 1n]) {
      expect(thrown(() => a.settimeout(value as never))).toEqual(typeError);
    }
    for (const value of [1, null, undefined, 'x']) {
      expect(thrown(() => a.setblocking(value as never))).toEqual(typeError);
    }
  });

  test('setdefaulttimeout: new and accepted sockets have it', () => {
    setdefaulttimeout(2);
    expect(getdefaulttimeout()).toBe(2);
    const listener = openServer();
    const client = closing(createConnection(listener.getsockname()));
    const accepted = closing(listener.accept()[0]);
    for (const one of [listener, client, accepted, ...openPair()]) {
      expect([one.gettimeout(), getBlocking(one)]).toEqual([2, false]);
    }
  });

  test.each<[string, (a: Socket, listener: Socket) => unknown]>([
    ['recv', (a) => a.recv(1)],
    ['recvInto', (a) => a.recvInto(Buffer.alloc(1))],
    ['recvfrom', (a) => a.recvfrom(1)],
    ['accept', (_, listener) => listener.accept()],
  ])('%s: ETIMEDOUT in time, EAGAIN where it does not wait', (_, call) => {
    const [a] = openPair();
    const listener = openServer();
    for (const one of [a, listener]) one.settimeout(0.05);
    const time = elapsed(() =>
      expect(thrown(() => call(a, listener))).toEqual(osError('ETIMEDOUT')),
    );
    expect(time).toBeGreaterThanOrEqual(50);
    for (const one of [a, listener]) one.setblocking(false);
    expect(thrown(() => call(a, listener))).toEqual(osError('EAGAIN'));
  });

  test('send and sendall: the same when the buffers are full; sendall in all, not for each part', () => {
    const [a] = openPair();
    a.settimeout(0.05);
    const much = Buffer.alloc(5_000_000);
    const time = elapsed(() => expect(thrown(() => a.sendall(much))).toEqual(osError('ETIMEDOUT')));
    expect(time).toBeGreaterThanOrEqual(50);
    expect(thrown(() => a.send(bytes('x')))).toEqual(osError('ETIMEDOUT'));
    a.setblocking(false);
    expect(thrown(() => a.sendall(much))).toEqual(osError('EAGAIN'));
    expect(thrown(() => a.send(bytes('x')))).toEqual(osError('EAGAIN'));
  });

  test('sendto a full Unix socket, which poll(2) reports as writable: ETIMEDOUT in time', () => {
    const [receiver, sender] = [1, 2].map(() => closing(socket(AF_UNIX, SOCK_DGRAM))) as Socket[];
    receiver?.bind('');
    sender?.settimeout(0.05);
    const fill = () => {
      for (;;) sender?.sendto(bytes('x'), receiver?.getsockname() ?? '');
    };
    expect(thrown(fill)).toEqual(osError('ETIMEDOUT', 'sendto'));
  });

  test('connect to a full backlog: ETIMEDOUT; connectEx: EAGAIN, as in Python', () => {
    const listener = closing(socket());
    listener.bind(['127.0.0.1', 0]);
    listener.listen(0);
    const fillers = Array.from({ length: 4 }, () =>
      closing(new Socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)),
    );
    for (const filler of fillers) filler.connectEx(listener.getsockname());
    const client = closing(socket());
    client.settimeout(0.05);
    expect(thrown(() => client.connect(listener.getsockname()))).toEqual(osError('ETIMEDOUT'));
    const other = closing(socket());
    other.settimeout(0.05);
    expect(other.connectEx(listener.getsockname())).toBe(-11);
  });
});

describe('receiving and sending', () => {
  test('recv: a Buffer of its own; empty at the end of the stream and for size 0', () => {
    const [a, b] = openPair();
    b.sendall(bytes('hello'));
    const first = a.recv(3);
    b.sendall(bytes('XXXXX'));
    expect(a.recv(100).toString()).toBe('loXXXXX');
    expect(first.toString()).toBe('hel');
    a.setblocking(false);
    expect(a.recv(0)).toHaveLength(0);
    b.close();
    expect([a.recv(10), a.recv(10)].map((end) => end.length)).toEqual([0, 0]);
  });

  test('recv: a large size keeps only memory for the received bytes', () => {
    const [a, b] = openPair();
    b.sendall(bytes('x'));
    expect(a.recv(10_000_000).buffer.byteLength).toBeLessThan(100_000);
    expect(thrown(() => a.recv(-1))).toEqual(rangeError);
    expect(thrown(() => a.recv(1.5))).toEqual(rangeError);
    expect(thrown(() => a.recv('1' as never))).toEqual(typeError);
    expect(thrown(() => a.recv(1, 0.5))).toEqual(rangeError);
  });

  test('recvInto: every kind of memory, whole or in part', () => {
    const [a, b] = openPair();
    const shared = new SharedArrayBuffer(4);
    for (const target of [
      Buffer.alloc(4),
      new Uint16Array(2),
      new DataView(new ArrayBuffer(4)),
      new ArrayBuffer(4),
      shared,
    ]) {
      b.sendall(bytes('abcdefgh'));
      expect(a.recvInto(target)).toBe(4);
      expect(a.recvInto(target, 2)).toBe(2);
      const memory = ArrayBuffer.isView(target) ? target.buffer : target;
      const offset = ArrayBuffer.isView(target) ? target.byteOffset : 0;
      expect(Buffer.from(memory, offset, 4).toString()).toBe('efcd');
      expect(a.recv(10).toString()).toBe('gh');
    }
    expect(a.recvInto(Buffer.alloc(0))).toBe(0);
    expect(thrown(() => a.recvInto(Buffer.alloc(2), 3))).toEqual(rangeError);
    expect(thrown(() => a.recvInto(Buffer.alloc(2), -1))).toEqual(rangeError);
    expect(thrown(() => a.recvInto('xx' as never))).toEqual(typeError);
  });

  test('send and sendall: every kind of memory, and text as UTF-8', () => {
    const [a, b] = openPair();
    expect(a.send(new Uint16Array([0x4141, 0x4242]))).toBe(4);
    expect(a.send(new DataView(bytes('12345').buffer.slice(0, 0)))).toBe(0);
    a.sendall(new Uint8Array([67]).buffer);
    expect(b.recv(10).toString()).toBe('AABBC');
    expect(a.send(Buffer.alloc(0))).toBe(0);
    expect(a.send('é\0')).toBe(3);
    a.sendall('ü');
    expect(b.recv(10).toString()).toBe('é\0ü');
    for (const call of [() => a.send(1 as never), () => a.sendall(['x'] as never)]) {
      expect(thrown(call)).toEqual(typeError);
    }
  });

  test('flags', () => {
    const [client, server] = openTcp();
    client.sendall(bytes('abc'));
    expect(server.recv(2, MSG_PEEK).toString()).toBe('ab');
    expect(server.recv(3, MSG_WAITALL).toString()).toBe('abc');
    expect(thrown(() => server.recv(1, MSG_DONTWAIT))).toEqual(osError('EAGAIN'));
    client.send(bytes('!'), MSG_OOB);
    expect(select([], [], [server], 5)[2]).toEqual([server]);
    expect(server.recv(1, MSG_OOB).toString()).toBe('!');
  });

  test('a peer that has closed: EPIPE at once, never SIGPIPE', () => {
    const [a, b] = openPair();
    b.close();
    expect(thrown(() => a.send(bytes('x')))).toEqual(osError('EPIPE'));
    const [c, d] = socketpair(AF_UNIX, SOCK_DGRAM).map(closing) as [Socket, Socket];
    d.close();
    expect(thrown(() => c.send(bytes('x')))).toEqual(osError('ECONNREFUSED'));
  });

  test('RST: ECONNRESET once, then the end of file; getpeername is ENOTCONN', () => {
    const [client, server] = openTcp();
    reset(client);
    expect(select([server], [], [], 5)[0]).toEqual([server]);
    expect(thrown(() => server.recv(1))).toEqual(osError('ECONNRESET'));
    expect(server.recv(1)).toHaveLength(0);
    expect(thrown(() => server.send(bytes('x')))).toEqual(osError('EPIPE'));
    expect(thrown(() => server.getpeername())).toEqual(osError('ENOTCONN'));
  });

  test('unconnected', () => {
    const one = closing(socket());
    expect(thrown(() => one.recv(1))).toEqual(osError('ENOTCONN'));
    expect(thrown(() => one.send(bytes('x')))).toEqual(osError('EPIPE'));
    expect(thrown(() => one.getpeername())).toEqual(osError('ENOTCONN'));
    expect(thrown(() => one.shutdown(SHUT_WR))).toEqual(osError('ENOTCONN'));
    expect(thrown(() => one.accept())).toEqual(osError('EINVAL'));
    expect(one.getsockname()).toEqual(['0.0.0.0', 0]);
  });

  test('after shutdown(SHUT_RD), recv gives the end of file', () => {
    const [a] = openPair();
    a.shutdown(SHUT_RD);
    expect(a.recv(1)).toHaveLength(0);
    expect(thrown(() => a.shutdown(77))).toEqual(osError('EINVAL'));
    expect(thrown(() => a.shutdown('1' as never))).toEqual(typeError);
  });

  test('tryRecvInto, trySend, tryAccept: null instead of waiting, on blocking sockets too', () => {
    const [a, b] = openPair();
    const listener = openServer();
    const buffer = Buffer.alloc(8);
    expect([a.tryRecvInto(buffer), listener.tryAccept()]).toEqual([null, null]);
    b.sendall(bytes('hello'));
    expect([a.tryRecvInto(buffer, 1, 2), buffer.toString('latin1', 1, 3)]).toEqual([2, 'he']);
    expect([a.tryRecvInto(buffer, 5), buffer.toString('latin1', 5)]).toEqual([3, 'llo']);
    expect(a.trySend(bytes('hello'), 1, 3)).toBe(3);
    expect(b.recv(10).toString()).toBe('ell');
    const chunk = Buffer.alloc(65536);
    while (a.trySend(chunk) !== null);
    expect(a.trySend(chunk, 5)).toBeNull();
    const client = closing(createConnection(listener.getsockname()));
    const [accepted, address] = listener.tryAccept() ?? [];
    expect(address).toEqual(client.getsockname());
    accepted?.close();
    b.close();
    expect(thrown(() => a.trySend(chunk))).toEqual(osError('EPIPE'));
    for (const [offset, size] of [[9], [-1], [0, 9], [8, 1], [0.5]] as const) {
      expect(thrown(() => a.tryRecvInto(buffer, offset, size))).toEqual(rangeError);
      expect(thrown(() => a.trySend(buffer, offset, size))).toEqual(rangeError);
    }
  });
});

describe('connections', () => {
  test('accept: the socket is blocking whatever the listener is, and closes on exec', () => {
    const listener = openServer();
    listener.setblocking(false);
    const client = closing(createConnection(listener.getsockname()));
    select([listener], [], [], 5);
    const [accepted, address] = listener.accept();
    closing(accepted);
    expect(address).toEqual(client.getsockname());
    expect(accepted.getpeername()).toEqual(client.getsockname());
    expect([accepted.gettimeout(), getBlocking(accepted)]).toEqual([null, true]);
    expect(closesOnExec(accepted.fileno())).toBe(true);
  });

  test('a non-blocking connect: EINPROGRESS, then writable, then SO_ERROR 0, then EISCONN', () => {
    const listener = openServer();
    const client = closing(socket());
    client.setblocking(false);
    expect(thrown(() => client.connect(listener.getsockname()))).toMatchObject({
      code: 'EINPROGRESS',
      errno: -115,
    });
    expect(select([], [client], [], 5)[1]).toEqual([client]);
    expect(client.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0);
    expect(client.connectEx(listener.getsockname())).toBe(0);
    expect(client.connectEx(listener.getsockname())).toBe(-106);
  });

  test('a refused connect: SO_ERROR is ECONNREFUSED once, then 0', () => {
    const address = refusingAddress();
    const client = closing(socket());
    client.setblocking(false);
    expect(client.connectEx(address)).toBe(-115);
    expect(select([], [client], [], 5)[1]).toEqual([client]);
    expect(client.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(111);
    expect(client.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0);
    const blocking = closing(socket());
    expect(blocking.connectEx(address)).toBe(-111);
    expect(thrown(() => blocking.connect(address))).toEqual(osError('ECONNREFUSED', 'connect'));
  });

  test('connectEx throws errors without an errno', () => {
    const client = closing(socket());
    expect(thrown(() => client.connectEx('text' as never))).toEqual(typeError);
    expect(thrown(() => client.connectEx(['127.0.0.1', 70_000]))).toEqual(rangeError);
    expect(thrown(() => client.connectEx(['no such host', 1]))).toEqual(
      osError('EAI_NONAME', 'getaddrinfo'),
    );
  });

  test('createServer: SO_REUSEADDR, and the address in the error', () => {
    const listener = openServer();
    expect(listener.getsockopt(SOL_SOCKET, SO_REUSEADDR)).toBe(1);
    expect(listener.getblocking()).toBe(true);
    const [host, port] = listener.getsockname() as [string, number];
    const error = thrown(() => createServer([host, port]));
    expect(error).toEqual(osError('EADDRINUSE', 'bind'));
    expect(error).toMatchObject({
      message: expect.stringContaining(
        `(while attempting to bind on address ('${host}', ${port}))`,
      ),
    });
    expect(thrown(() => createServer([host, 0], { dualstackIpv6: true }))).toEqual(rangeError);
    expect(thrown(() => listener.bind([host, 0]))).toEqual(osError('EINVAL', 'bind'));
  });

  test('createServer: reusePort, and both IP versions on one socket', () => {
    const first = closing(createServer(['127.0.0.1', 0], { reusePort: true }));
    closing(createServer(first.getsockname(), { reusePort: true }));
    const both = closing(createServer(['', 0], { family: AF_INET6, dualstackIpv6: true }));
    const port = (both.getsockname() as [string, number])[1];
    for (const host of ['127.0.0.1', '::1']) {
      closing(createConnection([host, port]));
      closing(both.accept()[0]);
    }
    const only6 = closing(createServer(['::1', 0], { family: AF_INET6 }));
    const error = thrown(() =>
      createConnection(['127.0.0.1', (only6.getsockname() as [string, number])[1]]),
    );
    expect(error).toEqual(osError('ECONNREFUSED'));
  });

  test('createConnection: source address, timeout that stays, 0 is EINPROGRESS, the last error', () => {
    const listener = openServer();
    const client = closing(
      createConnection(listener.getsockname(), { sourceAddress: ['127.0.0.2', 0], timeout: 7 }),
    );
    expect([client.gettimeout(), (client.getsockname() as [string, number])[0]]).toEqual([
      7,
      '127.0.0.2',
    ]);
    expect(thrown(() => createConnection(listener.getsockname(), { timeout: 0 }))).toEqual(
      osError('EINPROGRESS'),
    );
    const [, port] = listener.getsockname() as [string, number];
    expect(closing(createConnection(['localhost', port])).getpeername()).toEqual([
      '127.0.0.1',
      port,
    ]);
    expect(thrown(() => createConnection(['no such host', 1]))).toEqual(
      osError('EAI_NONAME', 'getaddrinfo'),
    );
  });

  test('IPv6 addresses have four parts', () => {
    const listener = closing(createServer(['::1', 0], { family: AF_INET6 }));
    const address = listener.getsockname() as [string, number, number, number];
    expect(address).toEqual(['::1', expect.any(Number), 0, 0]);
    const client = closing(socket(AF_INET6));
    client.connect(address);
    const [accepted, peer] = listener.accept();
    closing(accepted);
    expect(peer).toEqual(client.getsockname());
  });
});

describe('datagrams', () => {
  test('sendto and recvfrom; datagrams that are too long are cut; empty ones', () => {
    const [a, b] = [openUdp(), openUdp()];
    expect(a.sendto(bytes('hello'), b.getsockname())).toBe(5);
    expect(a.sendto(bytes(''), b.getsockname())).toBe(0);
    expect(b.recvfrom(3)).toEqual([bytes('hel'), a.getsockname()]);
    expect(b.recvfrom(3)).toEqual([bytes(''), a.getsockname()]);
    a.sendto(bytes('hello'), b.getsockname());
    expect(b.recv(2, s.MSG_TRUNC).toString()).toBe('he');
    expect(thrown(() => a.sendto(Buffer.alloc(70_000), b.getsockname()))).toEqual(
      osError('EMSGSIZE'),
    );
    expect(a.sendto('é', b.getsockname())).toBe(2);
    expect(b.recv(10).toString()).toBe('é');
    expect(thrown(() => a.sendto(1 as never, b.getsockname()))).toEqual(typeError);
    expect(thrown(() => (a.sendto as (data: Buffer) => number).call(a, bytes('x')))).toEqual(
      typeError,
    );
  });

  test('recvfrom of a connected socket gives no address', () => {
    const [client, server] = openTcp();
    client.sendall(bytes('x'));
    expect(server.recvfrom(10)).toEqual([bytes('x'), null]);
    const [a, b] = openPair();
    a.sendall(bytes('x'));
    expect(b.recvfrom(10)).toEqual([bytes('x'), null]);
  });

  test('a refused datagram is reported once, by the next call', () => {
    // The target is connected to another port, so it refuses datagrams from elsewhere. A closed port
    // would not do: the kernel may give it to the client itself.
    const target = closing(socket(AF_INET, SOCK_DGRAM));
    target.bind(['127.0.0.1', 0]);
    const address = target.getsockname();
    target.connect(['127.0.0.1', 9]);
    const client = closing(socket(AF_INET, SOCK_DGRAM));
    client.connect(address);
    client.send(bytes('x'));
    expect(thrown(() => client.recv(1))).toEqual(osError('ECONNREFUSED'));
    expect(thrown(() => client.recv(1, MSG_DONTWAIT))).toEqual(osError('EAGAIN'));
  });
});

describe('addresses', () => {
  test.each([
    [['h'], typeError],
    [['127.0.0.1', 1, 2], typeError],
    ['text', typeError],
    [null, typeError],
    [[1, 1], typeError],
    [['127.0.0.1', '80'], typeError],
    [['127.0.0.1', 70_000], rangeError],
    [['127.0.0.1', -1], rangeError],
    [['127.0.0.1', 1.5], rangeError],
    [['a\0b', 1], rangeError],
  ])('%j for IPv4', (address, expected) => {
    const one = closing(socket());
    for (const call of [one.bind, one.connect, one.connectEx]) {
      expect(thrown(() => call.call(one, address as s.Address))).toEqual(expected);
    }
    expect(thrown(() => one.sendto(bytes('x'), address as s.Address))).toEqual(expected);
  });

  test('flow information and scope have their ranges', () => {
    const one = closing(socket(AF_INET6));
    expect(thrown(() => one.bind(['::1', 0, 2 ** 20, 0]))).toEqual(rangeError);
    expect(thrown(() => one.bind(['::1', 0, 0, 2 ** 32]))).toEqual(rangeError);
    one.bind(['::1', 0, 0, 0]);
  });

  test("'' is every interface, '<broadcast>' the broadcast address", () => {
    const one = openUdp(['', 0]);
    expect(one.getsockname()).toEqual(['0.0.0.0', expect.any(Number)]);
    expect(thrown(() => one.connect(['<broadcast>', 9]))).toEqual(osError('EACCES'));
  });

  test('Unix sockets: path, abstract name, no name', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fdselect-'));
    try {
      const path = join(folder, 'é.sock');
      const listener = openServer(path);
      expect([listener.family, listener.getsockname(), existsSync(path)]).toEqual([
        AF_UNIX,
        path,
        true,
      ]);
      const client = closing(createConnection(path));
      const [accepted, peer] = listener.accept();
      closing(accepted);
      expect([peer, client.getpeername(), client.getsockname()]).toEqual(['', path, '']);
      const missing = thrown(() => createConnection(join(folder, 'none')));
      expect(missing).toEqual(osError('ENOENT', 'connect'));
      const tooLong = thrown(() => createServer(join(folder, 'x'.repeat(200))));
      expect(tooLong).toEqual(osError('ENAMETOOLONG'));
      expect(thrown(() => createServer('a\0b'))).toEqual(rangeError);
    } finally {
      rmSync(folder, { recursive: true });
    }
    const name = `\0fdselect-${process.pid}`;
    expect(openServer(name).getsockname()).toBe(name);
    closing(createConnection(name));
    const [a] = openPair();
    expect([a.getsockname(), a.getpeername()]).toEqual(['', '']);
    expect(thrown(() => closing(socket(AF_UNIX)).bind(['127.0.0.1', 1]))).toEqual(typeError);
  });

  test.skipIf(epoll === undefined)(
    'a Unix socket that is bound to the empty path gets a name of its own',
    () => {
      const names = [1, 2].map(() => {
        const one = closing(socket(AF_UNIX));
        one.bind('');
        return one.getsockname();
      });
      for (const name of names) expect(name).toMatch(/^\0[0-9a-f]{5}$/);
      expect(names[0]).not.toBe(names[1]);
      expect(thrown(() => closing(socket(AF_UNIX)).connect(''))).toEqual(osError('EINVAL'));
    },
  );
});

describe('options', () => {
  test('integers, booleans, bytes', () => {
    const one = closing(socket());
    one.setsockopt(SOL_SOCKET, SO_SNDBUF, 10_000);
    expect(one.getsockopt(SOL_SOCKET, SO_SNDBUF)).toBe(20_000);
    one.setsockopt(SOL_SOCKET, SO_RCVBUF, Int32Array.of(5000));
    expect(one.getsockopt(SOL_SOCKET, SO_RCVBUF)).toBe(10_000);
    one.setsockopt(SOL_SOCKET, SO_REUSEADDR, true);
    expect(one.getsockopt(SOL_SOCKET, SO_REUSEADDR)).toBe(1);
    expect(one.getsockopt(SOL_SOCKET, SO_TYPE, 4)).toEqual(
      Buffer.from(Int32Array.of(SOCK_STREAM).buffer),
    );
    expect(one.getsockopt(SOL_SOCKET, SO_TYPE, 100)).toHaveLength(4);
    expect(one.getsockopt(SOL_SOCKET, SO_TYPE, 0)).toBe(SOCK_STREAM);
  });

  test('bad values', () => {
    const one = closing(socket());
    expect(thrown(() => one.getsockopt(SOL_SOCKET, SO_TYPE, 1025))).toEqual(rangeError);
    expect(thrown(() => one.getsockopt(SOL_SOCKET, SO_TYPE, -1))).toEqual(rangeError);
    expect(thrown(() => one.getsockopt(SOL_SOCKET, 9999))).toEqual(osError('ENOPROTOOPT'));
    expect(thrown(() => one.setsockopt(SOL_SOCKET, 9999, 1))).toEqual(osError('ENOPROTOOPT'));
    expect(thrown(() => one.setsockopt(SOL_SOCKET, SO_TYPE, 'x' as never))).toEqual(typeError);
    expect(thrown(() => one.setsockopt(SOL_SOCKET, SO_SNDBUF, 1.5))).toEqual(rangeError);
  });
});

describe('the end of a socket', () => {
  test('close is idempotent; afterwards everything is EBADF', () => {
    const one = socket();
    one.close();
    one.close();
    expect(one.fileno()).toBe(-1);
    for (const call of [
      () => one.recv(1),
      () => one.recvInto(Buffer.alloc(1)),
      () => one.recvfrom(1),
      () => one.send(bytes('x')),
      () => one.sendall(bytes('x')),
      () => one.sendto(bytes('x'), ['127.0.0.1', 1]),
      () => one.tryRecvInto(Buffer.alloc(1)),
      () => one.trySend(bytes('x')),
      () => one.tryAccept(),
      () => one.accept(),
      () => one.bind(['127.0.0.1', 0]),
      () => one.connect(['127.0.0.1', 1]),
      () => one.connectEx(['127.0.0.1', 1]),
      () => one.listen(),
      () => one.shutdown(SHUT_WR),
      () => one.getsockname(),
      () => one.getpeername(),
      () => one.getsockopt(SOL_SOCKET, SO_TYPE),
      () => one.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1),
      () => one.settimeout(1),
      () => one.setblocking(false),
      () => one.dup(),
    ]) {
      expect(thrown(call)).toEqual(osError('EBADF'));
    }
    expect([one.gettimeout(), one.getblocking(), one.detach()]).toEqual([null, true, -1]);
    expect(thrown(() => select([one], [], [], 0))).toEqual(rangeError);
  });

  test('a closed socket with a timeout is EBADF at once', () => {
    const [a] = openPair();
    a.settimeout(15);
    a.close();
    expect(elapsed(() => expect(thrown(() => a.recv(1))).toEqual(osError('EBADF')))).toBeLessThan(
      10_000,
    );
  });

  test('an fd that other code has closed: EBADF', () => {
    const one = socket();
    close(one.fileno());
    expect(thrown(() => one.close())).toEqual(osError('EBADF', 'close'));
    expect(one.fileno()).toBe(-1);
  });

  test('detach returns the file descriptor once, then -1', () => {
    const [a, b] = openPair();
    const fd = a.detach();
    expect([a.fileno(), a.detach()]).toEqual([-1, -1]);
    b.sendall(bytes('x'));
    const again = socket(undefined, undefined, undefined, fd);
    expect(again.recv(1).toString()).toBe('x');
    again[Symbol.dispose]();
    expect(again.fileno()).toBe(-1);
  });
});
