/** The smallest server on select() that several clients can use at once: write handleRequest(). */
import { select } from 'fdselect';
import { Peer, READ, RECEIVE_SIZE, WRITE } from 'fdselect/stream';
import { farewell, type ServeOptions, start } from './support/start.js';

/** Answers what a client has sent: the letters a to z in upper case, every other byte as it is. */
function handleRequest(message: Uint8Array, peer: Peer): void {
  peer.write(message.map((byte) => (isLowerCase(byte) ? byte - 0x20 : byte)));
}

function isLowerCase(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

export function serve(options: ServeOptions): void {
  const { acceptor, stop, announce } = start(options);
  const buffer = Buffer.allocUnsafeSlow(RECEIVE_SIZE);
  const peers = new Set<Peer>();
  announce();

  let rest: number | null;
  do {
    // With no fd left the listener is readable all the time: to wait for it would be a busy loop.
    rest = acceptor.restLeft();
  } while (turn(rest === null ? [stop, acceptor] : [stop], rest));

  acceptor.close();
  for (const peer of peers) peer.leave(); // sends what waits, and that nothing more will come
  const timeLeft = farewell(stop);
  while (peers.size > 0 && timeLeft() > 0 && turn([stop], timeLeft() / 1000));
  for (const peer of peers) peer.close();

  /** Waits once, and attends to all that is ready. Returns false once a signal has come. */
  function turn(sources: (typeof stop | typeof acceptor)[], timeout: number | null): boolean {
    const all = [...peers];
    // Only what is needed: a socket is nearly always writable, and readable for ever at its end.
    const readers = all.filter(({ interest }) => (interest & READ) !== 0);
    const writers = all.filter(({ interest }) => (interest & WRITE) !== 0);
    const [readable, writable] = select([...sources, ...readers], writers, [], timeout);
    if (readable.includes(stop)) return false;
    for (const source of readable) {
      if (source instanceof Peer) {
        const size = source.receive(buffer) ?? 0;
        if (size > 0) handleRequest(buffer.subarray(0, size), source);
      } else {
        for (const newcomer of acceptor.accept()) peers.add(new Peer(...newcomer));
      }
    }
    for (const peer of writable) peer.flush();
    // Last: as long as it is not closed, its fd number cannot become another one's.
    for (const peer of peers) {
      if (!peer.isFinished) continue;
      peers.delete(peer);
      peer.close();
    }
    return true;
  }
}
