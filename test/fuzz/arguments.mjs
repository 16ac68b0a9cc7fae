/** Valid and invalid arguments; none with which a call would wait for ever. */
import { garbage } from './garbage.mjs';
import { modules, ownFds, pool } from './pool.mjs';
import { attempt, pick, random } from './random.mjs';

const { fileno, EPOLLONESHOT } = modules['.'];

const fd = () => pick([...pool.sockets, ...pool.pipes, pool.file]);
const fdList = () => Array.from({ length: random(4) }, fd);
const size = () => pick([0, 1, 100, 70_000]);
const bytes = () =>
  pick([
    Buffer.alloc(10),
    new Uint16Array(3),
    new ArrayBuffer(5),
    new Uint8Array(new SharedArrayBuffer(9)),
  ]);
const address = () => pick([['127.0.0.1', 0], ['::1', 0], '\0fuzz']);

/** Selectors take the first three. */
const mask = () => pick([1, 2, 3, 1 | EPOLLONESHOT, random(65536)]);
/** Seconds or milliseconds: waits that end, and some that may not. */
const time = () => pick([0, 0.001, 0.002, 5, null, undefined]);
const options = () =>
  pick([undefined, {}, { signal: AbortSignal.abort() }, { signal: soon() }, { signal: half() }]);

/** Objects that look like a signal at first. */
const half = () =>
  pick([{ throwIfAborted() {} }, { throwIfAborted() {}, addEventListener() {} }, garbage(0)]);

function soon() {
  const controller = new AbortController();
  setImmediate(() => controller.abort());
  return controller.signal;
}

/** Arguments that make sense, so that garbage in one of them gets past the check of the others. */
const sensible = {
  __proto__: null,
  './os read': () => [fd(), size()],
  './io read': () => [fd(), size()],
  './io readAsync': () => [fd(), size(), options()],
  './io readAll': () => [fd()],
  './io writeAll': () => [fd(), bytes()],
  './io writeAllAsync': () => [fd(), bytes(), options()],
  './io fdopen': () => [fd(), pick(['r', 'w', 'rb', 'wb', 'rwb'])],
  './os write': () => [fd(), bytes()],
  './os readvAsync': () => [fd(), [bytes(), bytes()], options()],
  './os writevAsync': () => [fd(), [bytes(), bytes()], options()],
  './os close': () => [pick([...pool.pipes, -1])],
  dup: () => [fd()],
  dup2: () => [fd(), pick(pool.pipes)],
  '. select': () => [fdList(), fdList(), fdList(), 0],
  register: () => [fd(), mask()],
  modify: () => [fd(), mask()],
  unregister: () => [fd()],
  '. selectAsync': () => [fdList(), fdList(), fdList(), time(), options()],
  '#select': () => [time()],
  '#selectAsync': () => [time(), options()],
  '#poll': () => [time(), pick([undefined, -1, 1, 3])],
  '#pollAsync': () =>
    pick([
      [time(), options()],
      [time(), pick([-1, 1]), options()],
    ]),
  getKey: () => [fd()],
  pollInto: () => [new Int32Array(pick([2, 3, 8])), 0],
  setBlocking: () => [fd(), false],
  fromfd: () => [pick([...pool.pipes, pool.ready[1].fileno(), pool.wakers[0].fileno()])],
  bind: () => [address()],
  connect: () => [address()],
  connectEx: () => [address()],
  recv: () => [size(), 0],
  recvInto: () => [bytes(), 0, 0],
  recvfrom: () => [size(), 0],
  send: () => [bytes(), 0],
  sendall: () => [bytes(), 0],
  sendto: () => [bytes(), address(), 0],
  tryRecvInto: () => [bytes(), 0, 1],
  trySend: () => [bytes(), 0, 1],
  setsockopt: () => [1, pick([2, 7, 8, 9]), pick([1, true, Buffer.alloc(4)])],
  getsockopt: () => [1, pick([2, 3, 4]), pick([0, 4, 1024])],
  makefile: () => [
    pick(['r', 'w', 'rw', 'rb', 'wb', 'rwb']),
    pick([undefined, { buffering: pick([0, 1, 5]) }, { newline: pick(['', '\r\n']) }]),
  ],
  readInto: () => [bytes()],
  read: () => [pick([0, 1, 100, -1, null])],
  readline: () => [pick([0, 1, 100, -1, null])],
  './socket TextFile#write': () => [pick(['x', 'é\n', '😀'.repeat(3000)])],
  './socket BufferedFile#write': () => [bytes()],
  './socket SocketIO#write': () => [bytes()],
  writelines: () => [[bytes(), 'x']],
  signalPipe: () => ['SIGUSR2'],
  SignalPipe: () => ['SIGUSR2'],
};

/** The position of the options that limit a wait. */
const OPTIONS_AT = {
  './io read': 2,
  './io readAll': 1,
  './io writeAll': 2,
  './io input': 1,
  './io getpass': 1,
  './io fdopen': 2,
};

/** @param label - as in child.mjs */
export function argumentsFor(label, length) {
  const bare = label.replace(/^.*[ #]/, '');
  const template = sensible[label] ?? sensible[label.replace(/^.*#/, '#')] ?? sensible[bare];
  let list;
  if (template !== undefined && random(4) > 0) {
    list = template();
    if (random(2) === 0) list[random(list.length)] = garbage();
  } else {
    list = Array.from({ length: random(length + 3) }, () => garbage());
  }
  if (label === '. select') {
    while (list.length < 4) list.push([]);
    if (waits(list[3])) list[3] = pick([0, -1, Number.NaN, '1', false]);
  }
  // An error of a callback ends the process, as in Node: an uncaught exception is not a fault here.
  if (bare.endsWith('startSelect')) {
    list = list.map((item) => (typeof item === 'function' ? () => {} : item));
  }
  const at = OPTIONS_AT[label];
  if (at !== undefined) {
    while (list.length < at) list.push(undefined);
    list[at] = pick([
      { timeout: 0 },
      { timeout: 0.001 },
      { timeout: 0, maxSize: 10, closefd: false },
    ]);
  }
  // A name server may take seconds.
  if (/ (gethostbyname|getfqdn)$/.test(label) && typeof (list[0] ?? '') === 'string')
    list[0] = pick(['127.0.0.1', '::1', 'localhost']);
  // Another process may have locked the same file.
  if ((label === './fcntl flock' || label === './fcntl lockf') && typeof list[1] === 'number')
    list[1] |= modules['./fcntl'].LOCK_NB;
  // Not Node's own fds; those that the fuzzer has opened may be closed.
  if (label === './os close' && ownFds.has(String(attempt(() => fileno(list[0]))))) list[0] = -1;
  return list;
}

/** The number of a pipe would also be a valid time. */
function waits(timeout) {
  if (typeof timeout === 'symbol' || typeof timeout === 'object') return timeout === null;
  return timeout === undefined || timeout === null || timeout > 0;
}
