/** An echo server that uses `selectors`: the same code for select, poll and epoll. */
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

/** The data of a key: tells what is ready. */
type Source = Peer | 'stop' | 'listener';
type Ready = ReturnType<BaseSelector<Source>['select']>;

const classes = { select: SelectSelector, poll: PollSelector, epoll: EpollSelector };

export function serve(options: ServeOptions): void {
  const server = openServer(options);
  server.announce();
  while (!server.isOver()) server.attend(server.selector.select(server.timeout()));
  server.close();
}

/** The server without its waits, which `echo-async` makes in another way. */
export function openServer(options: ServeOptions) {
  const { acceptor, stop, announce, say } = start(options);
  const buffer = Buffer.allocUnsafeSlow(RECEIVE_SIZE);
  const peers = new Set<Peer>();
  const { selector: name } = options;
  const selector = new (name === undefined ? DefaultSelector : classes[name])<Source>();
  selector.register(stop, EVENT_READ, 'stop');
  selector.register(acceptor, EVENT_READ, 'listener');
  let isAccepting = true;
  /** Returns the milliseconds until the end of the farewell; null before it begins. */
  let timeLeft: (() => number) | null = null;
  return { selector, announce, isOver, timeout, attend, close };

  function isOver(): boolean {
    return timeLeft !== null && (peers.size === 0 || timeLeft() === 0);
  }

  /** The longest next wait, in seconds. */
  function timeout(): number | null {
    if (timeLeft !== null) return timeLeft() / 1000;
    // If no fd is left, the listener stays readable: waiting for it would be a busy loop.
    const rest = acceptor.restLeft();
    if (isAccepting !== (rest === null)) {
      isAccepting = rest === null;
      if (isAccepting) selector.register(acceptor, EVENT_READ, 'listener');
      else selector.unregister(acceptor);
    }
    return rest;
  }

  /**
   * Serves all that is ready. A key holds its object, so a reused fd cannot be confused; but a peer may
   * have been closed in this turn.
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
      // null: there is no data (EAGAIN), although the selector reported it; 0: the end of file.
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
    if (timeLeft !== null) return; // a signal has arrived in this turn
    for (const [socket, address] of acceptor.accept()) {
      const peer = new Peer(socket, address);
      say('Connected from', peer);
      peers.add(peer);
      // With epoll, the kernel may have no room for it (ENOSPC): then only this connection is lost.
      peer.attempt(() => selector.register(peer, EVENT_READ, peer));
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
      peer.attempt(() => selector.modify(peer, interest, peer));
    }
    if (!peer.isFinished) return;
    if (peer.loss?.syscall === 'epoll_ctl') printError(peer.loss, 'for', peer);
    say('disconnected from', peer);
    if (selector.getMap()?.has(peer) === true) selector.unregister(peer);
    peers.delete(peer);
    peer.close();
  }

  /** Begins the farewell: unsent bytes, our end of file, and then the peer's. */
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
