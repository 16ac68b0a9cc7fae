/** `fdselect/loop`: one event loop for every framework. */
export { type Accepted, acceptConnections } from './accept.js';
export { type ConnectOptions, type Connector, connect } from './connect.js';
export type { Connection, ConnectionHandlers } from './connection.js';
export { EventLoop, type EventLoopOptions } from './event-loop.js';
export type { ConnectionOptions } from './limits.js';
export { type Listener, type ListenOptions, listen, type OnConnection } from './listener.js';
export { OutputBuffer } from './output-buffer.js';
export type { PeriodicCall } from './periodic-call.js';
export type { SelectorName } from './selectors.js';
export type { DelayedCall } from './timers.js';
export type { LoopEvent, Watch, WatchCallback } from './watch.js';
