/** Arguments that must be objects: a wrong one is a TypeError that names the argument and the value. */
import { fdopen, read, writeAll } from 'fdselect/io';
import { connect, EventLoop, listen } from 'fdselect/loop';
import { timerfdCreate } from 'fdselect/os';
import * as s from 'fdselect/socket';
import { acceptConnections } from 'fdselect/stream';
import { expect, test } from 'vitest';
import { closing, openPair, openPipe } from '../support/sandbox.ts';

const LOCAL: s.Address = ['127.0.0.1', 0];
const handlers = () => ({ data: () => {}, lost: () => {} });
const callbacks = { onConnection: handlers, onFailed: () => {} };

/** The argument, and calls that get a bad one. */
const CALLS: [argument: string, call: string, run: (bad: never) => unknown][] = [
  ['options', 'createServer', (bad) => s.createServer(LOCAL, bad)],
  ['options', 'createConnection', (bad) => s.createConnection(LOCAL, bad)],
  ['options', 'makefile', (bad) => openPair()[0].makefile('r', bad)],
  ['options', 'listenFds', (bad) => s.listenFds(bad)],
  ['options', 'fdopen', (bad) => fdopen(openPipe()[0], 'r', bad)],
  ['options', 'read', (bad) => read(openPipe()[0], 1, bad)],
  ['options', 'writeAll', (bad) => writeAll(openPipe()[1], '', bad)],
  ['options', 'timerfdCreate', (bad) => timerfdCreate(1, bad)],
  ['options', 'EventLoop', (bad) => new EventLoop(bad)],
  ['options', 'listen', (bad) => listen(closing(new EventLoop()), LOCAL, handlers, bad)],
  ['options', 'connect', (bad) => connect(closing(new EventLoop()), LOCAL, bad)],
  ['options', 'acceptConnections', (bad) => acceptConnections(openPair()[0], 1, bad)],
  ['loop', 'listen', (bad) => listen(bad, LOCAL, handlers)],
  ['loop', 'connect', (bad) => connect(bad, LOCAL, callbacks)],
  ['listener', 'acceptConnections', (bad) => acceptConnections(bad)],
  ['sock', 'sendFds', (bad) => s.sendFds(bad, ['x'], [])],
  ['sock', 'recvFds', (bad) => s.recvFds(bad, 1, 1)],
  ['fds', 'sendFds', (bad) => s.sendFds(openPair()[0], ['x'], bad)],
  ['buffers', 'sendFds', (bad) => s.sendFds(openPair()[0], bad, [])],
  ['ancdata', 'sendmsg', (bad) => openPair()[0].sendmsg(['x'], bad)],
  ['address', 'formatAddress', (bad) => s.formatAddress(bad)],
];

test.each(CALLS)('%s of %s', (argument, _, run) => {
  for (const bad of [null, 5, Symbol('s'), 1n, true]) {
    expect(() => run(bad as never), String(bad)).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE',
        message: expect.stringMatching(
          new RegExp(`^${argument} must be an? .*, received ${String(bad).replace(/[()]/g, '.')}`),
        ),
      }),
    );
  }
});
