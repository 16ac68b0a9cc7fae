/** The kinds of files that scripts work on: each is a pair of fds, open for one script. */
import { constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OSError, select } from 'fdselect';
import { mkfifo, openpty, pipe } from 'fdselect/os';
import {
  AF_INET,
  AF_UNIX,
  createServer,
  IPPROTO_TCP,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  type Socket,
  socket,
  socketpair,
  TCP_INFO,
  TCP_NODELAY,
} from 'fdselect/socket';

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** How many pairs a script has at most. */
export const MAX_PAIRS = 4;

export type Kind = keyof typeof openers;

export type Item = { fileno(): number };

/** Scripts with one of these wait until the kernel has passed on what was sent. */
export const isNetwork = (kind: Kind): boolean => kind === 'tcp' || kind === 'udp';

/** Named files of this process: a FIFO and a regular file for each pair of a script. */
const folder = mkdtempSync(join(tmpdir(), 'fdselect-differential-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (let i = 0; i < MAX_PAIRS; i++) mkfifo(join(folder, `fifo${i}`));

const listener = createServer(['127.0.0.1', 0]);

const openers = {
  pipe: () => pipe().map(withFd),
  null: () => [1, 2].map(() => withFd(openSync('/dev/null', 'r+'))),
  stream: () => socketpair(AF_UNIX, SOCK_STREAM),
  dgram: () => socketpair(AF_UNIX, SOCK_DGRAM),
  seqpacket: () => socketpair(AF_UNIX, SOCK_SEQPACKET),
  tcp: openTcp,
  udp: openUdp,
  fifo: (i: number) =>
    [O_RDONLY, O_WRONLY].map((access) =>
      withFd(openSync(join(folder, `fifo${i}`), access | O_NONBLOCK)),
    ),
  /** Two openings of one file, each with a position of its own. */
  file: (i: number) => [1, 2].map(() => withFd(openSync(join(folder, `file${i}`), 'w+'))),
  pty: () => openpty().map(withFd),
};

/** @param index - of the pair in its script */
export function openPair(kind: Kind, index: number): Item[] {
  return openers[kind](index);
}

function withFd(fd: number): Item {
  return { fileno: () => fd };
}

function openTcp(): Socket[] {
  const client = socket();
  client.connect(listener.getsockname());
  const pair = [client, listener.accept()[0]];
  // Whether Nagle's algorithm holds a byte back depends on when the other one's ACK comes.
  for (const end of pair) end.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
  return pair;
}

function openUdp(): Socket[] {
  const [a, b] = [1, 2].map(() => socket(AF_INET, SOCK_DGRAM)) as [Socket, Socket];
  for (const end of [a, b]) end.bind(['127.0.0.1', 0]);
  a.connect(b.getsockname());
  b.connect(a.getsockname());
  return [a, b];
}

const [there, back] = openTcp() as [Socket, Socket];
const byte = Buffer.alloc(1);

/**
 * Waits until the loopback device has delivered what was sent before: it passes packets on in their
 * order, and this one goes there and back.
 */
export function settleNetwork(): void {
  there.sendall(byte);
  back.recv(1);
  back.sendall(byte);
  there.recv(1);
}

/** The offset of `tcpi_unacked` in `struct tcp_info`: the segments that the peer has not acknowledged. */
const UNACKED = 24;

/**
 * Waits until the peer of a TCP socket has acknowledged all that was sent, a FIN too. That may take the
 * kernel some milliseconds, and is an event of the socket, which an edge-triggered epoll reports.
 */
export function settleTcp(end: Socket): void {
  const unacknowledged = () =>
    (end.getsockopt(IPPROTO_TCP, TCP_INFO, UNACKED + 4) as Buffer).readInt32LE(UNACKED);
  try {
    while (unacknowledged() > 0) select([], [], [], 0.001);
  } catch (error) {
    // The script has closed it, or made it something else.
    if (!(error instanceof OSError)) throw error;
  }
}

/** Whether an end of a pty has something to read; null if it is closed. */
function isReadable(fd: number, timeout = 0): boolean | null {
  try {
    return select([fd], [], [], timeout)[0].length > 0;
  } catch {
    return null;
  }
}

/** Seconds; the kernel passes on what was written to a pty from a work queue. */
const PTY_PATIENCE = 1;

/**
 * Writes to an end of a pty, and waits until that has arrived: the other end is readable, and what
 * is written to the master is echoed. Does nothing where that would not show.
 * @param ends - their fds; the master's first
 */
export function writeToPty(ends: number[], which: number, write: () => number): number | null {
  const [master, slave] = ends.map((fd) => isReadable(fd));
  if (master === true || slave === true || (which === 0 && slave === null)) return null;
  const written = write();
  for (const fd of which === 0 ? ends : ends.slice(0, 1)) isReadable(fd, PTY_PATIENCE);
  return written;
}
