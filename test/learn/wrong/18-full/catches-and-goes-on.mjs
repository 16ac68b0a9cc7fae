// a call blocks, or a loop does not end
export const makeAcceptor = (listener) => ({
  acceptAll() {
    const sockets = [];
    for (;;) {
      try {
        const accepted = listener.tryAccept();
        if (accepted === null) return sockets;
        sockets.push(accepted[0]);
      } catch {
        // EMFILE: try again
      }
    }
  },
});
