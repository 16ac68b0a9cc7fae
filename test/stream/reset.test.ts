/** A connection that is reset before its end of file was sent: the reset is its `loss`. */
import { POLLIN, poll } from 'fdselect';
import { createConnection, createServer, SO_LINGER, SOL_SOCKET } from 'fdselect/socket';
import { acceptConnections, Peer } from 'fdselect/stream';
import { expect, test } from 'vitest';

test.each(['end', 'leave'] as const)('%s() after a reset: ECONNRESET, not ENOTCONN', (method) => {
  const listener = createServer(['127.0.0.1', 0]);
  const client = createConnection(listener.getsockname());
  listener.setblocking(false);
  const [[socket, address]] = acceptConnections(listener).connections as [[never, never]];
  const peer = new Peer(socket, address);
  const linger = Buffer.alloc(8);
  linger.writeInt32LE(1, 0); // on, for 0 seconds: close() resets
  client.setsockopt(SOL_SOCKET, SO_LINGER, linger);
  client.close();
  const poller = poll();
  poller.register(peer, POLLIN);
  expect(poller.poll(5000)).toHaveLength(1); // the reset has come
  peer[method]();
  expect(peer.loss?.code).toBe('ECONNRESET');
  peer.close();
  listener.close();
});
