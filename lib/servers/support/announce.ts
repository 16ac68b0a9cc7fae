/** What a server says when it is ready: where it listens, and what to type. */
import { isIPv6 } from 'node:net';
import { close, open } from 'fdselect/os';
import { type SignalPipe, signalPipe } from 'fdselect/signal';
import type { ServeOptions } from './options.js';
import { printLine, printNothing, type Say } from './output.js';

export interface Announced {
  /** Readable once SIGINT or SIGTERM has come. */
  stop: SignalPipe;
  /** Prints a line, unless `--quiet`. */
  say: Say;
}

/**
 * Makes signals readable and says where the server listens.
 * @param address - that the listener is bound to
 * @param fdsPerClient - how many fds the first client needs
 * @throws OSError `EMFILE` where no fd is left for a client
 */
export function announce(
  options: ServeOptions,
  address: [host: string, port: number],
  fdsPerClient = 1,
): Announced {
  // First: a program that has read where the server listens may send a signal at once.
  const stop = stopSignals();
  sayWhere(options, address, fdsPerClient);
  return { stop, say: options.quiet ? printNothing : printLine };
}

/** @throws OSError `EMFILE` where no fd is left for a client */
export function sayWhere(
  options: ServeOptions,
  address: [host: string, port: number],
  fdsPerClient = 1,
): void {
  checkFdsAreFree(fdsPerClient);
  printLine(`listening on ${hostAndPort(address)}`);
  const [host, port] = address;
  if (!options.hint || options.quiet) return;
  printLine(`Now type in another terminal:  nc ${reachable(host)} ${port}`);
}

/** What ends a program, as a readable fd. */
export function stopSignals(): SignalPipe {
  return signalPipe('SIGINT', 'SIGTERM');
}

/** A server that has no fd for its first client says so at once, instead of listening in vain. */
function checkFdsAreFree(count: number): void {
  const fds: number[] = [];
  try {
    while (fds.length < count) fds.push(open('/dev/null'));
  } finally {
    for (const fd of fds) close(fd);
  }
}

/** `127.0.0.1:8881`, `[::1]:8881`. */
export function hostAndPort([host, port]: [host: string, port: number]): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** Where to connect to: a server on every interface is on this machine, too. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
