/** What the floors above may use of `waits` beyond its public names. */
export { RepeatedWait } from './async-iterator.js';
export { Epoll, epoll } from './epoll.js';
export {
  lookOrWait,
  openWaiter,
  promised,
  throwIfAborted,
  type Wait,
  type Watcher,
} from './waiter.js';
