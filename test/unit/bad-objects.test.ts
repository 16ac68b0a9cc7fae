/** Arguments that must be objects: a wrong one is a TypeError that names the argument and the value. */
import {
  Graphline,
  Scheduler,
  ServerCore,
  SimpleServer,
  TCPClient,
  TCPServer,
} from 'fdselect/components';
import { fdopen, read, writeAll } from 'fdselect/io';
import { connect, EventLoop, listen } from 'fdselect/loop';
import { timerfdCreate } from 'fdselect/os';
import { Reactor } from 'fdselect/reactor';
import { redirectOut } from 'fdselect/redirect';
import * as s from 'fdselect/socket';
import {
  Acceptor,
  acceptConnections,
  LineBuffer,
  OutputBuffer,
  Peer,
  Sender,
} from 'fdselect/stream';
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
  ['options', 'Acceptor', (bad) => new Acceptor(openPair()[0], bad)],
  ['options', 'Reactor', (bad) => new Reactor(bad)],
  ['options', 'Reactor.run', (bad) => new Reactor().run(bad)],
  ['options', 'redirectOut', (bad) => redirectOut(1, '127.0.0.1', bad)],
  ['options', 'Scheduler', (bad) => new Scheduler(bad)],
  ['options', 'Graphline', (bad) => new Graphline(bad)],
  ['options', 'TCPClient', (bad) => new TCPClient('127.0.0.1', 1, bad)],
  ['options', 'TCPServer', (bad) => new TCPServer(bad)],
  ['options', 'ServerCore', (bad) => new ServerCore(bad)],
  ['options', 'SimpleServer', (bad) => new SimpleServer(bad)],
  ['loop', 'listen', (bad) => listen(bad, LOCAL, handlers)],
  ['loop', 'connect', (bad) => connect(bad, LOCAL, callbacks)],
  ['listener', 'acceptConnections', (bad) => acceptConnections(bad)],
  ['socket', 'Acceptor', (bad) => new Acceptor(bad)],
  ['socket', 'Peer', (bad) => new Peer(bad, '')],
  ['socket', 'Sender', (bad) => new Sender(bad)],
  ['bytes', 'LineBuffer.append', (bad) => new LineBuffer().append(bad)],
  ['delimiter', 'LineBuffer.takeLine', (bad) => new LineBuffer().takeLine(bad)],
  ['delimiter', 'LineBuffer.unfinished', (bad) => new LineBuffer().unfinished(bad)],
  ['bytes', 'OutputBuffer.push', (bad) => new OutputBuffer().push(bad)],
  ['reader', 'addReader', (bad) => new Reactor().addReader(bad)],
  ['writer', 'addWriter', (bad) => new Reactor().addWriter(bad)],
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
