/** The smallest server on select() for several clients at once: replace handleRequest() by your own. */
import { select } from 'fdselect';
import { Peer, READ, RECEIVE_SIZE, WRITE } from 'fdselect/stream';
import { farewell, type ServeOptions, start } from './support/start.js';

/** Answers a message: the letters a to z in upper case, every other byte unchanged. */
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
    // If no fd is left, the listener stays readable: waiting for it would be a busy loop.
    rest = acceptor.restLeft();
  } while (turn(rest === null ? [stop, acceptor] : [stop], rest));

  acceptor.close();
  for (const peer of peers) peer.leave(); // sends the unsent bytes and the end of file
  const timeLeft = farewell(stop);
  while (peers.size > 0 && timeLeft() > 0 && turn([stop], timeLeft() / 1000));
  for (const peer of peers) peer.close();

  /** Waits once and serves all that is ready. Returns false after a signal. */
  function turn(sources: (typeof stop | typeof acceptor)[], timeout: number | null): boolean {
    const all = [...peers];
    // Not all: a socket is nearly always writable, and always readable after its end of file, so
    // select() would never sleep.
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
    // Peers are closed last: until then, no new connection can get one of these fds.
    for (const peer of peers) {
      if (!peer.isFinished) continue;
      peers.delete(peer);
      peer.close();
    }
    return true;
  }
}
