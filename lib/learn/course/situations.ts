/** The situations of the readiness table: each makes one file descriptor. */
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { epoll, POLLHUP, POLLIN, POLLPRI, POLLRDHUP, poll, select } from 'fdselect';
import { close, dup, open, pipe, read, setBlocking, write } from 'fdselect/os';
import {
  AF_INET,
  createConnection,
  createServer,
  MSG_OOB,
  SHUT_WR,
  SO_ERROR,
  SO_LINGER,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socket,
  socketpair,
} from 'fdselect/socket';

type Fd = number | { fileno(): number };

/** The open files of a situation; all are closed after the measurement. */
class Opened {
  readonly #closers: (() => void)[] = [];

  fd(fd: number): number {
    this.#closers.push(() => close(fd));
    return fd;
  }

  /** A socket can be closed twice. */
  own<T extends { close(): void }>(thing: T): T {
    this.#closers.push(() => thing.close());
    return thing;
  }

  pipe(): [reader: number, writer: number] {
    return pipe();
  }

  tcp(): [peer: Socket, own: Socket] {
    const listener = createServer(['127.0.0.1', 0]);
    const peer = this.own(createConnection(listener.getsockname()));
    const [own] = listener.accept();
    listener.close();
    return [peer, this.own(own)];
  }

  closeAll(): void {
    for (const closer of this.#closers) closer();
  }
}

/** Waits until the fd has these events: the sent bytes have arrived. */
function until(fd: Fd, events: number): void {
  const poller = poll();
  poller.register(fd, events);
  if (poller.poll(2000).length === 0) throw new Error('what was sent has not arrived after 2 s');
}

function reset(peer: Socket): void {
  // struct linger { on = 1, seconds = 0 }: close sends a reset.
  peer.setsockopt(SOL_SOCKET, SO_LINGER, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]));
  peer.close();
}

function fill(writer: number): void {
  setBlocking(writer, false);
  const [, writable] = select([], [writer], [], 0);
  for (let rest = writable; rest.length > 0; [, rest] = select([], [writer], [], 0)) {
    write(writer, Buffer.alloc(65536));
  }
}

/** A connection to a port that has no listener. */
function refused(opened: Opened): Socket {
  const listener = createServer(['127.0.0.1', 0]);
  const address = listener.getsockname();
  listener.close();
  const own = opened.own(socket(AF_INET, SOCK_STREAM));
  own.setblocking(false);
  own.connectEx(address);
  until(own, 0);
  return own;
}

/** The situations by name, each with the function that makes the fd. */
export const situations: readonly (readonly [name: string, make: (opened: Opened) => Fd])[] = [
  [
    'pipe r: empty, writer open',
    (o) => {
      const [r, w] = o.pipe();
      o.fd(w);
      return o.fd(r);
    },
  ],
  [
    'pipe r: data, writer open',
    (o) => {
      const [r, w] = o.pipe();
      write(o.fd(w), 'x');
      return o.fd(r);
    },
  ],
  [
    'pipe r: data, writer closed',
    (o) => {
      const [r, w] = o.pipe();
      write(w, 'x');
      close(w);
      return o.fd(r);
    },
  ],
  [
    'pipe r: empty, writer closed',
    (o) => {
      const [r, w] = o.pipe();
      write(w, 'x');
      close(w);
      read(r, 1);
      return o.fd(r);
    },
  ],
  [
    'pipe w: room, reader open',
    (o) => {
      const [r, w] = o.pipe();
      o.fd(r);
      return o.fd(w);
    },
  ],
  [
    'pipe w: full, reader open',
    (o) => {
      const [r, w] = o.pipe();
      fill(w);
      o.fd(r);
      return o.fd(w);
    },
  ],
  [
    'pipe w: full, reader closed',
    (o) => {
      const [r, w] = o.pipe();
      fill(w);
      close(r);
      return o.fd(w);
    },
  ],
  [
    'pipe w: room, reader closed',
    (o) => {
      const [r, w] = o.pipe();
      close(r);
      return o.fd(w);
    },
  ],
  ['tcp idle', (o) => o.tcp()[1]],
  [
    'tcp data',
    (o) => {
      const [peer, own] = o.tcp();
      peer.send('x');
      until(own, POLLIN);
      return own;
    },
  ],
  [
    'tcp peer SHUT_WR, without data',
    (o) => {
      const [peer, own] = o.tcp();
      peer.shutdown(SHUT_WR);
      until(own, POLLRDHUP);
      return own;
    },
  ],
  [
    'tcp peer SHUT_WR, with data',
    (o) => {
      const [peer, own] = o.tcp();
      peer.send('x');
      peer.shutdown(SHUT_WR);
      until(own, POLLRDHUP);
      return own;
    },
  ],
  [
    'tcp both shut down',
    (o) => {
      const [peer, own] = o.tcp();
      peer.shutdown(SHUT_WR);
      own.shutdown(SHUT_WR);
      until(own, POLLHUP);
      return own;
    },
  ],
  [
    'tcp own SHUT_WR',
    (o) => {
      const [, own] = o.tcp();
      own.shutdown(SHUT_WR);
      return own;
    },
  ],
  [
    'tcp own SHUT_WR, then peer closed',
    (o) => {
      const [peer, own] = o.tcp();
      own.shutdown(SHUT_WR);
      peer.close();
      until(own, POLLHUP);
      return own;
    },
  ],
  [
    'tcp peer closed',
    (o) => {
      const [peer, own] = o.tcp();
      peer.close();
      until(own, POLLRDHUP);
      return own;
    },
  ],
  [
    'tcp reset by peer',
    (o) => {
      const [peer, own] = o.tcp();
      reset(peer);
      until(own, POLLHUP);
      return own;
    },
  ],
  ['tcp sent after the peer closed (RST)', sentToClosed],
  [
    'tcp the same, after the error was read',
    (o) => {
      const own = sentToClosed(o);
      own.getsockopt(SOL_SOCKET, SO_ERROR);
      return own;
    },
  ],
  ['tcp out-of-band byte', (o) => outOfBand(o)],
  [
    'tcp the byte was read',
    (o) => {
      const own = outOfBand(o);
      own.recv(1, MSG_OOB);
      return own;
    },
  ],
  [
    'tcp the byte was skipped by a read',
    (o) => {
      const own = outOfBand(o, 'before');
      own.recv(6);
      own.setblocking(false);
      own.tryRecvInto(Buffer.alloc(9));
      return own;
    },
  ],
  ['listener: none waits', (o) => o.own(createServer(['127.0.0.1', 0]))],
  [
    'listener: one waits',
    (o) => {
      const listener = o.own(createServer(['127.0.0.1', 0]));
      o.own(createConnection(listener.getsockname()));
      until(listener, POLLIN);
      return listener;
    },
  ],
  [
    'listener: it has gone',
    (o) => {
      const listener = o.own(createServer(['127.0.0.1', 0]));
      createConnection(listener.getsockname()).close();
      until(listener, POLLIN);
      return listener;
    },
  ],
  ['tcp not connected', (o) => o.own(socket(AF_INET, SOCK_STREAM))],
  ['tcp connect refused', refused],
  [
    'tcp refused, after SO_ERROR was read',
    (o) => {
      const own = refused(o);
      own.getsockopt(SOL_SOCKET, SO_ERROR);
      return own;
    },
  ],
  [
    'unix: peer closed',
    (o) => {
      const [peer, own] = socketpair();
      peer.close();
      return o.own(own);
    },
  ],
  [
    'unix: peer SHUT_WR',
    (o) => {
      const [peer, own] = socketpair();
      o.own(peer).shutdown(SHUT_WR);
      return o.own(own);
    },
  ],
  [
    'regular file',
    (o) => {
      const path = join(tmpdir(), `fdselect-ready-${process.pid}`);
      writeFileSync(path, 'hello');
      const fd = o.fd(open(path));
      rmSync(path);
      return fd;
    },
  ],
  ['/dev/null', (o) => o.fd(open('/dev/null'))],
  [
    'closed number',
    (o) => {
      const [r, w] = o.pipe();
      o.fd(r);
      // Two numbers become free; the next opened file, such as the epoll fd, gets the lower one.
      const copies = [dup(r), dup(r)];
      for (const fd of [w, ...copies]) close(fd);
      return Math.max(...copies);
    },
  ],
  ['epoll fd: nothing ready', (o) => o.own(epoll())],
  [
    'epoll fd: something ready',
    (o) => {
      const [r, w] = o.pipe();
      const set = o.own(epoll());
      set.register(o.fd(r), POLLIN);
      write(o.fd(w), 'x');
      return set;
    },
  ],
];

function sentToClosed(opened: Opened): Socket {
  const [peer, own] = opened.tcp();
  peer.close();
  until(own, POLLRDHUP);
  own.send('x');
  until(own, POLLHUP);
  return own;
}

/** @param text - sent before the byte */
function outOfBand(opened: Opened, text = ''): Socket {
  const [peer, own] = opened.tcp();
  peer.send(text);
  peer.send('!', MSG_OOB);
  until(own, POLLPRI);
  return own;
}

/** Makes the situation, measures its fd, and closes everything. */
export function inSituation<T>(make: (opened: Opened) => Fd, look: (fd: Fd) => T): T {
  const opened = new Opened();
  try {
    return look(make(opened));
  } finally {
    opened.closeAll();
  }
}
