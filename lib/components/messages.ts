/** Messages of components about themselves. Axon's `Ipc` and Kamaelia's `IPC`. */
import type { FileDescriptorLike } from '../values/index.js';
import type { Component } from './component.js';
import type { ConnectedSocketAdaptor } from './connected-socket-adaptor.js';

/**
 * The sender has finished and sends nothing more. Goes from `signal` to `control`.
 *
 * Mirrors Axon's `producerFinished`.
 * @platform POSIX
 */
export class ProducerFinished {
  /** The component that has finished. */
  readonly caller: Component | null;
  /** Details; for a connection the error that broke it, or null. */
  readonly message: unknown;

  /**
   * @param caller - the component that has finished; default: null
   * @param message - details; default: null
   */
  constructor(caller: Component | null = null, message: unknown = null) {
    this.caller = caller;
    this.message = message;
  }
}

/**
 * The receiver must end now. Goes from `signal` to `control`.
 *
 * Mirrors Axon's `shutdownMicroprocess`.
 * @platform POSIX
 */
export class ShutdownMicroprocess {
  /** The component that requests it; may be null. */
  readonly caller: Component | null;
  /** Details. An Error is the reason; for a connection it means a reset. */
  readonly message: unknown;

  /**
   * @param caller - the component that requests it; default: null
   * @param message - details; default: null
   */
  constructor(caller: Component | null = null, message: unknown = null) {
    this.caller = caller;
    this.message = message;
  }
}

/**
 * A connection is over, or its peer will send nothing more; `message` is an Error or null.
 *
 * Mirrors Kamaelia's `socketShutdown`.
 */
export class SocketShutdown extends ProducerFinished {}

/**
 * A server has ended.
 *
 * Mirrors Kamaelia's `serverShutdown`.
 */
export class ServerShutdown extends ShutdownMicroprocess {}

/**
 * There is a new connection.
 *
 * Mirrors Kamaelia's `newCSA`.
 * @platform POSIX
 */
export class NewCSA {
  /** The server that has accepted it. */
  readonly caller: Component;
  /** Its adaptor, for the receiver to link and activate. */
  readonly object: ConnectedSocketAdaptor;

  /**
   * @param caller - the server that has accepted it
   * @param object - its adaptor
   */
  constructor(caller: Component, object: ConnectedSocketAdaptor) {
    this.caller = caller;
    this.object = object;
  }
}

/**
 * A connection is closed.
 *
 * Mirrors Kamaelia's `shutdownCSA`.
 * @platform POSIX
 */
export class ShutdownCSA {
  /** The sender: the adaptor itself. */
  readonly caller: Component;
  /** The adaptor of the connection. */
  readonly object: ConnectedSocketAdaptor;

  /**
   * @param caller - the sender
   * @param object - the adaptor of the connection
   */
  constructor(caller: Component, object: ConnectedSocketAdaptor) {
    this.caller = caller;
    this.object = object;
  }
}

/** A component and one of its inboxes. */
export type Service = readonly [component: Component, inbox: string];

/** For the `Selector`: a request for one event. */
abstract class NewSelectable {
  /** Gets `selectable` when it is ready. */
  readonly service: Service;
  /** The file descriptor, or an object that has one. */
  readonly selectable: FileDescriptorLike;

  /**
   * @param service - the component and its inbox that get `selectable` when it is ready
   * @param selectable - a file descriptor, or an object that has one; checked by the `Selector`
   */
  constructor(service: Service, selectable: FileDescriptorLike) {
    this.service = service;
    this.selectable = selectable;
  }
}

/** For the `Selector`: the end of a request. */
abstract class RemoveSelectable {
  /** The file descriptor, or an object that has one. */
  readonly selectable: FileDescriptorLike;

  /** @param selectable - that of the request */
  constructor(selectable: FileDescriptorLike) {
    this.selectable = selectable;
  }
}

/** For the `Selector`: a request for one message when this is readable. Kamaelia's `newReader`. */
export class NewReader extends NewSelectable {}
/** For the `Selector`: a request for one message when this is writable. Kamaelia's `newWriter`. */
export class NewWriter extends NewSelectable {}
/**
 * For the `Selector`: a request for one message when this has out-of-band data. Kamaelia's
 * `newExceptional`.
 */
export class NewExceptional extends NewSelectable {}
/** Undoes {@link NewReader}; send it before the file descriptor is closed. */
export class RemoveReader extends RemoveSelectable {}
/** Undoes {@link NewWriter}; send it before the file descriptor is closed. */
export class RemoveWriter extends RemoveSelectable {}
/** Undoes {@link NewExceptional}; send it before the file descriptor is closed. */
export class RemoveExceptional extends RemoveSelectable {}

/**
 * Whether a message on `control` means that its receiver must end, now or when everything is done.
 */
export function isShutdown(message: unknown): message is ProducerFinished | ShutdownMicroprocess {
  return message instanceof ProducerFinished || message instanceof ShutdownMicroprocess;
}
