/** An echo server on epoll alone: what a client sends goes back to it, byte for byte. */
import { EPOLLIN, EPOLLOUT, epoll } from 'fdselect';
import { Peer, READ, RECEIVE_SIZE, WRITE } from 'fdselect/stream';
import { printError } from './support/output.js';
import { farewell, type ServeOptions, saySent, start } from './support/start.js';

/**
 * Unlike poll(), epoll keeps the set in the kernel: a change of it is a system call, and only what is
 * different from before is said.
 *
 * It is level-triggered here: bytes that one recv() has left are reported again by the next wait.
 * With EPOLLET, edge-triggered, only new ones are, so that a server must receive until EAGAIN, and a
 * client that never pauses keeps all others waiting.
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
    // With no fd left the listener is readable all the time: to wait for it would be a busy loop.
    rest = acceptor.restLeft();
    if (isWatched !== (rest === null)) {
      isWatched = rest === null;
      set.modify(acceptor, isWatched ? EPOLLIN : 0);
    }
  } while (turn(rest));

  // The farewell, with the same waits: what is unsent, the end of file, and the peer's own end.
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

  /** Waits once, and attends to all that is ready. Returns false once a signal has come. */
  function turn(timeout: number | null): boolean {
    let hasNewcomers = false;
    for (const [fd, events] of set.poll(timeout)) {
      const peer = peers.get(fd);
      if (peer !== undefined) attend(peer, events);
      else if (fd === stop.fileno()) return false;
      else hasNewcomers = true;
    }
    // Newcomers last: one may get the fd of a peer that has just left, and must not get its events.
    if (hasNewcomers) accept();
    return true;
  }

  function attend(peer: Peer, events: number): void {
    // EPOLLERR and EPOLLHUP come unasked. What they mean, recv() says.
    if ((events & ~EPOLLOUT) !== 0) {
      // null: there is nothing (EAGAIN), although the wait has said so; 0: the end of file.
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
      // The kernel may have no room for it (ENOSPC, ENOMEM): that is the loss of this peer only.
      peer.attempt(() => set.register(peer, EPOLLIN));
      settle(peer);
    }
  }

  function settle(peer: Peer): void {
    // A socket is nearly always writable, and readable for ever at its end: to wait for what is not
    // needed would be a busy loop. And a peer that does not read is not read from (backpressure).
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
