/** The options that the command line passes to the programs. */

/** A host and a port. */
export interface Target {
  host: string;
  port: number;
}

/** The data for a worker of `--workers`, from the main thread. */
interface WorkerPart {
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
  /** 0: a free port. */
  port: number;
  /** The system call of the waits, if the program has a choice; undefined: the best one. */
  selector?: 'select' | 'poll' | 'epoll' | undefined;
  /** The address to which the program connects, if it does. */
  target?: Target | undefined;
  /** Ends each message with a newline, if the program has the option. */
  newline: boolean;
  /** The port for publishers, if the program has any; 0: a free port. */
  publishPort?: number | undefined;
  /** How many clients are served at once; others wait. Default: as many as there are fds. */
  maxClients?: number | undefined;
  /** Prints only where the server listens. */
  quiet: boolean;
  /** Prints what to type in another terminal. */
  hint: boolean;
  /** Only in a worker of `--workers`. */
  worker?: WorkerPart | undefined;
}
