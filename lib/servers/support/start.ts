/** What every server does first: it listens, makes signals readable, and says so. */
import { isIPv6 } from 'node:net';
import { type SignalPipe, signalPipe } from 'fdselect/signal';
import { Listener } from './listener.js';
import { printLine, printNothing, type Say } from './output.js';

/** The options of the command line that every server has. */
export interface ServeOptions {
  host: string;
  /** 0: a free one. */
  port: number;
  /** The call to wait with, where the program leaves it open; undefined: the best one. */
  selector?: 'select' | 'poll' | 'epoll' | undefined;
  /** Print nothing but where the server listens. */
  quiet: boolean;
  /** Print what to type in another terminal. */
  hint: boolean;
}

export interface Started {
  listener: Listener;
  /** Readable once SIGINT or SIGTERM has come. */
  stop: SignalPipe;
  say: Say;
}

/** @throws OSError such as `EADDRINUSE` */
export function start(options: ServeOptions): Started {
  const listener = new Listener(options.host, options.port);
  // Before the announcement: whoever has read it may send a signal at once.
  const stop = signalPipe('SIGINT', 'SIGTERM');
  const [host, port] = listener.address;
  printLine(`listening on ${isIPv6(host) ? `[${host}]` : host}:${port}`);
  const say = options.quiet ? printNothing : printLine;
  if (options.hint) say(`Now type in another terminal:  nc ${reachable(host)} ${port}`);
  return { listener, stop, say };
}

/** Where to connect to: a server on every interface is on this machine, too. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
