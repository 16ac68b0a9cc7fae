/** An echo server on poll() alone: what a client sends goes back to it, byte for byte. */
import { POLLIN, POLLOUT, poll } from 'fdselect';
import { Peer, READ, RECEIVE_SIZE, WRITE } from 'fdselect/stream';
import { farewell, type ServeOptions, saySent, start } from './support/start.js';

export function serve(options: ServeOptions): void {
  const { acceptor, stop, announce, say } = start(options);
  const buffer = Buffer.allocUnsafeSlow(RECEIVE_SIZE);
  /** The kernel speaks of file descriptors. This says whose they are. */
  const peers = new Map<number, Peer>();
  const poller = poll();
  poller.register(stop, POLLIN);
  poller.register(acceptor, POLLIN);
  announce();

  let rest: number | null;
  do {
    // With no fd left the listener is readable all the time: to wait for it would be a busy loop.
    rest = acceptor.restLeft();
    poller.modify(acceptor, rest === null ? POLLIN : 0);
  } while (turn(rest === null ? null : rest * 1000));

  // The farewell, with the same waits: what is unsent, the end of file, and the peer's own end.
  poller.unregister(acceptor);
  acceptor.close();
  for (const peer of [...peers.values()]) {
    peer.leave();
    settle(peer);
  }
  const timeLeft = farewell(stop);
  while (peers.size > 0 && timeLeft() > 0 && turn(timeLeft()));
  for (const peer of peers.values()) peer.close();

  /** Waits once, and attends to all that is ready. Returns false once a signal has come. */
  function turn(timeout: number | null): boolean {
    let hasNewcomers = false;
    for (const [fd, revents] of poller.poll(timeout)) {
      const peer = peers.get(fd);
      if (peer !== undefined) attend(peer, revents);
      else if (fd === stop.fileno()) return false;
      else hasNewcomers = true;
    }
    // Newcomers last: one may get the fd of a peer that has just left, and must not get its events.
    if (hasNewcomers) accept();
    return true;
  }

  function attend(peer: Peer, revents: number): void {
    // POLLERR and POLLHUP come unasked. What they mean, recv() says.
    if ((revents & ~POLLOUT) !== 0) {
      // null: there is nothing (EAGAIN), although the wait has said so; 0: the end of file.
      const size = peer.receive(buffer) ?? 0;
      if (size > 0) {
        say(size, 'bytes from', peer);
        saySent(say, peer, peer.write(buffer, size));
      }
    }
    if ((revents & POLLOUT) !== 0) saySent(say, peer, peer.flush());
    settle(peer);
  }

  function accept(): void {
    for (const [socket, address] of acceptor.accept()) {
      const peer = new Peer(socket, address);
      say('Connected from', peer);
      peers.set(peer.fileno(), peer);
      poller.register(peer, POLLIN);
    }
  }

  /** Changes what is waited for, or ends the connection. */
  function settle(peer: Peer): void {
    // A socket is nearly always writable, and readable for ever at its end: to wait for what is not
    // needed would be a busy loop. And a peer that does not read is not read from (backpressure).
    const { interest } = peer;
    if (peer.isFinished) {
      say('disconnected from', peer);
      poller.unregister(peer);
      peers.delete(peer.fileno());
      peer.close();
    } else if (interest !== peer.watched) {
      peer.watched = interest;
      const input = (interest & READ) !== 0 ? POLLIN : 0;
      poller.modify(peer, input | ((interest & WRITE) !== 0 ? POLLOUT : 0));
    }
  }
}
