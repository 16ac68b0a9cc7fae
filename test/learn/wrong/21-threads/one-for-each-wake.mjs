// the messages given are 'a'
import { receiveMessageOnPort } from 'node:worker_threads';
export function receiveAll(waker, port) {
  waker.clear();
  const one = receiveMessageOnPort(port);
  return one === undefined ? [] : [one.message];
}
