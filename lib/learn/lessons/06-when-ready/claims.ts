/** The readiness table of Linux, one claim for each row, and what else lesson 6 says. */
import assert from 'node:assert/strict';
import { POLLOUT, poll, select } from 'fdselect';
import {
  AF_INET,
  createServer,
  SO_ERROR,
  SO_RCVLOWAT,
  SOCK_STREAM,
  SOL_SOCKET,
  socket,
} from 'fdselect/socket';
import { type Claim, claim } from '../../course/claim.js';
import { closeAll } from '../../course/kernel.js';
import { tcpPair } from '../../course/proof.js';
import { measure } from '../../course/ready.js';

const END = 'IN OUT HUP RDHUP';
const ERROR = 'IN OUT ERR HUP RDHUP';

/** The answers of Linux: situation, select, poll, unasked; epoll if it differs from poll. */
const ROWS: readonly (readonly [string, string, string, string, string?])[] = [
  ['pipe r: empty, writer open', '-', '-', '-'],
  ['pipe r: data, writer open', 'r', 'IN', '-'],
  ['pipe r: data, writer closed', 'r', 'IN HUP', 'HUP'],
  ['pipe r: empty, writer closed', 'r', 'HUP', 'HUP'],
  ['pipe w: room, reader open', 'w', 'OUT', '-'],
  ['pipe w: full, reader open', '-', '-', '-'],
  ['pipe w: full, reader closed', 'rw', 'ERR', 'ERR'],
  ['pipe w: room, reader closed', 'rw', 'OUT ERR', 'ERR'],
  ['tcp idle', 'w', 'OUT', '-'],
  ['tcp data', 'rw', 'IN OUT', '-'],
  ['tcp peer SHUT_WR, without data', 'rw', 'IN OUT RDHUP', '-'],
  ['tcp peer SHUT_WR, with data', 'rw', 'IN OUT RDHUP', '-'],
  ['tcp both shut down', 'rw', END, 'HUP'],
  ['tcp own SHUT_WR', 'w', 'OUT', '-'],
  ['tcp own SHUT_WR, then peer closed', 'rw', END, 'HUP'],
  ['tcp peer closed', 'rw', 'IN OUT RDHUP', '-'],
  ['tcp reset by peer', 'rw', ERROR, 'ERR HUP'],
  ['tcp sent after the peer closed (RST)', 'rw', ERROR, 'ERR HUP'],
  ['tcp the same, after the error was read', 'rw', END, 'HUP'],
  ['tcp out-of-band byte', 'wx', 'PRI OUT', '-'],
  ['tcp the byte was read', 'w', 'OUT', '-'],
  ['tcp the byte was skipped by a read', 'w', 'OUT', '-'],
  ['listener: none waits', '-', '-', '-'],
  ['listener: one waits', 'r', 'IN', '-'],
  ['listener: it has gone', 'r', 'IN', '-'],
  ['tcp not connected', 'rw', 'OUT HUP', 'HUP'],
  ['tcp connect refused', 'rw', ERROR, 'ERR HUP'],
  ['tcp refused, after SO_ERROR was read', 'rw', END, 'HUP'],
  ['unix: peer closed', 'rw', END, 'HUP'],
  ['unix: peer SHUT_WR', 'rw', 'IN OUT RDHUP', '-'],
  ['regular file', 'rw', 'IN OUT', '-', 'EPERM'],
  ['/dev/null', 'rw', 'IN OUT', '-', 'EPERM'],
  ['closed number', 'EBADF', 'NVAL', 'NVAL', 'EBADF'],
  ['epoll fd: nothing ready', '-', '-', '-'],
  ['epoll fd: something ready', 'r', 'IN', '-'],
];

function row([name, select, poll, unasked, epoll = poll]: (typeof ROWS)[number]): Claim {
  const id = `ready-${name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')}`;
  const other = epoll === poll ? '' : `; epoll: ${epoll}`;
  const says = `${name}: select ${select}; poll ${poll}; unasked ${unasked}${other}.`;
  const prove = () => assert.deepEqual(measure(name), { select, poll, unasked, epoll });
  const polled = epoll === poll ? poll : `${poll} (epoll: ${epoll})`;
  return { ...claim(id, says, prove, 'linux'), cells: [name, select, polled, unasked] };
}

export const claims: readonly Claim[] = [
  ...ROWS.map(row),
  claim(
    'ready-low-water',
    'With `SO_RCVLOWAT` set to 5, a socket with 4 bytes is not readable; with 5 it is.',
    () => {
      const [peer, own] = tcpPair();
      own.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 5);
      peer.send('1234');
      const [early] = select([own], [], [], 0.05);
      peer.send('5');
      const [ready] = select([own], [], [], 1);
      closeAll(peer, own);
      assert.deepEqual(early, []);
      assert.equal(ready.length, 1);
    },
    'linux',
  ),
  claim(
    'ready-connect',
    'After a non-blocking `connect`, writable means "it is over": `SO_ERROR` says how, 0 for success.',
    () => {
      const listener = createServer(['127.0.0.1', 0]);
      const address = listener.getsockname();
      assert.equal(connect(address), 0);
      listener.close();
      assert.notEqual(connect(address), 0);
    },
  ),
];

/** Connects without blocking; the value of SO_ERROR once it is writable. */
function connect(address: ReturnType<ReturnType<typeof createServer>['getsockname']>): unknown {
  const own = socket(AF_INET, SOCK_STREAM);
  own.setblocking(false);
  own.connectEx(address);
  const poller = poll();
  poller.register(own, POLLOUT);
  assert.equal(poller.poll(1000).length, 1);
  const error = own.getsockopt(SOL_SOCKET, SO_ERROR);
  own.close();
  return error;
}
