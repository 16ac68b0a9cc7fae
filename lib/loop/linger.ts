/** Closing a connection so that the other side gets everything. */
import type { Socket } from '../socket/index.js';
import { borrow, giveBack } from '../stream/internal.js';
import type { EventLoop } from './event-loop.js';
import type { DelayedCall } from './timers.js';
import type { Watch } from './watch.js';

/**
 * Closes a socket, whose end of file was sent, when the peer has ended too, or has had some seconds
 * to do so. What still comes is thrown away: closing a socket with unread input sends a reset, and
 * that takes from the peer what it has not read yet.
 * @param whenClosed - is called once the socket is closed
 */
export function linger(
  loop: EventLoop,
  socket: Socket,
  seconds: number,
  whenClosed: () => void,
): void {
  let watch: Watch | null = null;
  let timer: DelayedCall | null = null;
  const close = () => {
    watch?.cancel();
    timer?.cancel();
    loop.disown(resource);
    socket.close();
    whenClosed();
  };
  const resource = { [Symbol.dispose]: close };
  try {
    loop.own(resource);
    timer = loop.callLater(seconds, close);
    watch = loop.watch(socket, 'r', () => {
      let chunk: Buffer | null = null;
      try {
        chunk = borrow(socket);
        if (chunk !== null) giveBack(chunk);
      } catch {
        close(); // whatever was wrong with it: it is over
        return;
      }
      if (chunk?.length === 0) close();
    });
  } catch {
    close(); // nothing can be awaited any more
  }
}
