/** Starts a piece of the museum in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createConnection, type InternetAddress, type Socket } from 'fdselect/socket';

/** A piece that runs, and what it has printed. */
export interface Piece {
  readonly connect: () => Socket;
  /** What stderr holds: with `traced` a line for each wait. */
  readonly printed: () => string;
  readonly ended: Promise<number | null>;
  readonly child: ChildProcess;
}

/** Runs a piece while `visit` is its client. The piece is killed afterwards. */
export async function withPiece(
  file: URL,
  visit: (piece: Piece) => void | Promise<void>,
  traced = false,
): Promise<void> {
  const env = { ...process.env, ...(traced ? { FDSELECT_TRACE: '1' } : {}) };
  const child = spawn(process.execPath, [fileURLToPath(file)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  let printed = '';
  child.stderr.on('data', (text) => (printed += text));
  const sockets: Socket[] = [];
  try {
    const [first] = await Promise.race([once(child.stdout, 'data'), ended.then(() => [printed])]);
    child.stdout.resume();
    const address = ['127.0.0.1', Number(/(\d+)$/m.exec(String(first))?.[1])] as InternetAddress;
    const connect = () => {
      const socket = createConnection(address, { timeout: 5 });
      sockets.push(socket);
      return socket;
    };
    await visit({ connect, printed: () => printed, ended, child });
  } finally {
    for (const socket of sockets) socket.close();
    child.kill('SIGKILL');
    await ended;
  }
}
