/** An echo server on `selectors`: the same on select, poll and epoll. */
import {
  type BaseSelector,
  DefaultSelector,
  EpollSelector,
  EVENT_READ,
  EVENT_WRITE,
  PollSelector,
  SelectSelector,
} from 'fdselect/selectors';
import { Peer, RECEIVE_SIZE } from 'fdselect/stream';
import { printError } from './support/output.js';
import { farewell, type ServeOptions, saySent, start } from './support/start.js';

/** What is attached to a key: what is ready. */
type Source = Peer | 'stop' | 'listener';
type Ready = ReturnType<BaseSelector<Source>['select']>;

const classes = { select: SelectSelector, poll: PollSelector, epoll: EpollSelector };

export function serve(options: ServeOptions): void {
  const server = openServer(options);
  server.announce();
  while (!server.isOver()) server.attend(server.selector.select(server.timeout()));
  server.close();
}

/** All of the server but the waits, which `echo-async` makes in another way. */
export function openServer(options: ServeOptions) {
  const { acceptor, stop, announce, say } = start(options);
  const buffer = Buffer.allocUnsafeSlow(RECEIVE_SIZE);
  const peers = new Set<Peer>();
  const { selector: name } = options;
  const selector = new (name === undefined ? DefaultSelector : classes[name])<Source>();
  selector.register(stop, EVENT_READ, 'stop');
  selector.register(acceptor, EVENT_READ, 'listener');
  let isAccepting = true;
  /** What is left of the farewell, in milliseconds; null before it begins. */
  let timeLeft: (() => number) | null = null;
  return { selector, announce, isOver, timeout, attend, close };

  function isOver(): boolean {
    return timeLeft !== null && (peers.size === 0 || timeLeft() === 0);
  }

  /** How long the next wait may last, in seconds. */
  function timeout(): number | null {
    if (timeLeft !== null) return timeLeft() / 1000;
    // With no fd left the listener is readable all the time: to wait for it would be a busy loop.
    const rest = acceptor.restLeft();
    if (isAccepting !== (rest === null)) {
      isAccepting = rest === null;
      if (isAccepting) selector.register(acceptor, EVENT_READ, 'listener');
      else selector.unregister(acceptor);
    }
    return rest;
  }

  /**
   * Attends to all that is ready. A key says what it is about, so no fd is taken for another one; but
   * a peer may have been closed in this very turn.
   */
  function attend(ready: Ready): void {
    for (const [{ data }, events] of ready) {
      if (data === 'stop') leave();
      else if (data === 'listener') accept();
      else if (peers.has(data)) echo(data, events);
    }
  }

  function echo(peer: Peer, events: number): void {
    if ((events & EVENT_READ) !== 0) {
      // null: there is nothing (EAGAIN), although the wait has said so; 0: the end of file.
      const size = peer.receive(buffer) ?? 0;
      if (size > 0) {
        say(size, 'bytes from', peer);
        saySent(say, peer, peer.write(buffer, size));
      }
    }
    if ((events & EVENT_WRITE) !== 0) saySent(say, peer, peer.flush());
    settle(peer);
  }

  function accept(): void {
    if (timeLeft !== null) return; // the signal has come in this very turn
    for (const [socket, address] of acceptor.accept()) {
      const peer = new Peer(socket, address);
      say('Connected from', peer);
      peers.add(peer);
      // On epoll the kernel may have no room for it (ENOSPC): that is the loss of this peer only.
      peer.attempt(() => selector.register(peer, EVENT_READ, peer));
      settle(peer);
    }
  }

  /** Changes what is waited for, or ends the connection. */
  function settle(peer: Peer): void {
    // A socket is nearly always writable, and readable for ever at its end: to wait for what is not
    // needed would be a busy loop. And a peer that does not read is not read from (backpressure).
    const { interest } = peer;
    if (!peer.isFinished && interest !== peer.watched) {
      peer.watched = interest;
      peer.attempt(() => selector.modify(peer, interest, peer));
    }
    if (!peer.isFinished) return;
    if (peer.loss?.syscall === 'epoll_ctl') printError(peer.loss, 'for', peer);
    say('disconnected from', peer);
    if (selector.getMap()?.has(peer) === true) selector.unregister(peer);
    peers.delete(peer);
    peer.close();
  }

  /** Begins the farewell: what is unsent, the end of file, and the peer's own end. */
  function leave(): void {
    if (timeLeft !== null) {
      timeLeft = () => 0; // another signal
      return;
    }
    timeLeft = farewell(stop);
    if (isAccepting) selector.unregister(acceptor);
    acceptor.close();
    for (const peer of peers) {
      peer.leave();
      settle(peer);
    }
  }

  function close(): void {
    selector.close();
    for (const peer of peers) peer.close();
  }
}
