// a client is still in the queue
import { close, open } from 'fdselect/os';
export function makeAcceptor(listener) {
  const reserve = open('/dev/null');
  return {
    acceptAll() {
      const sockets = [];
      try {
        for (let one = listener.tryAccept(); one; one = listener.tryAccept()) sockets.push(one[0]);
      } catch {
        close(reserve);
        listener.tryAccept()?.[0].close();
      }
      return sockets;
    },
  };
}
