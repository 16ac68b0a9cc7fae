/**
 * Calls every public function with garbage, and the addon's own; only exceptions may come of it.
 *
 * Arguments: seed, number of calls, file for the description of the call that is under way. What is
 * called is found by reflection over the package's exports, so that new functions are called too.
 * Waiting for ever is what some of them are for, so the arguments make that impossible: sockets are
 * non-blocking, polls hold a file that is always ready, select gets no timeout that waits.
 */
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, writeSync } from 'node:fs';
import { createServer as createNetServer } from 'node:net';
import { native } from '../../dist/native.js';

const [seed, count, progressFile] = process.argv.slice(2);
const progress = openSync(progressFile, 'w');
const root = new URL('../../', import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const modules = {};
for (const name of Object.keys(exports)) {
  if (name === './package.json') continue;
  modules[name] = await import(`fdselect${name.slice(1)}`);
}
const { Poll } = modules['.'];
const { Socket, setdefaulttimeout } = modules['./socket'];
const { pipe, setBlocking } = modules['./os'];
const { SignalPipe } = modules['./signal'];

// xorshift32: the same calls for the same seed.
let state = Number(seed) | 1;
function random(limit) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % limit;
}
const pick = (list) => list[random(list.length)];

/** The fds that were open before the first call; all others are the fuzzer's. */
const ownFds = new Set(openFds());
function openFds() {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) !== `/proc/${process.pid}/fd`;
    } catch {
      return false;
    }
  });
}

let pool;
function renewPool() {
  for (const resource of pool?.signals ?? []) resource.close();
  for (const fd of openFds()) if (!ownFds.has(fd)) closeSync(Number(fd));
  const sockets = [
    ...modules['./socket'].socketpair(),
    new Socket(),
    new Socket(modules['./socket'].AF_INET6, modules['./socket'].SOCK_DGRAM),
    new Socket(modules['./socket'].AF_UNIX),
  ];
  const pipes = [...pipe(), ...pipe()];
  pool = {
    sockets,
    pipes,
    file: openSync('/dev/null', 'r+'),
    polls: [new Poll(), new Poll()],
    signals: [new SignalPipe('SIGUSR2')],
  };
}

/** Before each call: nothing may block that has been made blocking by an earlier one. */
function calm() {
  setdefaulttimeout(null);
  for (const socket of pool.sockets) if (socket.fileno() >= 0) attempt(() => socket.settimeout(0));
  for (const fd of pool.pipes) attempt(() => setBlocking(fd, false));
  for (const poller of pool.polls) attempt(() => poller.register(pool.file));
}

function attempt(run) {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return undefined;
  }
}

const detached = new ArrayBuffer(64);
const detachedView = new Uint8Array(detached);
structuredClone(detached, { transfer: [detached] });
const hostile = new Proxy([], {
  get() {
    throw new Error('hostile get');
  },
});
const server = createNetServer();
const numbers = [0, -0, 0.5, 1.5, -1, -5, 12345, 65535, 65536, 2 ** 31 - 1, 2 ** 31, -(2 ** 31)];
numbers.push(2 ** 32, 2 ** 53, 1e300, -1e300, Number.NaN, Number.MIN_VALUE);

/** Anything; `depth` bounds how deep lists go. */
function garbage(depth = 2) {
  switch (random(depth > 0 ? 24 : 18)) {
    case 0:
    case 1:
      return pick(numbers);
    case 2:
      return pick(pool.sockets);
    case 3:
      return pick(pool.pipes);
    case 4:
      return pick([undefined, null, true, false]);
    case 5:
      return pick([0n, -1n, 2n ** 64n]);
    case 6:
      return pick(['', 'x', 'a\0b', '\ud800', 'SIGUSR2', 'rw', 'é'.repeat(300), '\0abstract']);
    case 7:
      return pick([Symbol('s'), Symbol.iterator]);
    case 8:
      return pick([
        new Int32Array(64),
        new Uint8Array(7),
        Buffer.alloc(100),
        new DataView(new ArrayBuffer(9)),
      ]);
    case 9:
      return pick([new ArrayBuffer(64), new SharedArrayBuffer(64), detached, detachedView]);
    case 10: {
      const resizable = new ArrayBuffer(64, { maxByteLength: 128 });
      const view = new Int32Array(resizable);
      resizable.resize(pick([0, 4, 63, 128]));
      return pick([resizable, view]);
    }
    case 11:
      return pick([() => 0, class {}, Math.max, async () => {}]);
    case 12:
      return pick([
        new Date(),
        /x/,
        new Map([[1, 2]]),
        new Set([0]),
        Object.freeze([0]),
        Object.create(null),
      ]);
    case 13:
      return pick([
        { fileno: () => -1 },
        { fileno: () => 'x' },
        { fileno: 3 },
        { fd: -1 },
        { fd: null },
      ]);
    case 14:
      return {
        fileno() {
          throw new Error('mine');
        },
      };
    case 15:
      return { fileno: () => attempt(() => modules['.'].select([pool.pipes[1]], [], [], 0)) ?? 0 };
    case 16:
      return pick([hostile, new Proxy({}, {}), server, process.stdin]);
    case 17:
      return pick(pool.polls);
    case 18:
      return pick([
        ['127.0.0.1', 1],
        ['::1', 1],
        ['', 0],
        ['127.0.0.1', -1],
        ['a\0', 1],
        ['127.0.0.1'],
        [1, 2],
      ]);
    case 19:
      return new Array(pick([0, 1, 5000])).fill(garbage(0));
    case 20: {
      const item = garbage(0);
      return (function* () {
        for (let i = random(4); i > 0; i--) yield item;
        if (random(4) === 0) throw new Error('generator');
      })();
    }
    default:
      return Array.from({ length: random(5) }, () => garbage(depth - 1));
  }
}

/** Small numbers would be times to wait or the fds of Node's own. */
const harmless = new Set([
  1,
  2,
  0.5,
  1.5,
  12345,
  65535,
  65536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e300,
]);

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

/** Arguments that make sense, so that garbage in one of them gets past the check of the others. */
const sensible = {
  select: () => [fdList(), fdList(), fdList(), 0],
  register: () => [fd(), random(65536)],
  modify: () => [fd(), random(65536)],
  unregister: () => [fd()],
  pollInto: () => [new Int32Array(pick([2, 3, 8])), 0],
  setBlocking: () => [fd(), false],
  fromfd: () => [pick(pool.pipes)],
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
  signalPipe: () => ['SIGUSR2'],
  SignalPipe: () => ['SIGUSR2'],
};

function argumentsFor(name, length) {
  const template = random(4) > 0 ? sensible[name] : undefined;
  if (template !== undefined) {
    const list = template();
    if (random(2) === 0) list[random(list.length)] = garbage();
    if (name === 'select' && !list.slice(3).every((time) => time === 0))
      list[3] = pick([0, -1, Number.NaN, '1', false]);
    return list;
  }
  return randomArguments(name, length);
}

function randomArguments(name, length) {
  const list = Array.from({ length: random(length + 3) }, () => garbage());
  if (name === 'select') {
    while (list.length < 4) list.push([]);
    if (list[3] === undefined || list[3] === null || harmless.has(list[3])) list[3] = 0;
  }
  return list;
}

/** Everything that can be called: name, how many arguments it takes, and how. */
const targets = [];
for (const [path, module] of Object.entries(modules)) {
  for (const [name, value] of Object.entries(module)) {
    if (typeof value !== 'function') continue;
    const label = `${path} ${name}`;
    const isClass = /^class\b/.test(Function.prototype.toString.call(value));
    if (!isClass) targets.push([label, value.length, (list) => value(...list)]);
    else {
      targets.push([`new ${label}`, value.length, (list) => new value(...list)]);
      for (const key of Reflect.ownKeys(value.prototype)) methodTarget(label, value, key);
      for (const key of Object.getOwnPropertyNames(value)) {
        if (typeof value[key] === 'function') {
          targets.push([`${label}.${key}`, value[key].length, (list) => value[key](...list)]);
        }
      }
    }
  }
}
function methodTarget(label, owner, key) {
  const { value } = Object.getOwnPropertyDescriptor(owner.prototype, key);
  if (typeof value !== 'function' || key === 'constructor') return;
  const instances = () =>
    [...pool.sockets, ...pool.polls, ...pool.signals].filter((o) => o instanceof owner);
  const call = (list) => value.apply(random(20) === 0 ? garbage() : pick(instances()), list);
  targets.push([`${label}#${String(key)}`, value.length, call]);
}

// The addon checks for itself that nothing can reach memory that is not there. Its ints: no time
// to wait, and of the fds only stdin and the closed ones.
const nativeNumbers = [0, -0, 0.5, -1, -(2 ** 31), Number.NaN];
for (const [name, value] of Object.entries(native)) {
  if (typeof value !== 'function') continue;
  const call = (list) => {
    const safe = list.map((item) =>
      typeof item === 'number' && !pool.pipes.includes(item) ? pick(nativeNumbers) : item,
    );
    if (name === 'poll' || name === 'select') {
      const memory = new ArrayBuffer(pick([0, 8, 16, 24, 40, 400]));
      const ints = new Int32Array(memory);
      // Counts, positions and fds of all kinds; a timeout of 0.
      const untimed = name === 'poll' ? (i) => i !== 1 : (i) => i > 1;
      for (let i = 0; i < ints.length; i++)
        if (untimed(i) && random(2) === 0) ints[i] = pick([0, 1, 5, 1000, -1, 2 ** 30]);
      if (random(4) > 0) safe[0] = memory;
    }
    if (name === 'close' && !pool.pipes.includes(safe[0])) safe[0] = -1;
    return value(...safe);
  };
  targets.push([`native ${name}`, 5, call]);
}

renewPool();
const called = new Map();
for (let i = 0; i < Number(count); i++) {
  if (i % 100 === 0) renewPool();
  calm();
  const [label, length, call] =
    targets[i < 3 * targets.length ? i % targets.length : random(targets.length)];
  const list = argumentsFor(label.replace(/^.*[ #]/, ''), length);
  writeSync(progress, `${i} ${label} (${list.length} arguments)\n`.padEnd(100), 0);
  let outcome = 'returned';
  try {
    const result = call(list);
    if (result instanceof SignalPipe) result.close();
    if (typeof result?.then === 'function')
      result.then(
        () => {},
        () => {},
      );
    if (label === 'native openSignalPipe') native.closeSignalPipe(result);
  } catch (error) {
    outcome = 'threw';
    if (!(error instanceof Error)) throw error;
  }
  called.set(label, (called.get(label) ?? new Set()).add(outcome));
}
process.stdout.write(
  JSON.stringify({
    targets: targets.map(([label]) => label),
    called: [...called.keys()],
    outcomes: [...called].map(([k, v]) => [k, [...v]]),
  }),
);
process.exit(0);
