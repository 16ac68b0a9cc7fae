// a client is still in the queue
export const makeAcceptor = (listener) => ({
  acceptAll() {
    const sockets = [];
    try {
      for (let one = listener.tryAccept(); one; one = listener.tryAccept()) sockets.push(one[0]);
    } catch {
      // EMFILE: later
    }
    return sockets;
  },
});
