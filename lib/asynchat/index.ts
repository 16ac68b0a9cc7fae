/** `fdselect/asynchat`: Python's `asynchat` module, as it was until Python 3.11. */
export { AsyncChat, type Terminator } from './async-chat.js';
export { type Producer, SimpleProducer } from './producer.js';
export { findPrefixAtEnd } from './terminator.js';
