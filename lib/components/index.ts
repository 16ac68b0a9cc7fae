/** `fdselect/components`: Axon's and Kamaelia's components on the event loop. */
export { Backplane, PublishTo, SubscribeTo } from './backplane.js';
export {
  type BoxAddress,
  type BoxNames,
  Component,
  type Linkage,
  type Main,
  type Passthrough,
} from './component.js';
export { ConnectedSocketAdaptor } from './connected-socket-adaptor.js';
export { BoxAlreadyLinkedToDestination, NoSpaceInBox } from './errors.js';
export { Graphline, type GraphlineEnd, type GraphlineOptions } from './graphline.js';
export {
  NewCSA,
  NewExceptional,
  NewReader,
  NewWriter,
  ProducerFinished,
  RemoveExceptional,
  RemoveReader,
  RemoveWriter,
  ServerShutdown,
  type Service,
  ShutdownCSA,
  ShutdownMicroprocess,
  SocketShutdown,
} from './messages.js';
export { Pipeline } from './pipeline.js';
export { defaultScheduler, Scheduler, type SchedulerOptions } from './scheduler.js';
export { Selector } from './selector-service.js';
export {
  type ConnectionInfo,
  type ProtocolFactory,
  ServerCore,
  type ServerCoreOptions,
  SimpleServer,
  type SimpleServerOptions,
} from './server-core.js';
export { every, sleep } from './sleep.js';
export { Stringify } from './stringify.js';
export { TCPClient, type TCPClientOptions } from './tcp-client.js';
export { TCPServer, type TCPServerOptions } from './tcp-server.js';
