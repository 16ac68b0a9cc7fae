/** The start of a server on plain waits: listens, makes signals readable, prints where it listens. */
import { Acceptor, FAREWELL_SECONDS, type Peer } from 'fdselect/stream';
import { type Stop, sayWhere, stopSignals } from './announce.js';
import { openListener } from './listener.js';
import type { ServeOptions } from './options.js';
import { printLine, printNothing, type Say } from './output.js';

export * from './announce.js';
export type { ServeOptions } from './options.js';

/** Opens the listener and the signal pipe. @throws OSError such as `EADDRINUSE` */
export function start(options: ServeOptions) {
  const { maxClients = Infinity, quiet } = options;
  const socket = openListener(options);
  // A signal would end the process in the middle of an answer. As a readable fd, the program can wait
  // for it like for a client: the "self-pipe trick".
  const stop = stopSignals(options);
  const acceptor = new Acceptor(socket, { maxConnections: maxClients });
  /** Prints where it listens. First, the program must open all fds that it needs itself. */
  const announce = () => sayWhere(options, socket.getsockname() as [string, number]);
  return { acceptor, stop, announce, say: quiet ? printNothing : printLine };
}

/** Prints how many bytes were sent to a peer, and how many are unsent. */
export function saySent(say: Say, peer: Peer, size: number): void {
  if (size === 0) return;
  say(size, 'bytes to', peer);
  if (peer.unsent > 0) say(peer.unsent, 'bytes remain for', peer);
  else say('No data currently remain for', peer);
}

/** Starts the farewell: returns a function for the milliseconds left; 0 if a second signal came. */
export function farewell(stop: Stop): () => number {
  const isUrgent = stop.read().length > 1;
  const end = performance.now() + (isUrgent ? 0 : FAREWELL_SECONDS * 1000);
  return () => Math.max(end - performance.now(), 0);
}
