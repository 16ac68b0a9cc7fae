// the waker was not cleared
import { receiveMessageOnPort } from 'node:worker_threads';
export function receiveAll(_waker, port) {
  const messages = [];
  for (let one = receiveMessageOnPort(port); one; one = receiveMessageOnPort(port))
    messages.push(one.message);

  return messages;
}
