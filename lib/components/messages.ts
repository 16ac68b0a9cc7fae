/** What components tell each other of themselves. Axon's `Ipc` and Kamaelia's `IPC`. */
import type { FileDescriptorLike } from '../values/index.js';
import type { Component } from './component.js';
import type { ConnectedSocketAdaptor } from './connected-socket-adaptor.js';

/** The sender has finished: what it had to say was said. Comes out of `signal`, into `control`. */
export class ProducerFinished {
  /** The component that has finished. */
  readonly caller: Component | null;
  /** What there is to say about it; of a connection, the error that it was lost by, or null. */
  readonly message: unknown;

  constructor(caller: Component | null = null, message: unknown = null) {
    this.caller = caller;
    this.message = message;
  }
}

/** The receiver is to end now. An Error in `message` says that it ends because of that. */
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

/** A server is over. */
export class ServerShutdown extends ShutdownMicroprocess {}

/** There is a new connection. */
export class NewCSA {
  readonly caller: Component;
  /** Its adaptor, which is to be linked and activated. */
  readonly object: ConnectedSocketAdaptor;

  constructor(caller: Component, object: ConnectedSocketAdaptor) {
    this.caller = caller;
    this.object = object;
  }
}

/** A connection is gone. */
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
  /** Where `selectable` is sent when it is ready. */
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

/** Tell me once when this is readable. */
export class NewReader extends NewSelectable {}
/** Tell me once when this is writable. */
export class NewWriter extends NewSelectable {}
/** Tell me once when this has out-of-band data. */
export class NewExceptional extends NewSelectable {}
/** Undoes {@link NewReader}; to be sent before the file descriptor is closed. */
export class RemoveReader extends RemoveSelectable {}
/** Undoes {@link NewWriter}; to be sent before the file descriptor is closed. */
export class RemoveWriter extends RemoveSelectable {}
/** Undoes {@link NewExceptional}; to be sent before the file descriptor is closed. */
export class RemoveExceptional extends RemoveSelectable {}

/** Whether a message on `control` says that its receiver is to end, now or when all is done. */
export function isShutdown(message: unknown): message is ProducerFinished | ShutdownMicroprocess {
  return message instanceof ProducerFinished || message instanceof ShutdownMicroprocess;
}
