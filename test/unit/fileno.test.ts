/** fileno(): numbers, objects with a file descriptor, Node's own objects, and bad values. */
import { createSocket } from 'node:dgram';
import { on, once } from 'node:events';
import { createReadStream, fstatSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net';
import { fileno, select } from 'fdselect';
import { createConnection, socket } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { shown, testUnless } from '../support/runtime.ts';
import { rangeError, thrown, typeError } from '../support/thrown.ts';

const any = (value: unknown) => fileno(value as number);

test.each([0, 1, 77, 2 ** 31 - 1])('the number %i', (fd) => {
  expect(fileno(fd)).toBe(fd);
  expect(fileno({ fileno: () => fd })).toBe(fd);
  expect(fileno({ fd })).toBe(fd);
});

test.each([-1, -5, 2 ** 31, 2 ** 53, 1.5, Number.NaN, Infinity])('%s is a RangeError', (fd) => {
  for (const source of [fd, { fileno: () => fd }, { fd }]) {
    const error = thrown(() => any(source));
    expect(error).toEqual(rangeError);
    expect((error as Error).message).toContain(`${fd}`);
  }
});

test.each(
  shown([
    undefined,
    null,
    '3',
    true,
    3n,
    Symbol('fd'),
    {},
    [],
    () => 3,
    { fileno: 3 },
    { fileno: () => 'x' },
    { fileno: () => null },
    { fileno: () => 3n },
    { fd: null },
    { fd: '3' },
  ]),
)('%s is a TypeError', (_, source) => {
  expect(thrown(() => any(source))).toEqual(typeError);
});

test('an error of fileno() is passed on', () => {
  const failure = new Error('mine');
  const source = {
    fileno: () => {
      throw failure;
    },
  };
  expect(() => fileno(source)).toThrow(failure);
});

test('a closed socket of ours is the RangeError of its -1', () => {
  const one = socket();
  one.close();
  expect(thrown(() => fileno(one))).toEqual(rangeError);
});

const Deno = 'no file descriptor of a socket or server can be had';

describe("Node's own", () => {
  testUnless({ Deno })('net.Server, net.Socket: open, not connected yet, destroyed', async () => {
    const server: Server = createServer();
    expect(thrown(() => fileno(server))).toEqual(typeError);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect(fileno(server)).toBeGreaterThan(2);
    const connections = on(server, 'connection');
    const { port } = server.address() as AddressInfo;
    // Made by a blocking call, so that Node has had no time to accept it.
    const early = createConnection(['127.0.0.1', port]);
    expect(select([server], [], [], 5)[0]).toEqual([server]);
    const [first] = (await connections.next()).value as [Socket];
    const client = connect(port, '127.0.0.1');
    const [peer] = (await connections.next()).value as [Socket];
    expect(fileno(client)).not.toBe(fileno(peer));
    early.close();
    first.destroy();
    peer.end('x');
    expect(select([client], [], [], 5)[0]).toEqual([client]);
    const gone = [once(client, 'close'), once(peer, 'close')];
    client.resume();
    client.end();
    peer.resume();
    await Promise.all(gone);
    server.close();
    await once(server, 'close');
    expect(thrown(() => fileno(client))).toEqual(typeError);
    expect(thrown(() => fileno(server))).toEqual(typeError);
    expect(thrown(() => fileno(new Socket()))).toEqual(typeError);
  });

  testUnless({ Bun: 'an http.Server does not show its file descriptor', Deno })(
    'http.Server',
    async () => {
      const http = createHttpServer().listen(0, '127.0.0.1');
      await once(http, 'listening');
      expect(fileno(http)).toBeGreaterThan(2);
      http.close();
      await once(http, 'close');
      expect(thrown(() => fileno(http))).toEqual(typeError);
    },
  );

  testUnless({ Deno })('dgram.Socket, without a warning', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const udp = createSocket('udp4').bind(0, '127.0.0.1');
    await once(udp, 'listening');
    expect(fileno(udp)).toBeGreaterThan(2);
    udp.close();
    await once(udp, 'close');
    expect(thrown(() => fileno(udp))).toEqual(typeError);
    await new Promise(setImmediate);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  test('FileHandle, ReadStream, stdin', async () => {
    const stream = createReadStream('/dev/null');
    const [file] = await Promise.all([open('/dev/null'), once(stream, 'open')]);
    const fds = [file, stream as unknown as { fd: number }].map((one) => fileno(one));
    expect(new Set(fds).size).toBe(2);
    const { ino } = statSync('/dev/null');
    for (const fd of fds) expect(fstatSync(fd).ino).toBe(ino);
    expect(fileno(process.stdin)).toBe(0);
    const closed = once(stream, 'close');
    stream.destroy();
    await Promise.all([closed, file.close()]);
  });
});
