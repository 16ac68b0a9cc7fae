/** Accepting: bounded turns; an error of one connection loses only that one; the rest when no fd is left. */
import { constants } from 'node:os';
import { OSError, POLLIN, poll, select } from 'fdselect';
import {
  createConnection,
  IPPROTO_TCP,
  type Socket,
  socketpair,
  TCP_NODELAY,
} from 'fdselect/socket';
import { Acceptor, acceptConnections, MAX_ACCEPTS } from 'fdselect/stream';
import { expect, test } from 'vitest';
import { FdLimit } from '../support/few-fds.ts';
import { closing, connectedTo, openServer } from '../support/sandbox.ts';
import { rangeError, thrown, typeError } from '../support/thrown.ts';

const { errno } = constants;

/** A listener whose accept() fails with these errors, then has one connection. */
function failing(...codes: (keyof typeof errno | number)[]) {
  const errors = codes.map((code) => (typeof code === 'number' ? code : errno[code]));
  const sockets: Socket[] = [];
  return {
    sockets,
    tryAccept(): [Socket, string] | null {
      const error = errors.shift();
      if (error !== undefined) throw new OSError(error, 'accept');
      if (sockets.length > 0) return null;
      const [socket, other] = socketpair();
      other.close();
      sockets.push(closing(socket));
      return [socket, ''];
    },
  };
}

const ENOSR = 63;
const ESOCKTNOSUPPORT = 94;
const ENONET = 64;
const EHOSTDOWN = 112;

test.each([
  ...(['ECONNABORTED', 'EPERM', 'EPROTO', 'EPROTONOSUPPORT', 'ETIMEDOUT', 'ENETDOWN'] as const),
  ...(['ENOPROTOOPT', 'EHOSTUNREACH', 'EOPNOTSUPP', 'ENETUNREACH', 'ECONNRESET'] as const),
  ...[ENOSR, ESOCKTNOSUPPORT, ENONET, EHOSTDOWN],
])('%s of accept loses that connection and no other', (code) => {
  const { connections, isFull, error } = acceptConnections(failing(code));
  expect([connections.length, isFull]).toEqual([1, false]);
  expect(error?.errno).toBe(-(typeof code === 'number' ? code : errno[code]));
});

test.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'] as const)('%s: there is no room', (code) => {
  const { connections, isFull, error } = acceptConnections(failing(code));
  expect([connections, isFull, error?.code]).toEqual([[], true, code]);
});

test.each(['EBADF', 'EINVAL', 'ENOTSOCK'] as const)('%s is an error of the listener', (code) => {
  expect(() => acceptConnections(failing(code))).toThrow(code);
});

test('an error that lasts ends the turn, and the listener must not be watched', () => {
  const listener = failing(...new Array<'EPERM'>(MAX_ACCEPTS).fill('EPERM'));
  expect(acceptConnections(listener)).toMatchObject({ connections: [], isFull: true });
  expect(listener.sockets).toEqual([]);
});

test('accepted sockets are non-blocking and have TCP_NODELAY, unless it is turned off', () => {
  const server = openServer();
  server.setblocking(false);
  for (const [options, expected] of [
    [undefined, 1],
    [{ noDelay: false }, 0],
  ] as const) {
    connectedTo(server.getsockname());
    const { connections } = acceptConnections(server, 64, options);
    const [[socket]] = connections as [[Socket, unknown]];
    closing(socket);
    expect(socket.getblocking()).toBe(false);
    expect(socket.getsockopt(IPPROTO_TCP, TCP_NODELAY) !== 0 ? 1 : 0).toBe(expected);
  }
});

test('a turn accepts 64 connections at most', () => {
  const acceptor = new Acceptor(openServer());
  for (let i = 0; i < MAX_ACCEPTS + 1; i++) connectedTo(acceptor.socket.getsockname());
  const first = acceptor.accept();
  const second = acceptor.accept();
  for (const [socket] of [...first, ...second]) closing(socket);
  expect([first.length, second.length, acceptor.restLeft() !== null]).toEqual([
    MAX_ACCEPTS,
    1,
    false,
  ]);
});

test('with no fd left it rests, for a second at most; then it serves again', async () => {
  const acceptor = new Acceptor(openServer());
  const limit = await FdLimit.open();
  connectedTo(acceptor.socket.getsockname());
  await limit.exhaust();
  expect(acceptor.accept()).toEqual([]);
  expect(acceptor.error?.code).toBe('EMFILE');
  expect(acceptor.restLeft()).toBeGreaterThan(0);
  expect(acceptor.restLeft()).toBeLessThanOrEqual(1);
  await limit.lift();
  for (let rest = acceptor.restLeft(); rest !== null; rest = acceptor.restLeft())
    select([], [], [], rest);
  const [[socket]] = acceptor.accept() as [[Socket, unknown]];
  closing(socket);
  expect([acceptor.error, acceptor.restLeft() !== null]).toEqual([undefined, false]);
});

test("whenFull 'refuse': with no fd left, connections are closed at once", async () => {
  const acceptor = new Acceptor(openServer(), { whenFull: 'refuse' });
  const limit = await FdLimit.open();
  const client = connectedTo(acceptor.socket.getsockname());
  await limit.exhaust();
  expect(acceptor.accept()).toEqual([]);
  expect(acceptor.restLeft()).toBe(null);
  expect(client.recv(1).length).toBe(0);
  acceptor.close();
});

test('maxConnections: more connections wait in the backlog until one is closed', () => {
  let rested = 0;
  const acceptor = new Acceptor(openServer(), { maxConnections: 2, whenRested: () => rested++ });
  const address = acceptor.socket.getsockname();
  for (let i = 0; i < 3; i++) closing(createConnection(address));
  const poller = poll();
  poller.register(acceptor, POLLIN);
  expect(poller.poll(1000)).toEqual([[acceptor.fileno(), POLLIN]]);
  const open = acceptor.accept();
  for (const [socket] of open) closing(socket);
  expect([open.length, acceptor.restLeft() !== null]).toEqual([2, false]);
  expect([acceptor.accept().length, acceptor.restLeft() !== null]).toEqual([0, true]);
  open[0]?.[0].close();
  const other = new Acceptor(openServer());
  other.close(); // an fd was freed: each listener tries again
  expect([rested, acceptor.restLeft() !== null]).toEqual([1, false]);
  const [[socket]] = acceptor.accept() as [[Socket, unknown]];
  closing(socket);
  expect(acceptor.accept().length).toBe(0);
});

test.each([
  [{ maxConnections: -1 }, rangeError, /^maxConnections must be/],
  [{ maxConnections: '2' }, typeError, /^maxConnections must be/],
  [{ whenFull: 'never' }, rangeError, /^whenFull must be/],
])('bad options of an Acceptor are named: %o', (options, error, message) => {
  const caught = thrown(() => new Acceptor(openServer(), options as never));
  expect(caught).toEqual(error);
  expect((caught as Error).message).toMatch(message);
});
