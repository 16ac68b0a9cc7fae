// Exercise of lesson 18. Accepts the clients that wait. With no fd left it throws, and the clients wait.
// Mend it with a reserve: a client for which no fd is left is accepted and closed at once, so that it
// sees the end of its connection. acceptAll then gives the clients that can be served, and never throws.

/** `listener`: non-blocking. Called once, while there are fds. */
export function makeAcceptor(listener) {
  return {
    /** Called when the listener is readable: the sockets of the new clients. */
    acceptAll() {
      const sockets = [];
      for (;;) {
        const accepted = listener.tryAccept();
        if (accepted === null) return sockets;
        sockets.push(accepted[0]);
      }
    },
  };
}
