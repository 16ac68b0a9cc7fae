/** The objects of the calls: opened again from time to time; then all leaked fds are closed. */
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { attempt } from './random.mjs';

export const [, , seed, count, progressFile] = process.argv;
export const progress = openSync(progressFile, 'w');

const root = new URL('../../', import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

/**
 * Modules that are left out. Every call of `redirect` waits for another program and takes standard
 * output away. The frameworks run until they are stopped, and reach the addon only through the
 * modules that are called here; their own tests pass bad arguments to them.
 */
const FRAMEWORKS = ['./asyncore', './asynchat', './reactor', './components'];
const NOT_CALLED = ['./package.json', './redirect', ...FRAMEWORKS];

/** Everything else that the package exports, by the path. */
export const modules = {};
for (const name of Object.keys(exports)) {
  if (NOT_CALLED.includes(name)) continue;
  modules[name] = await import(`fdselect${name.slice(1)}`);
}
const { Poll, Epoll, Waker, POLLOUT, selectAsync } = modules['.'];
const { Socket, setdefaulttimeout } = modules['./socket'];
const { pipe, setBlocking } = modules['./os'];
const { SelectSelector, PollSelector, EpollSelector, EVENT_WRITE } = modules['./selectors'];
const { SignalPipe } = modules['./signal'];

// Opens the waiter: its fds are not the fuzzer's.
await selectAsync([], [], [], 0.001);

/** The fds that were open before the first call; all others are the fuzzer's. */
export const ownFds = new Set(openFds());
function openFds() {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) !== `/proc/${process.pid}/fd`;
    } catch {
      return false;
    }
  });
}

export const pool = {};

const FILES = [
  ['rw', -1],
  ['rw', 1],
  ['rwb', -1],
  ['rwb', 3],
  ['rwb', 0],
];

/** Opens a new object of each kind. */
function waiters() {
  return [new Poll(), new Epoll(), new SelectSelector(), new PollSelector(), new EpollSelector()];
}

export function renewPool() {
  const { signals = [], ready = [], idle = [], wakers = [] } = pool;
  for (const resource of [...signals, ...ready, ...idle, ...wakers]) resource.close?.();
  for (const fd of openFds()) if (!ownFds.has(fd)) closeSync(Number(fd));
  // No other file has the number: it is always writable.
  pool.writable = pipe()[1];
  pool.sockets = [
    ...modules['./socket'].socketpair(),
    new Socket(),
    new Socket(modules['./socket'].AF_INET6, modules['./socket'].SOCK_DGRAM),
    new Socket(modules['./socket'].AF_UNIX),
  ];
  pool.files = FILES.map(([mode, buffering]) => pool.sockets[0].makefile(mode, { buffering }));
  pool.pipes = [...pipe(), ...pipe()];
  for (const [mode, buffering] of FILES) {
    const fd = pool.sockets[1].fileno();
    const options = { buffering, timeout: 0, closefd: false };
    pool.files.push(modules['./io'].fdopen(fd, mode, options));
  }
  pool.file = openSync('/dev/null', 'r+');
  // On the ready ones everything may be called, on the idle ones nothing that blocks.
  pool.ready = waiters();
  pool.idle = waiters();
  pool.wakers = [new Waker(), new Waker()];
  pool.signals = [new SignalPipe('SIGUSR2')];
}

/** Call it before each call: undoes what an earlier call has made blocking. */
export function calm() {
  setdefaulttimeout(null);
  for (const socket of pool.sockets) if (socket.fileno() >= 0) attempt(() => socket.settimeout(0));
  for (const fd of pool.pipes) attempt(() => setBlocking(fd, false));
  for (const [i, object] of pool.ready.entries()) {
    if (attempt(() => makeReady(object)) === undefined) {
      object.close?.();
      pool.ready[i] = new object.constructor();
      makeReady(pool.ready[i]);
    }
  }
}

function makeReady(object) {
  const { writable } = pool;
  if (!(object instanceof Poll)) attempt(() => object.unregister(writable));
  object.register(
    writable,
    object instanceof Poll || object instanceof Epoll ? POLLOUT : EVENT_WRITE,
  );
  return true;
}
