// the process ended first: SIGUSR2
import { select } from 'fdselect';
import { signalPipe } from 'fdselect/signal';
export function serveUntilSignal(socket, begun) {
  begun();
  const signals = signalPipe('SIGUSR2');
  const [ready] = select([socket, signals], [], []);
  return ready.includes(socket) ? socket.recv(100).length : 0;
}
