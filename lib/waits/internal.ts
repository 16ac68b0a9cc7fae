/** What other floors may use of `waits` beside its public names. */
export {
  addAbortCallback,
  reasonOf,
  removeAbortCallback,
  signalOf,
  throwIfAborted,
  type WaitOptions,
} from './abort.js';
export { RepeatedWait } from './async-iterator.js';
export { promised } from './at-once.js';
export { orNotYet, whenReady, withPauses } from './attempts.js';
export { closeAndWake, endWaitsFor, replaceAndRearm } from './closing.js';
export { Epoll, epoll } from './epoll.js';
export { lookOrWait, type Watcher } from './wait.js';
export { type Method, WaitSlot } from './wait-slot.js';
export { openWaiter } from './waiter.js';
