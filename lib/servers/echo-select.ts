/** An echo server on select() alone: what a client sends goes back to it, byte for byte. */
import { select } from 'fdselect';
import { type Acceptor, Peer, READ, RECEIVE_SIZE, WRITE } from 'fdselect/stream';
import { farewell, type ServeOptions, type Stop, saySent, start } from './support/start.js';

export function serve(options: ServeOptions): void {
  const { acceptor, stop, announce, say } = start(options);
  const buffer = Buffer.allocUnsafeSlow(RECEIVE_SIZE);
  const peers = new Set<Peer>();
  /** What select() is asked about: what may have something to read, ... */
  const ins = new Set<Stop | Acceptor | Peer>([stop, acceptor]);
  /** ... and the peers with unsent bytes. */
  const ous = new Set<Peer>();
  announce();

  let rest: number | null;
  do {
    // With no fd left the listener is readable all the time: to wait for it would be a busy loop.
    rest = acceptor.restLeft();
    setMember(ins, acceptor, rest === null);
  } while (turn(rest));

  // The farewell, with the same waits: what is unsent, the end of file, and the peer's own end.
  ins.delete(acceptor);
  acceptor.close();
  for (const peer of peers) {
    peer.leave();
    settle(peer);
  }
  const timeLeft = farewell(stop);
  while (peers.size > 0 && timeLeft() > 0 && turn(timeLeft() / 1000));
  for (const peer of peers) peer.close();

  /** Waits once, and attends to all that is ready. Returns false once a signal has come. */
  function turn(timeout: number | null): boolean {
    const [readable, writable] = select(ins, ous, [], timeout);
    if (readable.includes(stop)) return false;
    for (const source of readable) {
      if (source instanceof Peer) receive(source);
      else accept();
    }
    for (const peer of writable) {
      // It may be gone: the first half of this very turn may have found its connection lost.
      if (!ous.has(peer)) continue;
      saySent(say, peer, peer.flush());
      settle(peer);
    }
    return true;
  }

  function receive(peer: Peer): void {
    // null: there is nothing (EAGAIN), although the wait has said so; 0: the end of file.
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

  /** Changes what is waited for, or ends the connection. */
  function settle(peer: Peer): void {
    // A socket is nearly always writable, and readable for ever at its end: to wait for what is not
    // needed would be a busy loop. And a peer that does not read is not read from (backpressure).
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
