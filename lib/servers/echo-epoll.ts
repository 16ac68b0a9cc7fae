/** An echo server that uses only epoll: it sends back every byte that a client sends. */
import { EPOLLIN, EPOLLOUT, epoll } from 'fdselect';
import { Peer, READ, RECEIVE_SIZE, WRITE } from 'fdselect/stream';
import { printError } from './support/output.js';
import { farewell, type ServeOptions, saySent, start } from './support/start.js';

/**
 * Unlike poll(), epoll keeps the set in the kernel. Each change of the set is a system call, so only
 * real changes are made.
 *
 * The set is level-triggered: if recv() leaves bytes, the next wait reports them again. With EPOLLET,
 * edge-triggered, only new bytes are reported: then a server must receive until EAGAIN, and a client
 * that never pauses keeps all others waiting.
 */
export function serve(options: ServeOptions): void {
  const { acceptor, stop, announce, say } = start(options);
  const buffer = Buffer.allocUnsafeSlow(RECEIVE_SIZE);
  const peers = new Map<number, Peer>();
  const set = epoll();
  set.register(stop, EPOLLIN);
  set.register(acceptor, EPOLLIN);
  announce();

  let rest: number | null = null;
  let isWatched = true;
  do {
    // If no fd is left, the listener stays readable: waiting for it would be a busy loop.
    rest = acceptor.restLeft();
    if (isWatched !== (rest === null)) {
      isWatched = rest === null;
      set.modify(acceptor, isWatched ? EPOLLIN : 0);
    }
  } while (turn(rest));

  // The farewell, with the same waits: unsent bytes, our end of file, and then the peer's.
  set.unregister(acceptor);
  acceptor.close();
  for (const peer of [...peers.values()]) {
    peer.leave();
    settle(peer);
  }
  const timeLeft = farewell(stop);
  while (peers.size > 0 && timeLeft() > 0 && turn(timeLeft() / 1000));
  for (const peer of peers.values()) peer.close();
  set.close();

  /** Waits once and serves all that is ready. Returns false after a signal. */
  function turn(timeout: number | null): boolean {
    let hasNewcomers = false;
    for (const [fd, events] of set.poll(timeout)) {
      const peer = peers.get(fd);
      if (peer !== undefined) attend(peer, events);
      else if (fd === stop.fileno()) return false;
      else hasNewcomers = true;
    }
    // New connections last: one may get the fd of a peer that has just left, but not its events.
    if (hasNewcomers) accept();
    return true;
  }

  function attend(peer: Peer, events: number): void {
    // EPOLLERR and EPOLLHUP are always reported; recv() returns the error or the end of file.
    if ((events & ~EPOLLOUT) !== 0) {
      // null: there is no data (EAGAIN), although epoll reported it; 0: the end of file.
      const size = peer.receive(buffer) ?? 0;
      if (size > 0) {
        say(size, 'bytes from', peer);
        saySent(say, peer, peer.write(buffer, size));
      }
    }
    if ((events & EPOLLOUT) !== 0) saySent(say, peer, peer.flush());
    settle(peer);
  }

  function accept(): void {
    for (const [socket, address] of acceptor.accept()) {
      const peer = new Peer(socket, address);
      say('Connected from', peer);
      peers.set(peer.fileno(), peer);
      // The kernel may have no room for it (ENOSPC, ENOMEM): then only this connection is lost.
      peer.attempt(() => set.register(peer, EPOLLIN));
      settle(peer);
    }
  }

  /** Updates the events of a peer, or closes its connection. */
  function settle(peer: Peer): void {
    // A socket is nearly always writable, and always readable after its end of file: waiting for
    // these without need would be a busy loop. And nothing is read from a peer that does not read
    // itself (backpressure).
    const { interest } = peer;
    if (!peer.isFinished && interest !== peer.watched) {
      peer.watched = interest;
      const input = (interest & READ) !== 0 ? EPOLLIN : 0;
      peer.attempt(() => set.modify(peer, input | ((interest & WRITE) !== 0 ? EPOLLOUT : 0)));
    }
    if (!peer.isFinished) return;
    if (peer.loss?.syscall === 'epoll_ctl') printError(peer.loss, 'for', peer);
    say('disconnected from', peer);
    peer.attempt(() => set.unregister(peer));
    peers.delete(peer.fileno());
    peer.close();
  }
}
