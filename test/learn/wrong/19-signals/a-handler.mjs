// a call blocks, or a loop does not end
import { select } from 'fdselect';
export function serveUntilSignal(socket, begun) {
  let stopped = false;
  process.once('SIGUSR2', () => (stopped = true));
  begun();
  let bytes = 0;
  while (!stopped) {
    const [ready] = select([socket], [], [], 0.01);
    if (ready.length > 0) bytes += socket.recv(100).length;
  }
  return bytes;
}
