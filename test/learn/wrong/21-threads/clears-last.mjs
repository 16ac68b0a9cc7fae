// a message that came immediately before the clear
import { receiveMessageOnPort } from 'node:worker_threads';
export function receiveAll(waker, port) {
  const messages = [];
  for (let one = receiveMessageOnPort(port); one; one = receiveMessageOnPort(port))
    messages.push(one.message);
  waker.clear();
  return messages;
}
