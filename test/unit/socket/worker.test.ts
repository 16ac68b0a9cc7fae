/**
 * Socket in a worker thread, where a call that may block waits in pieces: it behaves as in the main
 * thread. All of socket.test.ts passes there too: `npm run test:threads`. test/lifecycle shows that
 * the end of a worker ends such a call.
 */
import { createHash } from 'node:crypto';
import {
  AF_UNIX,
  SO_RCVTIMEO,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOL_SOCKET,
  socket,
  socketpair,
} from 'fdselect/socket';
import { expect, test } from 'vitest';
import { testUnless } from '../../support/runtime.ts';
import { closing, openPair, openServer, openTcp, refusingAddress } from '../../support/sandbox.ts';
import { type Exports, InWorker, inWorker } from '../../support/worker.ts';

const sha = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Bytes of which no two places look alike. */
function pattern(size: number): Buffer {
  const words = new Uint32Array(size / 4);
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i, 0x9e3779b1);
  return Buffer.from(words.buffer);
}

/** In a worker: echoes the data of a blocking socket until the end of file. */
function echo(fd: number, { Socket }: Exports): number {
  const peer = Socket.fromfd(fd);
  let echoed = 0;
  for (let data = peer.recv(4096); data.length > 0; data = peer.recv(4096)) {
    peer.sendall(data);
    echoed += data.length;
  }
  peer.close();
  return echoed;
}

test.each([
  ['a socket pair', openPair],
  ['TCP', openTcp],
])('an echo over %s; both ends block', async (_, open) => {
  const [client, server] = open();
  await using worker = await InWorker.start(echo, server.fileno());
  client.settimeout(10);
  for (let i = 1; i <= 300; i++) {
    const text = Buffer.from(`message ${i} `.repeat(i % 7 === 0 ? 200 : 1));
    client.sendall(text);
    let received = Buffer.alloc(0);
    while (received.length < text.length) received = Buffer.concat([received, client.recv(10_000)]);
    expect(received.equals(text)).toBe(true);
  }
  client.shutdown(1);
  expect(await worker.result).toBeGreaterThan(300 * 9);
});

test('connect, accept, recvInto, recvfrom and sendto between two workers', async () => {
  const listener = openServer();
  await using server = await InWorker.start((fd: number, { Socket }) => {
    const listener = Socket.fromfd(fd);
    const [peer, address] = listener.accept();
    const buffer = new Uint8Array(8);
    const size = peer.recvInto(buffer);
    const [rest, from] = peer.recvfrom(100);
    peer.sendto(new TextEncoder().encode('bye'), address);
    for (const one of [peer, listener]) one.close();
    return [Buffer.from(buffer.subarray(0, size)).toString(), rest.toString(), from];
  }, listener.fileno());
  const client = await inWorker(
    async ([address, pause]: [[string, number], number], { socket }) => {
      const client = socket();
      client.connect(address);
      client.sendall(Buffer.from('12345678'));
      await new Promise((resolve) => setTimeout(resolve, pause));
      client.sendall(Buffer.from('rest'));
      const reply = client.recv(100).toString();
      const end = client.recv(100).length;
      client.close();
      return [reply, end];
    },
    [listener.getsockname(), 20] as [[string, number], number],
  );
  expect(client).toEqual(['bye', 0]);
  expect(await server.result).toEqual(['12345678', 'rest', null]);
});

test('timeouts that expire: ETIMEDOUT, never early', async () => {
  const [a] = openPair();
  const listener = openServer();
  const ends = await inWorker(
    ([fd, listenerFd]: number[], { Socket, socket, AF_UNIX, SOCK_DGRAM }) => {
      const one = Socket.fromfd(fd as number);
      const listener = Socket.fromfd(listenerFd as number);
      const [receiver, sender] = [socket(AF_UNIX, SOCK_DGRAM), socket(AF_UNIX, SOCK_DGRAM)];
      receiver.bind('');
      const full = socket();
      full.bind(['127.0.0.1', 0]);
      full.listen(0);
      const clients = Array.from({ length: 5 }, () => socket());
      for (const client of clients) client.setblocking(false);
      for (const client of clients.slice(1)) client.connectEx(full.getsockname());
      for (const limited of [one, listener, sender, ...clients.slice(0, 1)]) {
        limited.settimeout(0.06);
      }
      const measure = (call: () => unknown) => {
        const start = performance.now();
        try {
          call();
          return ['ended', 0];
        } catch (error) {
          return [(error as { code: string }).code, performance.now() - start];
        }
      };
      const much = Buffer.alloc(5_000_000);
      const results = {
        recv: measure(() => one.recv(1)),
        recvInto: measure(() => one.recvInto(new Uint8Array(1))),
        recvfrom: measure(() => one.recvfrom(1)),
        accept: measure(() => listener.accept()),
        sendall: measure(() => one.sendall(much)),
        send: measure(() => one.send(much)),
        sendto: measure(() => {
          for (;;) sender.sendto(Buffer.from('x'), receiver.getsockname());
        }),
        connect: measure(() => clients[0]?.connect(full.getsockname())),
      };
      for (const any of [one, listener, receiver, sender, full, ...clients]) any.close();
      return results;
    },
    [a.fileno(), listener.fileno()],
  );
  for (const [name, [code, time]] of Object.entries(ends)) {
    expect([name, code]).toEqual([name, 'ETIMEDOUT']);
    expect(time, name).toBeGreaterThanOrEqual(60);
    expect(time, name).toBeLessThan(10_000);
  }
});

test('a timeout that does not expire: the call ends with the received data', async () => {
  const [a, b] = openPair();
  const listener = openServer();
  await using worker = await InWorker.start(
    ([fd, listenerFd]: number[], { Socket }) => {
      const [one, listener] = [Socket.fromfd(fd as number), Socket.fromfd(listenerFd as number)];
      for (const limited of [one, listener]) limited.settimeout(10);
      const text = one.recv(10).toString();
      const [peer] = listener.accept();
      for (const any of [one, listener, peer]) any.close();
      return text;
    },
    [a.fileno(), listener.fileno()],
  );
  await sleep(30);
  b.sendall(Buffer.from('late'));
  await sleep(30);
  closing(socket()).connect(listener.getsockname());
  expect(await worker.result).toBe('late');
});

test.each([
  ['blocking', null],
  ['with a timeout', 20],
])('sendall of 5 MB against a slow reader: everything, in order; %s', async (_, timeout) => {
  const [reader, writer] = openTcp();
  writer.setsockopt(SOL_SOCKET, SO_SNDBUF, 65536);
  const data = pattern(5_000_000);
  await using worker = await InWorker.start(
    ([fd, timeout, data]: [number, number | null, Uint8Array], { Socket }) => {
      const one = Socket.fromfd(fd);
      one.settimeout(timeout);
      one.sendall(data);
      one.shutdown(1);
      one.close();
    },
    [writer.fileno(), timeout, data] as [number, number | null, Uint8Array],
  );
  const chunks: Buffer[] = [];
  reader.settimeout(10);
  for (let i = 0; ; i++) {
    if (i % 20 === 0) await sleep(5);
    const chunk = reader.recv(100_000);
    if (chunk.length === 0) break;
    chunks.push(chunk);
  }
  await worker.result;
  const received = Buffer.concat(chunks);
  expect([received.length, sha(received)]).toEqual([data.length, sha(data)]);
});

// Only where a wait can be ended from outside it is not one call that takes everything.
const whole = 'a blocking send() there takes all or waits, as in the main thread';
testUnless({ Bun: whole, Deno: whole })('send of 5 MB: how much it was', async () => {
  const [a, b] = openPair();
  const sent = await inWorker((fd: number, { Socket }) => {
    const one = Socket.fromfd(fd);
    const sent = one.send(Buffer.alloc(5_000_000));
    one.close();
    return sent;
  }, a.fileno());
  expect(sent).toBeGreaterThan(0);
  a.close();
  let received = 0;
  for (let size = 1; size > 0; received += size) size = b.recv(1_000_000).length;
  expect(received).toBe(sent);
});

test('non-blocking sockets: EAGAIN at once, EINPROGRESS', async () => {
  const [a] = openPair();
  const listener = openServer();
  for (const one of [a, listener]) one.setblocking(false);
  const codes = await inWorker(
    ([fd, listenerFd, port]: number[], { Socket, socket }) => {
      const [one, listener, client] = [
        Socket.fromfd(fd as number), // believes that it blocks: O_NONBLOCK belongs to the file
        Socket.fromfd(listenerFd as number),
        socket(),
      ];
      client.setblocking(false);
      const code = (call: () => unknown) => {
        try {
          return call();
        } catch (error) {
          return (error as { code: string }).code;
        }
      };
      const much = Buffer.alloc(5_000_000);
      const codes = [
        code(() => one.recv(1)),
        code(() => one.recvfrom(1)),
        code(() => listener.accept()),
        code(() => one.sendall(much)),
        code(() => one.send(much)),
        code(() => client.connect(['127.0.0.1', port as number])),
      ];
      for (const any of [one, listener, client]) any.close();
      return codes;
    },
    [a.fileno(), listener.fileno(), (listener.getsockname() as [string, number])[1]],
  );
  expect(codes).toEqual(['EAGAIN', 'EAGAIN', 'EAGAIN', 'EAGAIN', 'EAGAIN', 'EINPROGRESS']);
});

test('errors that a wait cannot change are thrown at once', async () => {
  const listener = openServer();
  const codes = await inWorker(
    ([fd, port], { Socket, socket, AF_INET, SOCK_DGRAM }) => {
      const [one, listener] = [socket(), Socket.fromfd(fd)];
      const udp = socket(AF_INET, SOCK_DGRAM);
      const refusing: [string, number] = ['127.0.0.1', port];
      const code = (call: () => unknown) => {
        try {
          return call();
        } catch (error) {
          return (error as { code: string }).code;
        }
      };
      const data = Buffer.from('x');
      const codes = [
        code(() => one.accept()),
        code(() => udp.accept()),
        code(() => one.recv(1)),
        code(() => listener.recv(1)),
        code(() => listener.send(data)),
        code(() => listener.connect(refusing)),
        code(() => udp.send(data)),
        code(() => one.connect(refusing)),
        code(() => one.connect(refusing)),
      ];
      for (const any of [one, listener, udp]) any.close();
      codes.push(code(() => one.recv(1)));
      return codes;
    },
    [listener.fileno(), refusingAddress()[1]] as const,
  );
  expect(codes).toEqual([
    'EINVAL',
    'ENOTSUP',
    'ENOTCONN',
    'ENOTCONN',
    'EPIPE',
    'EISCONN',
    'EDESTADDRREQ',
    'ECONNREFUSED',
    'ECONNREFUSED',
    'EBADF',
  ]);
});

test('MSG_WAITALL: all of a stream, piece by piece, or the rest at its end', async () => {
  const [a, b] = openPair();
  await using worker = await InWorker.start((fd: number, { Socket, MSG_WAITALL }) => {
    const one = Socket.fromfd(fd);
    const texts = [one.recv(9, MSG_WAITALL), one.recv(9, MSG_WAITALL)].map(String);
    one.close();
    return texts;
  }, a.fileno());
  for (const piece of ['abc', 'def', 'ghi', 'jkl']) {
    b.sendall(Buffer.from(piece));
    await sleep(10);
  }
  b.close();
  expect(await worker.result).toEqual(['abcdefghi', 'jkl']);
});

test('MSG_WAITALL on datagrams: one of them', async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM).map(closing) as ReturnType<typeof openPair>;
  await using worker = await InWorker.start((fd: number, { Socket, MSG_WAITALL }) => {
    const one = Socket.fromfd(fd);
    const text = one.recv(9, MSG_WAITALL).toString();
    one.close();
    return text;
  }, a.fileno());
  await sleep(10);
  b.send(Buffer.from('abc'));
  expect(await worker.result).toBe('abc');
});

test('SO_RCVTIMEO holds: EAGAIN after its time', async () => {
  const [a] = openPair();
  a.setsockopt(SOL_SOCKET, SO_RCVTIMEO, BigInt64Array.of(0n, 50_000n));
  const [code, time] = await inWorker((fd: number, { Socket }) => {
    const one = Socket.fromfd(fd);
    const start = performance.now();
    try {
      return ['nothing', one.recv(1).length] as const;
    } catch (error) {
      return [(error as { code: string }).code, performance.now() - start] as const;
    } finally {
      one.close();
    }
  }, a.fileno());
  expect(code).toBe('EAGAIN');
  expect(time).toBeGreaterThanOrEqual(49); // the kernel counts in ticks
});

test('connect waits until a Unix listener has room', async () => {
  const listener = closing(socket(AF_UNIX));
  listener.bind('');
  listener.listen(0);
  const name = listener.getsockname() as string;
  await using worker = await InWorker.start((name: string, { socket, AF_UNIX }) => {
    const clients = Array.from({ length: 4 }, () => socket(AF_UNIX));
    for (const client of clients) client.connect(name);
    for (const client of clients) client.close();
    return clients.length;
  }, name);
  await sleep(50);
  listener.settimeout(10);
  for (let i = 0; i < 4; i++) closing(listener.accept()[0]);
  expect(await worker.result).toBe(4);
});
