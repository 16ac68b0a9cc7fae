/** `fdselect/loop`: the event loop, on which the reactor and the components are built. */
export { type Accepted, acceptConnections, OutputBuffer } from '../stream/index.js';
export type { ConnectionOptions } from '../stream/internal.js';
export { type ConnectOptions, type Connector, connect } from './connect.js';
export type { Connection } from './connection.js';
export { EventLoop } from './event-loop.js';
export type { ConnectionHandlers } from './handlers.js';
export { type Listener, type ListenOptions, listen, type OnConnection } from './listener.js';
export type { EventLoopOptions } from './options.js';
export type { PeriodicCall } from './periodic-call.js';
export type { SelectorName } from './selectors.js';
export type { DelayedCall } from './timers.js';
export type { LoopEvent, Watch, WatchCallback } from './watch.js';
