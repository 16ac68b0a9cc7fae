/** Random bad arguments. */
import { createServer as createNetServer } from 'node:net';
import { modules, pool } from './pool.mjs';
import { attempt, pick, random } from './random.mjs';

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
export function garbage(depth = 2) {
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
      return pick([...pool.ready, ...pool.wakers]);
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
