/** An echo server that uses only select(): it sends back every byte that a client sends. */
import { select } from 'fdselect';
import { type Acceptor, Peer, READ, RECEIVE_SIZE, WRITE } from 'fdselect/stream';
import { farewell, type ServeOptions, type Stop, saySent, start } from './support/start.js';

export function serve(options: ServeOptions): void {
  const { acceptor, stop, announce, say } = start(options);
  const buffer = Buffer.allocUnsafeSlow(RECEIVE_SIZE);
  const peers = new Set<Peer>();
  /** The objects to wait for until they are readable. */
  const ins = new Set<Stop | Acceptor | Peer>([stop, acceptor]);
  /** The objects to wait for until they are writable: the peers with unsent bytes. */
  const ous = new Set<Peer>();
  announce();

  let rest: number | null;
  do {
    // If no fd is left, the listener stays readable: waiting for it would be a busy loop.
    rest = acceptor.restLeft();
    setMember(ins, acceptor, rest === null);
  } while (turn(rest));

  // The farewell, with the same waits: unsent bytes, our end of file, and then the peer's.
  ins.delete(acceptor);
  acceptor.close();
  for (const peer of peers) {
    peer.leave();
    settle(peer);
  }
  const timeLeft = farewell(stop);
  while (peers.size > 0 && timeLeft() > 0 && turn(timeLeft() / 1000));
  for (const peer of peers) peer.close();

  /** Waits once and serves all that is ready. Returns false after a signal. */
  function turn(timeout: number | null): boolean {
    const [readable, writable] = select(ins, ous, [], timeout);
    if (readable.includes(stop)) return false;
    for (const source of readable) {
      if (source instanceof Peer) receive(source);
      else accept();
    }
    for (const peer of writable) {
      // The loop above may have closed it.
      if (!ous.has(peer)) continue;
      saySent(say, peer, peer.flush());
      settle(peer);
    }
    return true;
  }

  function receive(peer: Peer): void {
    // null: there is no data (EAGAIN), although select() reported it; 0: the end of file.
    const size = peer.receive(buffer) ?? 0;
    if (size > 0) {
      say(size, 'bytes from', peer);
      saySent(say, peer, peer.write(buffer, size));
    }
    settle(peer);
  }

  function accept(): void {
    for (const [socket, address] of acceptor.accept()) {
      const peer = new Peer(socket, address);
      say('Connected from', peer);
      peers.add(peer);
      ins.add(peer);
    }
  }

  /** Updates the sets for a peer, or closes its connection. */
  function settle(peer: Peer): void {
    // A socket is nearly always writable, and always readable after its end of file: waiting for
    // these without need would be a busy loop. And nothing is read from a peer that does not read
    // itself (backpressure).
    const { interest } = peer;
    setMember(ins, peer, (interest & READ) !== 0);
    setMember(ous, peer, (interest & WRITE) !== 0);
    if (!peer.isFinished) return;
    say('disconnected from', peer);
    peers.delete(peer);
    peer.close();
  }
}

function setMember<T>(set: Set<T>, item: T, isMember: boolean): void {
  if (isMember) set.add(item);
  else set.delete(item);
}
