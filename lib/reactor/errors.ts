/** The errors of the reactor, with Twisted's names and texts; each has a `code`. */
import type { OSError } from '../values/index.js';

/**
 * The base class of reasons for the end of a connection.
 *
 * Mirrors `twisted.internet.error.ConnectionClosed`; as all errors here:
 * https://docs.twisted.org/en/stable/api/twisted.internet.error.html
 * @platform POSIX
 */
export class ConnectionClosed extends Error {
  protected static readonly MESSAGE: string = 'Connection was closed';
  protected static readonly CODE: string = 'ERR_CONNECTION_CLOSED';
  /** Such as 'ERR_CONNECTION_DONE'; of each class its own. */
  readonly code: string;

  /**
   * @param detail - appended to the message
   * @param options - `cause`: the system's error
   */
  constructor(detail = '', options?: ErrorOptions) {
    const { MESSAGE, CODE } = new.target;
    super(detail === '' ? `${MESSAGE}.` : `${MESSAGE}: ${detail}.`, options);
    this.code = CODE;
  }
}

/** The peer has ended the connection, or this side by `loseConnection`. */
export class ConnectionDone extends ConnectionClosed {
  protected static override readonly MESSAGE = 'Connection was closed cleanly';
  protected static override readonly CODE = 'ERR_CONNECTION_DONE';
}

/**
 * The connection was lost, or the reactor has stopped. `cause` is the system's error, such as an
 * OSError `ECONNRESET`, if there is one.
 */
export class ConnectionLost extends ConnectionClosed {
  protected static override readonly MESSAGE: string =
    'Connection to the other side was lost in a non-clean fashion';
  protected static override readonly CODE: string = 'ERR_CONNECTION_LOST';
}

/** `abortConnection` was called. As in Twisted, a subclass of {@link ConnectionLost}. */
export class ConnectionAborted extends ConnectionLost {
  protected static override readonly MESSAGE =
    'Connection was aborted locally using ITCPTransport.abortConnection';
  protected static override readonly CODE = 'ERR_CONNECTION_ABORTED';
}

/** `cancel`, `reset` or `delay` of a call that was already made. */
export class AlreadyCalled extends Error {
  /** 'ERR_ALREADY_CALLED'. */
  readonly code = 'ERR_ALREADY_CALLED';

  constructor() {
    super('Tried to cancel an already-called event.');
  }
}

/** `cancel`, `reset` or `delay` of a call that was already cancelled. */
export class AlreadyCancelled extends Error {
  /** 'ERR_ALREADY_CANCELLED'. */
  readonly code = 'ERR_ALREADY_CANCELLED';

  constructor() {
    super('Tried to cancel an already-cancelled event.');
  }
}

/** `stop` of a reactor that does not run, or is already stopping. */
export class ReactorNotRunning extends Error {
  /** 'ERR_REACTOR_NOT_RUNNING'. */
  readonly code = 'ERR_REACTOR_NOT_RUNNING';

  constructor() {
    super("Can't stop reactor that isn't running.");
  }
}

/** `run` or `runAsync` of a reactor that runs. */
export class ReactorAlreadyRunning extends Error {
  /** 'ERR_REACTOR_ALREADY_RUNNING'. */
  readonly code = 'ERR_REACTOR_ALREADY_RUNNING';

  constructor() {
    super('The reactor is running already.');
  }
}

/** `stopConnecting` of a connector that does not connect. */
export class NotConnectingError extends Error {
  /** 'ERR_NOT_CONNECTING'. */
  readonly code = 'ERR_NOT_CONNECTING';

  constructor() {
    super('The Connector was not connecting when it was asked to stop connecting.');
  }
}

/** `listenTCP` has failed; `code`, `errno` and `syscall` are those of the system's error. */
export class CannotListenError extends Error {
  /** The system's code, such as 'EADDRINUSE'. */
  readonly code: string;
  /** The system's error number, negative as in Node. */
  readonly errno: number;
  /** The system call that has failed, such as 'bind'. */
  readonly syscall: string;
  /** The address of the interface, as it was passed. */
  readonly interface: string;
  /** The port, as it was passed. */
  readonly port: number;
  /** The system's error. */
  readonly socketError: OSError;

  /**
   * @param host - the address of the interface
   * @param port - the port
   * @param socketError - the system's error; also the `cause`
   */
  constructor(host: string, port: number, socketError: OSError) {
    const cause = { cause: socketError };
    super(`Couldn't listen on ${host || 'any'}:${port}: ${socketError.message}.`, cause);
    this.code = socketError.code;
    this.errno = socketError.errno;
    this.syscall = socketError.syscall;
    this.interface = host;
    this.port = port;
    this.socketError = socketError;
  }
}

for (const Class of [
  ConnectionClosed,
  ConnectionDone,
  ConnectionLost,
  ConnectionAborted,
  AlreadyCalled,
  AlreadyCancelled,
  ReactorNotRunning,
  ReactorAlreadyRunning,
  NotConnectingError,
  CannotListenError,
]) {
  Class.prototype.name = Class.name;
}
