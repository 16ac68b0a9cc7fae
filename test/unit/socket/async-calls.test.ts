/** The calls of a socket that do not block. */
import { setImmediate } from 'node:timers/promises';
import { getBlocking, getInheritable } from 'fdselect/os';
import * as s from 'fdselect/socket';
import { expect, test } from 'vitest';
import { closing, openPair, openServer, openTcp, refusingAddress } from '../../support/sandbox.ts';
import { osError, rangeError, typeError } from '../../support/thrown.ts';
import '../../support/waiter.ts';

const closed = expect.objectContaining({ code: 'ERR_CLOSED' });
const concurrent = expect.objectContaining({ code: 'ERR_CONCURRENT_POLL' });

test('an exchange over TCP; both calls begin before there is data', async () => {
  const listener = openServer();
  const client = closing(s.socket());
  const accepting = listener.acceptAsync();
  await client.connectAsync(listener.getsockname());
  const [server, address] = await accepting;
  closing(server);
  expect(address).toEqual(client.getsockname());
  const received = server.recvAsync(100);
  expect(await client.sendAsync('héllo')).toBe(6);
  expect(String(await received)).toBe('héllo');
  const memory = Buffer.alloc(4);
  const into = server.recvIntoAsync(memory);
  await client.sendallAsync('abcdef');
  expect([await into, String(memory)]).toEqual([4, 'abcd']);
  expect(String((await server.recvfromAsync(10))[0])).toBe('ef');
  client.close();
  expect(await server.recvAsync(1)).toHaveLength(0);
});

test('O_NONBLOCK does not change', async () => {
  const [a, b] = openPair();
  const pending = a.recvAsync(1);
  await setImmediate();
  expect(getBlocking(a)).toBe(true);
  b.send('x');
  await pending;
  expect(getBlocking(a)).toBe(true);
});

test('datagrams: sendtoAsync with a number and with a name', async () => {
  const [a, b] = [1, 2].map(() => closing(s.socket(s.AF_INET, s.SOCK_DGRAM))) as [
    s.Socket,
    s.Socket,
  ];
  for (const one of [a, b]) one.bind(['127.0.0.1', 0]);
  const [, port] = b.getsockname() as [string, number];
  for (const host of ['127.0.0.1', 'localhost']) {
    expect(await a.sendtoAsync('x', [host, port])).toBe(1);
    expect(await b.recvfromAsync(10)).toEqual([Buffer.from('x'), a.getsockname()]);
  }
});

test('sendallAsync sends all data to a slow reader', async () => {
  const [a, b] = openPair();
  const data = Buffer.alloc(3_000_000, 'abcdefg');
  const sending = a.sendallAsync(data);
  const chunks: Buffer[] = [];
  for (let size = 0; size < data.length; ) {
    const chunk = await b.recvAsync(100_000);
    size += chunk.length;
    chunks.push(chunk);
  }
  await sending;
  expect(Buffer.concat(chunks).equals(data)).toBe(true);
});

test('timeouts: ETIMEDOUT after the time, EAGAIN with 0, EINPROGRESS of a connect', async () => {
  const [a] = openPair();
  a.settimeout(0.05);
  const begin = performance.now();
  await expect(a.recvAsync(1)).rejects.toEqual(osError('ETIMEDOUT', 'recv'));
  expect(performance.now() - begin).toBeGreaterThan(45);
  a.settimeout(0);
  await expect(a.recvAsync(1)).rejects.toEqual(osError('EAGAIN', 'recv'));
  await expect(a.recvfromAsync(1)).rejects.toEqual(osError('EAGAIN', 'recvfrom'));
  const listener = openServer();
  listener.settimeout(0);
  await expect(listener.acceptAsync()).rejects.toEqual(osError('EAGAIN', 'accept'));
  const client = closing(s.socket());
  client.settimeout(0);
  await expect(client.connectAsync(listener.getsockname())).rejects.toEqual(
    osError('EINPROGRESS', 'connect'),
  );
});

test('one call in each direction: a second is ERR_CONCURRENT_POLL', async () => {
  const [a, b] = openPair();
  const receiving = a.recvAsync(10);
  await expect(a.recvIntoAsync(Buffer.alloc(1))).rejects.toEqual(concurrent);
  await expect(a.recvfromAsync(1)).rejects.toEqual(concurrent);
  await expect(a.acceptAsync()).rejects.toEqual(concurrent);
  const sending = a.sendallAsync(Buffer.alloc(5_000_000));
  await expect(a.sendAsync('x')).rejects.toEqual(concurrent);
  b.send('answer');
  expect(String(await receiving)).toBe('answer');
  a.close();
  await expect(sending).rejects.toEqual(closed);
  const again = openPair()[0];
  const first = again.recvAsync(1).catch(() => 'closed');
  again.close();
  expect(await first).toBe('closed');
});

test.each(['close', 'detach'] as const)(
  '%s() settles what is pending with ERR_CLOSED',
  async (end) => {
    const [a, b] = openPair();
    const listener = openServer();
    const pending = [
      a.recvAsync(1),
      a.sendallAsync(Buffer.alloc(5_000_000)),
      listener.acceptAsync(),
    ];
    const ends = Promise.allSettled(pending);
    await setImmediate();
    const fds = [a, listener].map((one) => {
      const fd = one.fileno();
      one[end]();
      return fd;
    });
    for (const one of await ends) expect(one).toMatchObject({ reason: closed });
    await expect(a.recvAsync(1)).rejects.toEqual(osError('EBADF', 'recv'));
    if (end === 'detach')
      for (const fd of fds) closing(new s.Socket(undefined, undefined, undefined, fd));
    b.close();
  },
);

test('an abort ends the wait with the reason, and takes no byte', async () => {
  const [a, b] = openPair();
  const abort = new AbortController();
  const pending = a.recvAsync(10, 0, { signal: abort.signal });
  abort.abort(new Error('mine'));
  b.send('kept');
  await expect(pending).rejects.toThrow('mine');
  await expect(a.recvAsync(10, 0, { signal: abort.signal })).rejects.toThrow('mine');
  expect(String(await a.recvAsync(10))).toBe('kept');
});

test('sendallAsync: the error says how much was sent', async () => {
  const [a, b] = openPair();
  a.settimeout(0.05);
  const error = (await a.sendallAsync(Buffer.alloc(5_000_000)).catch((e: unknown) => e)) as {
    bytesWritten: number;
  };
  expect(error).toEqual(osError('ETIMEDOUT', 'send'));
  let received = 0;
  b.settimeout(0.05);
  while (received < error.bytesWritten) received += b.recv(1_000_000).length;
  expect(received).toBe(error.bytesWritten);
});

test('a buffer that is detached meanwhile: rejected, and the data stays', async () => {
  const [a, b] = openPair();
  const buffer = new ArrayBuffer(10);
  const pending = a.recvIntoAsync(buffer);
  structuredClone(buffer, { transfer: [buffer] });
  b.send('kept');
  await expect(pending).rejects.toEqual(rangeError);
  expect(String(a.recv(10))).toBe('kept');
});

test('timers run between calls that are always ready', async () => {
  const [a, b] = openPair();
  let isOver = false;
  setTimeout(() => {
    isOver = true;
  }, 20);
  let calls = 0;
  while (!isOver) {
    b.send('x');
    await a.recvAsync(1);
    calls++;
  }
  expect(calls).toBeGreaterThan(0);
});

test('connectAsync: refused, a name, a name that is unknown', async () => {
  const listener = openServer();
  const [, port] = listener.getsockname() as [string, number];
  const client = closing(s.socket());
  await client.connectAsync(['localhost', port]);
  expect(client.getpeername()).toEqual(['127.0.0.1', port]);
  const refusing = refusingAddress();
  const refused = closing(s.socket());
  await expect(refused.connectAsync(refusing)).rejects.toMatchObject({
    code: 'ECONNREFUSED',
    address: '127.0.0.1',
    port: refusing[1],
  });
  await expect(closing(s.socket()).connectAsync(['no.such.invalid', 1])).rejects.toMatchObject({
    syscall: 'getaddrinfo',
    code: expect.stringMatching(/^EAI_/),
  });
});

test('connectAsync: the timeout and close() cover the look-up and the connect', async () => {
  const listener = closing(s.createServer(['127.0.0.1', 0], { backlog: 0 }));
  const clients: s.Socket[] = [];
  // The kernel drops the handshake of those that find the queue full.
  for (let i = 0; i < 4; i++) {
    const filler = closing(s.socket());
    filler.settimeout(0);
    filler.connectEx(listener.getsockname());
    clients.push(filler);
  }
  const late = closing(s.socket());
  late.settimeout(0.1);
  await expect(late.connectAsync(listener.getsockname())).rejects.toEqual(
    osError('ETIMEDOUT', 'connect'),
  );
  const ended = s.socket();
  const pending = ended.connectAsync(['localhost', 1]);
  ended.close();
  await expect(pending).rejects.toEqual(closed);
});

test('connectAsync waits until a Unix listener has room', async () => {
  const listener = closing(s.socket(s.AF_UNIX));
  listener.bind('');
  listener.listen(0);
  const first = closing(s.socket(s.AF_UNIX));
  first.connect(listener.getsockname());
  const second = closing(s.socket(s.AF_UNIX));
  const pending = second.connectAsync(listener.getsockname());
  setTimeout(() => listener.accept()[0].close(), 30);
  await pending;
  closing(listener.accept()[0]);
});

test('bad arguments reject, and never throw', async () => {
  const [a] = openTcp();
  await expect(a.recvAsync(-1)).rejects.toEqual(rangeError);
  await expect(a.recvAsync('1' as never)).rejects.toEqual(typeError);
  await expect(a.recvAsync(1, 0, null as never)).rejects.toEqual(typeError);
  await expect(a.recvAsync(1, 0, { signal: 1 as never })).rejects.toEqual(typeError);
  await expect(a.sendAsync(1 as never)).rejects.toEqual(typeError);
  await expect(a.sendallAsync({} as never)).rejects.toEqual(typeError);
  await expect(a.connectAsync('x')).rejects.toEqual(typeError);
  await expect(a.recvIntoAsync(Buffer.alloc(1), 2)).rejects.toEqual(rangeError);
});

test('messages: file descriptors arrive, and an abort receives none', async () => {
  const [a, b] = openPair();
  const controller = new AbortController();
  const aborted = b.recvmsgAsync(10, 100, 0, { signal: controller.signal });
  controller.abort('enough');
  await expect(aborted).rejects.toBe('enough');
  const pending = b.recvmsgAsync(10, s.CMSG_SPACE(4));
  await expect(b.recvmsgIntoAsync([Buffer.alloc(1)])).rejects.toEqual(concurrent);
  const rights: s.AncillaryData = [s.SOL_SOCKET, s.SCM_RIGHTS, Int32Array.of(a.fileno())];
  expect(await a.sendmsgAsync(['he', Buffer.from('llo')], [rights])).toBe(5);
  const [data, ancdata, flags, address] = await pending;
  expect([data.toString(), flags, address]).toEqual(['hello', 0, null]);
  const fd = closing((ancdata[0] as [number, number, Buffer])[2].readInt32LE(0));
  expect(getInheritable(fd)).toBe(false);
  const copy = closing(s.Socket.fromfd(fd));
  copy.send('from the copy');
  const buffers = [Buffer.alloc(4), Buffer.alloc(20)] as const;
  expect(await b.recvmsgIntoAsync(buffers)).toEqual([13, [], 0, null]);
  expect(Buffer.concat(buffers).toString('utf8', 0, 13)).toBe('from the copy');
});

test('messages: datagrams with addresses; a buffer that shrinks loses nothing', async () => {
  const [receiver, sender] = [1, 2].map(() => closing(s.socket(s.AF_INET, s.SOCK_DGRAM))) as [
    s.Socket,
    s.Socket,
  ];
  for (const one of [receiver, sender]) one.bind(['127.0.0.1', 0]);
  const [, port] = receiver.getsockname() as s.InternetAddress;
  const memory = new Uint8Array(4);
  const shrunk = receiver.recvmsgIntoAsync([Buffer.alloc(1), memory]);
  structuredClone(memory, { transfer: [memory.buffer] });
  expect(await sender.sendmsgAsync(['one'], [], 0, ['localhost', port])).toBe(3);
  await expect(shrunk).rejects.toEqual(rangeError);
  const buffer = Buffer.alloc(10);
  expect(await receiver.recvfromIntoAsync(buffer, 5)).toEqual([3, sender.getsockname()]);
  expect(buffer.toString('utf8', 0, 3)).toBe('one');
  await sender.sendmsgAsync(['too long'], [], 0, ['127.0.0.1', port]);
  const [data, , flags, from] = await receiver.recvmsgAsync(3);
  expect([data.toString(), flags, from]).toEqual(['too', s.MSG_TRUNC, sender.getsockname()]);
});

test('messages: timeouts, errors and bad arguments', async () => {
  const [a, b] = openPair();
  a.settimeout(0);
  await expect(a.recvmsgAsync(1)).rejects.toEqual(osError('EAGAIN', 'recvmsg'));
  a.settimeout(0.02);
  await expect(a.recvmsgAsync(1)).rejects.toEqual(osError('ETIMEDOUT', 'recvmsg'));
  await expect(a.recvfromIntoAsync(Buffer.alloc(1))).rejects.toEqual(
    osError('ETIMEDOUT', 'recvfrom'),
  );
  await expect(a.recvmsgAsync(-1)).rejects.toEqual(rangeError);
  await expect(a.recvmsgIntoAsync('x' as never)).rejects.toEqual(typeError);
  await expect(a.recvfromIntoAsync(Buffer.alloc(1), 2)).rejects.toEqual(rangeError);
  await expect(a.sendmsgAsync([1 as never])).rejects.toEqual(typeError);
  await expect(a.sendmsgAsync([], [[1, 2] as never])).rejects.toEqual(typeError);
  await expect(a.sendmsgAsync(['x'], [], 0, 5 as never)).rejects.toEqual(typeError);
  const pending = b.recvmsgAsync(1);
  b.close();
  await expect(pending).rejects.toEqual(closed);
  await expect(a.sendmsgAsync(['x'])).rejects.toEqual(osError('EPIPE', 'sendmsg'));
  await expect(b.sendmsgAsync(['x'])).rejects.toEqual(osError('EBADF', 'sendmsg'));
});
