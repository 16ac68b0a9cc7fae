/** File descriptors of all kinds for one test, closed again when it is over. */
import { dup2, close as osClose, open as osOpen, pipe, setBlocking, write } from 'fdselect/os';
import {
  type Address,
  createConnection,
  createServer,
  SO_LINGER,
  SOL_SOCKET,
  type Socket,
  socket,
  socketpair,
} from 'fdselect/socket';
import { onTestFinished } from 'vitest';

/** Closes something at the end of the running test; the test may have closed it itself. */
export function closing<T extends { close(): void } | number>(resource: T): T {
  onTestFinished(() => {
    if (typeof resource !== 'number') resource.close();
    else if (open.delete(resource)) osClose(resource);
  });
  if (typeof resource === 'number') open.add(resource);
  return resource;
}

/** Plain fds that are still to be closed. */
const open = new Set<number>();

/** Closes a plain fd before the end of the test. */
export function close(fd: number): void {
  open.delete(fd);
  osClose(fd);
}

export function openPipe(): [r: number, w: number] {
  const [r, w] = pipe();
  return [closing(r), closing(w)];
}

/** Fills a pipe whose buffer is empty, and leaves it non-blocking. */
export function fill(w: number): void {
  setBlocking(w, false);
  write(w, Buffer.alloc(2 ** 21)); // more than fs.pipe-max-size, by default
}

export function openFile(path: string): number {
  return closing(osOpen(path));
}

export function openPair(): [Socket, Socket] {
  const [a, b] = socketpair();
  return [closing(a), closing(b)];
}

/** A duplicate with a number of the test's choice, which must be free. */
export function openAt(fd: number, number: number): number {
  return closing(dup2(fd, number));
}

export function openServer(address: Address = ['127.0.0.1', 0]): Socket {
  return closing(createServer(address));
}

/** A blocking client of a server. */
export function connectedTo(address: Address): Socket {
  return closing(createConnection(address));
}

/** Both ends of a TCP connection over the loopback. */
export function openTcp(): [client: Socket, server: Socket] {
  const listener = createServer(['127.0.0.1', 0]);
  try {
    const client = connectedTo(listener.getsockname());
    return [client, closing(listener.accept()[0])];
  } finally {
    listener.close();
  }
}

/** Closes a connection with RST instead of FIN. */
export function reset(connection: Socket): void {
  connection.setsockopt(SOL_SOCKET, SO_LINGER, Int32Array.of(1, 0));
  connection.close();
}

/**
 * A TCP address that refuses every connect. A socket without a backlog holds the port until the end
 * of the test: neither another test nor the client itself can be given its number.
 */
export function refusingAddress(): [string, number] {
  const holder = closing(socket());
  holder.bind(['127.0.0.1', 0]);
  return holder.getsockname() as [string, number];
}

/** A non-blocking TCP socket whose connect is refused; ready when the refusal has arrived. */
export function openRefused(): Socket {
  const address = refusingAddress();
  const client = closing(socket());
  client.setblocking(false);
  client.connectEx(address);
  return client;
}
