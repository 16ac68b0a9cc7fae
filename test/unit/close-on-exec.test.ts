/** Every file descriptor that this package opens closes on exec, whatever the flags of the call say. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { epoll, Waker } from 'fdselect';
import { F_DUPFD_CLOEXEC, fcntl } from 'fdselect/fcntl';
import { inotifyInit } from 'fdselect/linux';
import * as os from 'fdselect/os';
import { DefaultSelector, EpollSelector } from 'fdselect/selectors';
import { signalPipe } from 'fdselect/signal';
import * as sockets from 'fdselect/socket';
import { expect, test } from 'vitest';
import { runtime, testUnless } from '../support/runtime.ts';
import { closing } from '../support/sandbox.ts';
import { scriptFile } from '../support/script.ts';
import { Child } from '../support/server.ts';
import '../support/waiter.ts';

const { AF_UNIX, SCM_RIGHTS, SOL_SOCKET } = sockets;

/** O_CLOEXEC as proc(5) shows it in fdinfo, in octal. */
const CLOEXEC = 0o2000000;

/** The open fds, each with whether it closes on exec. */
function openFds(): Map<number, boolean> {
  const found = new Map<number, boolean>();
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      const info = readFileSync(`/proc/self/fdinfo/${name}`, 'utf8');
      const flags = Number.parseInt(/^flags:\s+(\d+)/m.exec(info)?.[1] ?? '', 8);
      found.set(Number(name), (flags & CLOEXEC) !== 0);
    } catch {
      // That of readdir itself.
    }
  }
  return found;
}

/** A pair of Unix sockets; one has sent a file descriptor to the other. */
function sent(): sockets.Socket {
  const [a, b] = sockets.socketpair(AF_UNIX).map(closing) as [sockets.Socket, sockets.Socket];
  sockets.sendFds(a, ['x'], [b]);
  return b;
}

/** A listener, and a client that waits to be accepted. */
function waiting(): sockets.Socket {
  const listener = closing(sockets.createServer(['127.0.0.1', 0]));
  closing(sockets.createConnection(listener.getsockname()));
  return listener;
}

function fdsOf(ancdata: [number, number, Buffer][]): number[] {
  const [message] = ancdata;
  if (message?.[0] !== SOL_SOCKET || message[1] !== SCM_RIGHTS) throw new Error('no fd has come');
  return [message[2].readInt32LE(0)];
}

type Made = number | { close(): void };

/** Each call that opens a file descriptor, with the flags that do not ask for close-on-exec. */
const CALLS: Record<string, () => Made[] | Promise<Made[]>> = {
  'os.pipe': os.pipe,
  'os.pipe2': () => os.pipe2(0),
  'os.dup': () => [os.dup(2)],
  'os.open': () => [os.open('/dev/null', os.O_RDONLY)],
  'os.openpty': os.openpty,
  'os.eventfd': () => [os.eventfd(0, 0)],
  'os.timerfdCreate': () => [os.timerfdCreate(os.CLOCK_MONOTONIC, { flags: 0 })],
  'os.memfdCreate': () => [os.memfdCreate('x', 0)],
  'os.pidfdOpen': () => [os.pidfdOpen(process.pid)],
  'fcntl F_DUPFD_CLOEXEC': () => [fcntl(2, F_DUPFD_CLOEXEC, 100)],
  inotifyInit: () => [inotifyInit(0)],
  epoll: () => [epoll()],
  Waker: () => [new Waker()],
  signalPipe: () => [signalPipe('SIGUSR2')],
  DefaultSelector: () => [new DefaultSelector()],
  EpollSelector: () => [new EpollSelector()],
  socket: () => [sockets.socket()],
  socketpair: () => sockets.socketpair(),
  createServer: () => [sockets.createServer(['127.0.0.1', 0])],
  'createServer and createConnection': () => [waiting()],
  'socket.dup': () => [closing(sockets.socket()).dup()],
  'Socket.fromfd': () => [sockets.Socket.fromfd(closing(sockets.socket()).fileno())],
  'socket.accept': () => [waiting().accept()[0]],
  'socket.tryAccept': () => [(waiting().tryAccept() as [sockets.Socket, unknown])[0]],
  'socket.acceptAsync': async () => [(await waiting().acceptAsync())[0]],
  'socket.recvmsg': () => fdsOf(sent().recvmsg(1, 100)[1]),
  'socket.recvmsgInto': () => fdsOf(sent().recvmsgInto([Buffer.alloc(1)], 100)[1]),
  recvFds: () => sockets.recvFds(sent(), 1, 1)[1],
};

test.each(Object.entries(CALLS))('%s', async (_, call) => {
  const before = openFds();
  const made = await call();
  for (const one of made) closing(one);
  const after = [...openFds()].filter(([fd]) => !before.has(fd));
  expect(after.length).toBeGreaterThanOrEqual(made.length);
  // Deno opens files of its own meanwhile.
  if (runtime !== 'Deno') expect(after.filter(([, closes]) => !closes)).toEqual([]);
});

const NO_LIBUV = 'it has no libuv';
for (const driver of ['uv', 'thread']) {
  const testDriver = driver === 'uv' ? testUnless({ Bun: NO_LIBUV, Deno: NO_LIBUV }) : test;
  testDriver(`the fds of a pending wait, with FDSELECT_WAITER=${driver}`, async () => {
    const script = scriptFile(`
    import { existsSync, readdirSync, readFileSync } from 'node:fs';
    const isOpen = (fd) => existsSync('/proc/self/fd/' + fd); // not that of readdir itself
    const before = new Set(readdirSync('/proc/self/fd').filter(isOpen));
    const { selectAsync } = await import('fdselect');
    const { F_DUPFD, fcntl } = await import('fdselect/fcntl');
    fcntl(2, F_DUPFD, 100); // inherited, as of the kernel: it must be found
    const controller = new AbortController();
    const pending = selectAsync([0], [], [], null, controller);
    const found = readdirSync('/proc/self/fd').flatMap((fd) => {
      if (before.has(fd) || !isOpen(fd)) return [];
      const info = readFileSync('/proc/self/fdinfo/' + fd, 'utf8');
      const flags = Number.parseInt(/^flags:\\s+(\\d+)/m.exec(info)[1], 8);
      return [(flags & ${CLOEXEC}) === 0 ? fd : 'closes'];
    });
    console.log(found.includes('closes'), found.filter((fd) => fd !== 'closes').join());
    controller.abort();
    await pending.catch(() => {});
    process.exit(0);`);
    const env = { ...process.env, FDSELECT_WAITER: driver };
    await using child = new Child(spawn(process.execPath, [script], { env, stdio: 'pipe' }));
    const { stdout, stderr } = await child.finished();
    expect({ stdout, stderr }).toEqual({ stdout: 'true 100\n', stderr: '' });
  });
}
