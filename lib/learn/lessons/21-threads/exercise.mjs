// Exercise of lesson 21. The receiving side of a queue between threads. Messages stay behind.
// Mend it: when the waker is readable, receiveAll gives all messages, and a message that
// comes at any moment is given by this call or ends the next wait.
import { receiveMessageOnPort } from 'node:worker_threads';

/** Called when `waker` is readable. `port`: a MessagePort whose other side posts, then wakes. */
export function receiveAll(waker, port) {
  const received = receiveMessageOnPort(port);
  waker.clear();
  return received === undefined ? [] : [received.message];
}
