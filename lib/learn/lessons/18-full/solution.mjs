// Solution of lesson 18: one number in reserve.
import { close, open } from 'fdselect/os';

export function makeAcceptor(listener) {
  let reserve = open('/dev/null');
  const sendAway = () => {
    close(reserve);
    const accepted = listener.tryAccept();
    accepted?.[0].close();
    reserve = open('/dev/null');
    return accepted !== null;
  };
  return {
    acceptAll() {
      const sockets = [];
      for (;;) {
        try {
          const accepted = listener.tryAccept();
          if (accepted === null) return sockets;
          sockets.push(accepted[0]);
        } catch (error) {
          if (error.code !== 'EMFILE') throw error;
          if (!sendAway()) return sockets;
        }
      }
    },
  };
}
