/** `fdselect/reactor`: Twisted's vocabulary on the event loop of `fdselect/loop`. */
import { Reactor } from './reactor.js';

export { TCPAddress } from './address.js';
export type { TCPConnector as Connector } from './connector.js';
export type { ReactorCall as DelayedCall } from './delayed-call.js';
export type { ReadDescriptor, WriteDescriptor } from './descriptors.js';
export * from './errors.js';
export { ClientFactory, Factory } from './factory.js';
export { type ErrorClass, Failure } from './failure.js';
export { LineOnlyReceiver } from './line-only-receiver.js';
export { LineReceiver } from './line-receiver.js';
export type { Port } from './port.js';
export { type HalfCloseableProtocol, Protocol, type ProtocolClass } from './protocol.js';
export { Reactor, type ReactorOptions, type RunOptions } from './reactor.js';
export type { Transport, TransportProducer as Producer } from './transport.js';
export type { Phase, SystemEvent, SystemEventTrigger } from './triggers.js';

/** The default reactor, as `twisted.internet.reactor`: opens no file descriptor before it is used. */
export const reactor: Reactor = new Reactor();
