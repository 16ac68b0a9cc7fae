/** The options of the command line that the programs get. */

/** A host and a port. */
export interface Target {
  host: string;
  port: number;
}

/** What a worker of `--workers` gets from the main thread. */
export interface WorkerPart {
  /** An fd that listens. It stays the main thread's, so that its queue outlives the worker. */
  readonly listener: number;
  /** The reading end of a pipe that has a byte for each signal. */
  readonly stop: number;
  /** How many workers there are. */
  readonly count: number;
  /** Says that the worker listens; returns when the main thread has said where, on stdout. */
  announce(): void;
}

export interface ServeOptions {
  host: string;
  /** 0: a free one. */
  port: number;
  /** The call to wait with, where the program leaves it open; undefined: the best one. */
  selector?: 'select' | 'poll' | 'epoll' | undefined;
  /** Where the program connects to, if it does. */
  target?: Target | undefined;
  /** End each message with a newline, if the program does not do so anyway. */
  newline: boolean;
  /** Where publishers connect to, 0: a free one, if the program has publishers. */
  publishPort?: number | undefined;
  /** How many clients are served at once; more wait. Default: as many as there are fds. */
  maxClients?: number | undefined;
  /** Print nothing but where the server listens. */
  quiet: boolean;
  /** Print what to type in another terminal. */
  hint: boolean;
  /** Only in a worker of `--workers`. */
  worker?: WorkerPart | undefined;
}
