/** An echo server that uses only poll(): it sends back every byte that a client sends. */
import { POLLIN, POLLOUT, poll } from 'fdselect';
import { Peer, READ, RECEIVE_SIZE, WRITE } from 'fdselect/stream';
import { farewell, type ServeOptions, saySent, start } from './support/start.js';

export function serve(options: ServeOptions): void {
  const { acceptor, stop, announce, say } = start(options);
  const buffer = Buffer.allocUnsafeSlow(RECEIVE_SIZE);
  /** poll() returns file descriptors: this finds the peer of each. */
  const peers = new Map<number, Peer>();
  const poller = poll();
  poller.register(stop, POLLIN);
  poller.register(acceptor, POLLIN);
  announce();

  let rest: number | null;
  do {
    // If no fd is left, the listener stays readable: waiting for it would be a busy loop.
    rest = acceptor.restLeft();
    poller.modify(acceptor, rest === null ? POLLIN : 0);
  } while (turn(rest === null ? null : rest * 1000));

  // The farewell, with the same waits: unsent bytes, our end of file, and then the peer's.
  poller.unregister(acceptor);
  acceptor.close();
  for (const peer of [...peers.values()]) {
    peer.leave();
    settle(peer);
  }
  const timeLeft = farewell(stop);
  while (peers.size > 0 && timeLeft() > 0 && turn(timeLeft()));
  for (const peer of peers.values()) peer.close();

  /** Waits once and serves all that is ready. Returns false after a signal. */
  function turn(timeout: number | null): boolean {
    let hasNewcomers = false;
    for (const [fd, revents] of poller.poll(timeout)) {
      const peer = peers.get(fd);
      if (peer !== undefined) attend(peer, revents);
      else if (fd === stop.fileno()) return false;
      else hasNewcomers = true;
    }
    // New connections last: one may get the fd of a peer that has just left, but not its events.
    if (hasNewcomers) accept();
    return true;
  }

  function attend(peer: Peer, revents: number): void {
    // POLLERR and POLLHUP are always reported; recv() returns the error or the end of file.
    if ((revents & ~POLLOUT) !== 0) {
      // null: there is no data (EAGAIN), although poll() reported it; 0: the end of file.
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

  /** Updates the events of a peer, or closes its connection. */
  function settle(peer: Peer): void {
    // A socket is nearly always writable, and always readable after its end of file: waiting for
    // these without need would be a busy loop. And nothing is read from a peer that does not read
    // itself (backpressure).
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
