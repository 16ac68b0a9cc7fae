/** The clients of the exercise, in a thread of their own. Says what has gone wrong, or null. */
import { parentPort, workerData } from 'node:worker_threads';
import { close, write } from 'fdselect/os';
import { createConnection, SO_LINGER, SOL_SOCKET, type Socket } from 'fdselect/socket';

const { address, stop, how } = workerData as {
  address: [string, number];
  stop: number;
  how: 'stays' | 'leaves' | 'resets' | 'is reset with data unsent';
};
const connect = () => createConnection(address, { timeout: 2 });

function echoes(socket: Socket, text: string): string | null {
  socket.settimeout(2);
  try {
    socket.send(text);
    const answer = String(socket.recv(99));
    return answer === text ? null : `a client sent '${text}' and got '${answer}'`;
  } catch (error) {
    return `a client sent '${text}' and got ${(error as { code: string }).code}`;
  }
}

function visit(): string | null {
  const [leaving, staying] = [connect(), connect()];
  const first = echoes(leaving, 'hello') ?? echoes(staying, 'there');
  if (first !== null) return first;
  if (how === 'is reset with data unsent') leaving.send(Buffer.alloc(100_000));
  if (how === 'resets' || how === 'is reset with data unsent') {
    leaving.setsockopt(SOL_SOCKET, SO_LINGER, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]));
  }
  if (how !== 'stays') leaving.close();
  for (let i = 0; i < 5; i++) {
    const problem = echoes(staying, `message ${i}`);
    if (problem !== null) return `after the other one had gone ${problem}`;
  }
  return null;
}

const problem = visit();
write(stop, 'x');
close(stop);
parentPort?.postMessage(problem);
