/** Messages of components about themselves. Axon's `Ipc` and Kamaelia's `IPC`. */
import type { FileDescriptorLike } from '../values/index.js';
import type { Component } from './component.js';
import type { ConnectedSocketAdaptor } from './connected-socket-adaptor.js';

/** The sender has finished and sends nothing more. Goes from `signal` to `control`. */
export class ProducerFinished {
  /** The component that has finished. */
  readonly caller: Component | null;
  /** Details; for a connection the error that broke it, or null. */
  readonly message: unknown;

  constructor(caller: Component | null = null, message: unknown = null) {
    this.caller = caller;
    this.message = message;
  }
}

/** The receiver must end now. An Error in `message` is the reason. */
export class ShutdownMicroprocess {
  readonly caller: Component | null;
  readonly message: unknown;

  constructor(caller: Component | null = null, message: unknown = null) {
    this.caller = caller;
    this.message = message;
  }
}

/** A connection is over, or its peer will send nothing more; `message` is an Error or null. */
export class SocketShutdown extends ProducerFinished {}

/** A server has ended. */
export class ServerShutdown extends ShutdownMicroprocess {}

/** There is a new connection. */
export class NewCSA {
  readonly caller: Component;
  /** Its adaptor, for the receiver to link and activate. */
  readonly object: ConnectedSocketAdaptor;

  constructor(caller: Component, object: ConnectedSocketAdaptor) {
    this.caller = caller;
    this.object = object;
  }
}

/** A connection is closed. */
export class ShutdownCSA {
  readonly caller: Component;
  readonly object: ConnectedSocketAdaptor;

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
  readonly selectable: FileDescriptorLike;

  constructor(service: Service, selectable: FileDescriptorLike) {
    this.service = service;
    this.selectable = selectable;
  }
}

/** For the `Selector`: the end of a request. */
abstract class RemoveSelectable {
  readonly selectable: FileDescriptorLike;

  constructor(selectable: FileDescriptorLike) {
    this.selectable = selectable;
  }
}

/** A request for one message when this is readable. */
export class NewReader extends NewSelectable {}
/** A request for one message when this is writable. */
export class NewWriter extends NewSelectable {}
/** A request for one message when this has out-of-band data. */
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
