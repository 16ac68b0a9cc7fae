/** Prints where a server listens, and makes its signals readable. */
import { OSError } from 'fdselect';
import { close, open, read } from 'fdselect/os';
import { signalPipe } from 'fdselect/signal';
import type { ServeOptions } from './options.js';
import { printLine, printNothing, type Say } from './output.js';

/** The signals of a program as a readable fd: readable when SIGINT or SIGTERM has arrived. */
export interface Stop {
  fileno(): number;
  /** An item for each signal that has arrived since the last call. */
  read(): readonly unknown[];
}

export interface Announced {
  stop: Stop;
  /** Prints a line, unless `--quiet`. */
  say: Say;
}

/**
 * Makes signals readable and prints where the server listens.
 * @param address - the address of the listener
 * @param fdsPerClient - how many fds the first client needs
 * @throws OSError `EMFILE` if no fd is left for a client
 */
export function announce(
  options: ServeOptions,
  address: [host: string, port: number],
  fdsPerClient = 1,
): Announced {
  // First, because a process that reads the address may send a signal at once.
  const stop = stopSignals(options);
  sayWhere(options, address, fdsPerClient);
  return { stop, say: options.quiet ? printNothing : printLine };
}

/** Prints where the server listens. @throws OSError `EMFILE` if no fd is left for a client */
export function sayWhere(
  options: ServeOptions,
  address: [host: string, port: number],
  fdsPerClient = 1,
): void {
  checkFdsAreFree(fdsPerClient);
  if (options.worker !== undefined) {
    options.worker.announce();
    return;
  }
  printLine(`listening on ${hostAndPort(address)}`);
  const [host, port] = address;
  if (!options.hint || options.quiet) return;
  printLine(`Now type in another terminal:  nc ${reachable(host)} ${port}`);
}

/** The signals that end the program; in a worker, those that the main thread passes on. */
export function stopSignals({ worker }: Pick<ServeOptions, 'worker'>): Stop {
  return worker === undefined ? signalPipe('SIGINT', 'SIGTERM') : new StopPipe(worker.stop);
}

/** The pipe to which the main thread writes a byte for each signal. */
class StopPipe implements Stop {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  fileno(): number {
    return this.#fd;
  }

  read(): readonly unknown[] {
    try {
      return [...read(this.#fd, 256)];
    } catch (error) {
      if (error instanceof OSError && error.code === 'EAGAIN') return [];
      throw error;
    }
  }
}

/** Fails at the start if there is no fd for the first client. */
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
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The host for a client on this machine: the wildcard address is not one. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
