/** What every server does first: it listens, makes signals readable, and says so. */
import { isIPv6 } from 'node:net';
import { type SignalPipe, signalPipe } from 'fdselect/signal';
import { Listener } from './listener.js';
import { printLine, printNothing, type Say } from './output.js';

/** A host and a port. */
export interface Target {
  host: string;
  port: number;
}

/** The options of the command line that every server has. */
export interface ServeOptions {
  host: string;
  /** 0: a free one. */
  port: number;
  /** The call to wait with, where the program leaves it open; undefined: the best one. */
  selector?: 'select' | 'poll' | 'epoll' | undefined;
  /** Where the program connects to; only where it takes a target. */
  target?: Target | undefined;
  /** End each message with a newline; only where the program does not do so anyway. */
  newline: boolean;
  /** Where publishers connect to, 0: a free one; only where the program has publishers. */
  publishPort?: number | undefined;
  /** Print nothing but where the server listens. */
  quiet: boolean;
  /** Print what to type in another terminal. */
  hint: boolean;
}

export interface Announced {
  /** Readable once SIGINT or SIGTERM has come. */
  stop: SignalPipe;
  say: Say;
}

export interface Started extends Announced {
  listener: Listener;
}

/** @throws OSError such as `EADDRINUSE` */
export function start(options: ServeOptions): Started {
  const listener = new Listener(options.host, options.port);
  return { listener, ...announce(options, listener.address) };
}

/**
 * Makes signals readable and says where the server listens.
 * @param address - that the listener is bound to
 */
export function announce(options: ServeOptions, address: [host: string, port: number]): Announced {
  // Before the announcement: whoever has read it may send a signal at once.
  const stop = stopSignals();
  sayWhere(options, address);
  return { stop, say: options.quiet ? printNothing : printLine };
}

/** Says where the server listens. */
export function sayWhere(options: ServeOptions, address: [host: string, port: number]): void {
  const [host, port] = address;
  printLine(`listening on ${hostAndPort(address)}`);
  if (!options.hint || options.quiet) return;
  printLine(`Now type in another terminal:  nc ${reachable(host)} ${port}`);
}

/** What ends a program, as a readable object. */
export function stopSignals(): SignalPipe {
  return signalPipe('SIGINT', 'SIGTERM');
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
