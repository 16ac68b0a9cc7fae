// Solution of lesson 21: first clear, then take all.
import { receiveMessageOnPort } from 'node:worker_threads';

export function receiveAll(waker, port) {
  waker.clear();
  const messages = [];
  for (;;) {
    const received = receiveMessageOnPort(port);
    if (received === undefined) return messages;
    messages.push(received.message);
  }
}
