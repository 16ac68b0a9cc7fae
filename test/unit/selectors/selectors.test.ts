/**
 * Every selector: all methods, events and errors. CPython's own cases are in
 * selectors-cpython.test.ts, waits that do not block in async.test.ts.
 */
import { inspect } from 'node:util';
import { type FileDescriptorLike, POLLIN, POLLPRI, poll, select } from 'fdselect';
import { dup, read, write } from 'fdselect/os';
import {
  BaseSelector,
  EpollSelector,
  EVENT_READ,
  EVENT_WRITE,
  PollSelector,
  type Ready,
  SelectorKey,
  SelectorMap,
  SelectSelector,
} from 'fdselect/selectors';
import { MSG_OOB } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { shown } from '../../support/runtime.ts';
import {
  close,
  closing,
  openAt,
  openFile,
  openPair,
  openPipe,
  openTcp,
} from '../../support/sandbox.ts';
import { CLASSES, openSelector, readyNow, type Selector } from '../../support/selectors.ts';
import { osError, rangeError, thrown, typeError } from '../../support/thrown.ts';

const R = EVENT_READ;
const W = EVENT_WRITE;
const RW = EVENT_READ | EVENT_WRITE;

const closedError = expect.objectContaining({ name: 'Error', code: 'ERR_CLOSED' });

function notRegistered(key: unknown): unknown {
  return expect.objectContaining({ name: 'KeyError', code: 'ERR_NOT_REGISTERED', key });
}

function alreadyRegistered(key: unknown): unknown {
  return expect.objectContaining({ name: 'KeyError', code: 'ERR_ALREADY_REGISTERED', key });
}

/** Every call that looks a file object up. */
function lookUps(selector: Selector, fileobj: FileDescriptorLike): (() => unknown)[] {
  return [
    () => selector.unregister(fileobj),
    () => selector.modify(fileobj, R),
    () => selector.getKey(fileobj),
  ];
}

test('the constants', () => {
  expect([EVENT_READ, EVENT_WRITE]).toEqual([1, 2]);
});

describe.each(CLASSES)('$name', ({ Class, call }) => {
  const open = <Data = unknown>() => openSelector<Data>(Class);

  describe('register', () => {
    test('gives a frozen key with the object, its fd, the events and the data', () => {
      const selector = open<string>();
      const [a] = openPair();
      const key = selector.register(a, R, 'data');
      expect(key).toBeInstanceOf(SelectorKey);
      expect({ ...key }).toEqual({ fileobj: a, fd: a.fileno(), events: R, data: 'data' });
      expect(key.fileobj).toBe(a);
      expect(Object.isFrozen(key)).toBe(true);
      expect(thrown(() => Object.assign(key, { events: W }))).toBeInstanceOf(TypeError);
    });

    test.each([R, W, RW])('events %s', (events) => {
      expect(open().register(openPair()[0], events).events).toBe(events);
    });

    test('a number stays a number; data that is not given is undefined', () => {
      const [r] = openPipe();
      expect({ ...open().register(r, R) }).toEqual({
        fileobj: r,
        fd: r,
        events: R,
        data: undefined,
      });
    });

    test('data may be any value, and is returned unchanged', () => {
      const data = { callback() {} };
      const selector = open<unknown>();
      expect(selector.register(openPipe()[1], W, data).data).toBe(data);
      expect(selector.select(0)[0]?.[0].data).toBe(data);
      expect(selector.register(openPipe()[0], R, null).data).toBeNull();
    });

    test('an object with fileno(), one with fd', () => {
      const selector = open();
      const [[r1], [r2]] = [openPipe(), openPipe()];
      const [method, property] = [{ fileno: () => r1 }, { fd: r2 }];
      expect(selector.register(method, R)).toMatchObject({ fileobj: method, fd: r1 });
      expect(selector.register(property, R)).toMatchObject({ fileobj: property, fd: r2 });
    });

    test.each([0, 4, 7, -1, 999999, 1.5, Number.NaN, Infinity, 2 ** 32 + 1])(
      'events %s are a RangeError, before the object is looked at',
      (events) => {
        const selector = open();
        const [r] = openPipe();
        for (const fileobj of [r, -1, 'x' as never]) {
          const error = thrown(() => selector.register(fileobj, events));
          expect(error).toEqual(rangeError);
          expect(error).toMatchObject({ message: expect.stringMatching(/^events .*received/) });
        }
        expect(selector.getMap()?.size).toBe(0);
      },
    );

    test.each([undefined, null, 'r', '1', true, 1n, {}])('events %s are a TypeError', (events) => {
      const selector = open();
      expect(thrown(() => selector.register(openPipe()[0], events as number))).toEqual(typeError);
      expect(selector.getMap()?.size).toBe(0);
    });

    test.each([-1, -10, 1.5, 2 ** 31, 2 ** 40, Number.NaN])('the fd %s is a RangeError', (fd) => {
      const selector = open();
      expect(thrown(() => selector.register(fd, R))).toEqual(rangeError);
      expect(thrown(() => selector.register({ fileno: () => fd }, R))).toEqual(rangeError);
      for (const run of lookUps(selector, fd)) expect(thrown(run)).toEqual(rangeError);
      expect(selector.getMap()?.size).toBe(0);
    });

    test.each(
      shown([undefined, null, 'x', '3', true, 3n, {}, { fileno: 3 }, { fileno: () => '7' }]),
    )('what has no fd is a TypeError: %s', (_, value) => {
      const selector = open();
      const fileobj = value as unknown as number;
      expect(thrown(() => selector.register(fileobj, R))).toEqual(typeError);
      for (const run of lookUps(selector, fileobj)) expect(thrown(run)).toEqual(typeError);
      expect(selector.getMap()?.size).toBe(0);
    });

    test('a closed socket is the RangeError of its fd -1', () => {
      const selector = open();
      const [a] = openPair();
      a.close();
      expect(thrown(() => selector.register(a, R))).toEqual(rangeError);
      for (const run of lookUps(selector, a)) expect(thrown(run)).toEqual(rangeError);
    });

    test('an error of fileno() is passed on', () => {
      const selector = open();
      const failure = new Error('no file today');
      const fileobj = {
        fileno(): number {
          throw failure;
        },
      };
      expect(thrown(() => selector.register(fileobj, R))).toBe(failure);
      for (const run of lookUps(selector, fileobj)) expect(thrown(run)).toBe(failure);
    });

    test('twice is a KeyError, by object and by number; the first registration stays', () => {
      const selector = open();
      const [a] = openPair();
      const key = selector.register(a, R, 'first');
      for (const fileobj of [a, a.fileno(), { fileno: () => a.fileno() }, { fd: a.fileno() }]) {
        const error = thrown(() => selector.register(fileobj, W, 'second'));
        expect(error).toEqual(alreadyRegistered(fileobj));
        expect((error as { key: unknown }).key).toBe(fileobj);
        expect((error as Error).message).toMatch(/ is already registered$/);
      }
      expect(selector.getKey(a)).toBe(key);
      expect(selector.select(0)).toEqual([]);
    });

    test('an fd that is not open: EBADF of epoll at once, without an entry; else it is taken', () => {
      const selector = open();
      const [r] = openPipe();
      close(r);
      for (const fd of [r, 2 ** 31 - 1]) {
        if (call === 'epoll') {
          expect(thrown(() => selector.register(fd, R))).toEqual(osError('EBADF', 'epoll_ctl'));
          expect(selector.getMap()?.has(fd)).toBe(false);
        } else {
          expect(selector.register(fd, R).fd).toBe(fd);
          expect(selector.unregister(fd).fd).toBe(fd);
        }
      }
      expect(selector.getMap()?.size).toBe(0);
    });

    test.each(['/etc/passwd', '/'])('%s: EPERM of epoll without an entry; else ready', (path) => {
      const selector = open();
      const file = openFile(path);
      if (call === 'epoll') {
        expect(thrown(() => selector.register(file, R))).toEqual(osError('EPERM', 'epoll_ctl'));
        expect(selector.getMap()?.size).toBe(0);
        expect(thrown(() => selector.getKey(file))).toEqual(notRegistered(file));
        expect(selector.select(0)).toEqual([]);
      } else {
        const key = selector.register(file, RW);
        expect(selector.select(0)).toEqual([[key, RW]]);
        expect(selector.select(null)).toEqual([[key, RW]]);
      }
    });

    test('a number that was refused or unregistered can be registered afterwards', () => {
      const selector = open();
      const file = openFile('/etc/passwd');
      if (call === 'epoll') thrown(() => selector.register(file, W));
      else selector.unregister(selector.register(file, W).fd);
      const w = openPipe()[1];
      close(file);
      const key = selector.register(openAt(w, file), W);
      expect(selector.select(0)).toEqual([[key, W]]);
    });
  });

  describe('unregister', () => {
    test('gives the key; the file is not watched any more and can be registered again', () => {
      const selector = open();
      const [a] = openPair();
      const key = selector.register(a, W, 'data');
      expect(selector.select(0)).toEqual([[key, W]]);
      expect(selector.unregister(a)).toBe(key);
      expect(selector.select(0)).toEqual([]);
      const again = selector.register(a, W);
      expect(again).not.toBe(key);
      expect(selector.select(0)).toEqual([[again, W]]);
    });

    test('by number or by another object of the same fd', () => {
      const selector = open();
      const [a] = openPair();
      const key = selector.register(a, R);
      expect(selector.unregister(a.fileno())).toBe(key);
      const other = selector.register(a.fileno(), R);
      expect(selector.unregister(a)).toBe(other);
    });

    test('unknown: a KeyError with the argument', () => {
      const selector = open();
      const [a] = openPair();
      for (const run of lookUps(selector, 999999)) {
        expect(thrown(run)).toEqual(notRegistered(999999));
        expect(thrown(run)).toMatchObject({ message: '999999 is not registered' });
      }
      for (const run of lookUps(selector, a)) {
        expect((thrown(run) as { key: unknown }).key).toBe(a);
      }
      selector.register(a, R);
      selector.unregister(a);
      expect(thrown(() => selector.unregister(a))).toEqual(notRegistered(a));
    });

    test('a file that was closed before: its number is still registered', () => {
      const selector = open();
      const [r, w] = openPipe();
      const keys = [selector.register(r, R), selector.register(w, W)];
      close(r);
      close(w);
      expect([selector.unregister(r), selector.unregister(w)]).toEqual(keys);
      expect(selector.select(0)).toEqual([]);
    });

    test('a closed socket is found as an object; another closed socket is not', () => {
      const selector = open();
      const [a, b] = openPair();
      const key = selector.register(a, R, 'a');
      a.close();
      b.close();
      expect(selector.getKey(a)).toBe(key);
      expect(selector.getMap()?.get(a)).toBe(key);
      expect(selector.getMap()?.has(a)).toBe(true);
      expect(thrown(() => selector.unregister(b))).toEqual(rangeError);
      expect(thrown(() => selector.getMap()?.has(b))).toEqual(rangeError);
      expect(selector.unregister(a)).toBe(key);
      expect(thrown(() => selector.unregister(a))).toEqual(rangeError);
      expect(selector.getMap()?.size).toBe(0);
    });

    test('a number that is used for a new file is still registered', () => {
      const selector = open();
      const [[r1], [, w2]] = [openPipe(), openPipe()];
      const stale = selector.register(r1, R);
      close(r1);
      openAt(w2, r1);
      expect(thrown(() => selector.register(r1, W))).toEqual(alreadyRegistered(r1));
      expect(selector.unregister(r1)).toBe(stale);
      const key = selector.register(r1, W);
      expect(selector.select(0)).toEqual([[key, W]]);
    });
  });

  describe('modify', () => {
    test('makes a new key and watches for the new events', () => {
      const selector = open();
      const [a, b] = openPair();
      const key = selector.register(a, R, 'data');
      expect(selector.select(0)).toEqual([]);
      const changed = selector.modify(a, W, 'other');
      expect({ ...changed }).toEqual({ fileobj: a, fd: a.fileno(), events: W, data: 'other' });
      expect(Object.isFrozen(changed)).toBe(true);
      expect(key.events).toBe(R);
      expect(selector.getKey(a)).toBe(changed);
      expect(selector.select(0)).toEqual([[changed, W]]);
      expect(selector.select(0)[0]?.[0]).toBe(changed);
      b.send(Buffer.from('x'));
      expect(selector.select(0)).toEqual([[changed, W]]);
      const both = selector.modify(a, RW, 'other');
      expect(selector.select(0)).toEqual([[both, RW]]);
      const reader = selector.modify(a, R, 'other');
      expect(selector.select(0)).toEqual([[reader, R]]);
      a.recv(1);
      expect(selector.select(0)).toEqual([]);
    });

    test('nothing changes: the existing key is returned', () => {
      const selector = open();
      const [a] = openPair();
      const data = {};
      const key = selector.register(a, R, data);
      expect(selector.modify(a, R, data)).toBe(key);
      expect(selector.modify(a.fileno(), R, data)).toBe(key);
      const bare = selector.modify(a, R);
      expect(selector.modify(a, R)).toBe(bare);
      expect(selector.modify(a, R, undefined)).toBe(bare);
    });

    test('data that is not given becomes undefined', () => {
      const selector = open();
      const [a] = openPair();
      selector.register(a, R, 'data');
      expect(selector.modify(a, R).data).toBeUndefined();
      selector.modify(a, R, 'data');
      expect(selector.modify(a, W).data).toBeUndefined();
      expect(selector.getKey(a).data).toBeUndefined();
    });

    test('other data alone: a new key with the old object, and the next answer has it', () => {
      const selector = open();
      const [a] = openPair();
      const key = selector.register(a, W, 1);
      const changed = selector.modify(a.fileno(), W, 2);
      expect(changed).not.toBe(key);
      expect({ ...changed }).toEqual({ fileobj: a, fd: a.fileno(), events: W, data: 2 });
      expect(changed.fileobj).toBe(a);
      expect(selector.select(0)[0]?.[0]).toBe(changed);
    });

    test('other events: SelectSelector takes the object that is given, the others keep theirs', () => {
      const selector = open();
      const [a] = openPair();
      selector.register(a, R);
      const changed = selector.modify(a.fileno(), W);
      expect(changed.fileobj).toBe(call === 'select' ? a.fileno() : a);
      expect(selector.getKey(a)).toBe(changed);
    });

    test.each([0, 4, 7, -1, 1.5, Number.NaN])(
      'events %s are a RangeError; the entry stays',
      (e) => {
        const selector = open();
        const w = openPipe()[1];
        const key = selector.register(w, W, 'data');
        expect(thrown(() => selector.modify(w, e))).toEqual(rangeError);
        expect(selector.getKey(w)).toBe(key);
        expect(selector.select(0)).toEqual([[key, W]]);
      },
    );

    test.each([undefined, null, 'r', true, 1n])(
      'events %s are a TypeError; the entry stays',
      (e) => {
        const selector = open();
        const w = openPipe()[1];
        const key = selector.register(w, W, 'data');
        expect(thrown(() => selector.modify(w, e as unknown as number))).toEqual(typeError);
        expect(selector.getKey(w)).toBe(key);
        expect(selector.select(0)).toEqual([[key, W]]);
      },
    );

    test('the KeyError of an unknown object comes before the error of bad events', () => {
      expect(thrown(() => open().modify(999999, 7))).toEqual(notRegistered(999999));
    });

    test('a closed socket: poll does not notice; select and epoll lose the entry', () => {
      const selector = open();
      const [a] = openPair();
      const fd = a.fileno();
      selector.register(a, R, 'data');
      a.close();
      if (call === 'poll') {
        const key = selector.modify(a, W, 'other');
        expect({ ...key }).toEqual({ fileobj: a, fd, events: W, data: 'other' });
        expect(selector.unregister(a)).toBe(key);
      } else {
        const error = call === 'epoll' ? osError('EBADF', 'epoll_ctl') : rangeError;
        expect(thrown(() => selector.modify(a, W))).toEqual(error);
      }
      expect(selector.getMap()?.size).toBe(0);
      expect(thrown(() => selector.unregister(a))).toEqual(rangeError);
      expect(selector.select(0)).toEqual([]);
    });

    test('other data alone works on a closed socket too', () => {
      const selector = open();
      const [a] = openPair();
      selector.register(a, R, 1);
      a.close();
      const key = selector.modify(a, R, 2);
      expect([key.fileobj, key.data]).toEqual([a, 2]);
      expect(selector.unregister(a)).toBe(key);
    });
  });

  describe('getMap and getKey', () => {
    test('one live view: size, has, get, keys, values, entries, iteration', () => {
      const selector = open<string>();
      const map = selector.getMap() as SelectorMap<string>;
      expect(selector.getMap()).toBe(map);
      expect(map).toBeInstanceOf(SelectorMap);
      expect([map.size, ...map]).toEqual([0]);
      const [a, b] = openPair();
      const keyA = selector.register(a, R, 'a');
      const keyB = selector.register(b.fileno(), W, 'b');
      const [fdA, fdB] = [a.fileno(), b.fileno()];
      expect(map.size).toBe(2);
      expect([...map.keys()]).toEqual([fdA, fdB]);
      expect([...map.values()]).toEqual([keyA, keyB]);
      expect([...map.entries()]).toEqual([
        [fdA, keyA],
        [fdB, keyB],
      ]);
      expect([...map]).toEqual([...map.entries()]);
      for (const [fileobj, key] of [
        [a, keyA],
        [fdA, keyA],
        [b, keyB],
        [fdB, keyB],
      ] as const) {
        expect(map.get(fileobj)).toBe(key);
        expect(map.has(fileobj)).toBe(true);
        expect(selector.getKey(fileobj)).toBe(key);
      }
      const changed = selector.modify(a, RW, 'c');
      expect(map.get(a)).toBe(changed);
      selector.unregister(b);
      expect([...map]).toEqual([[fdA, changed]]);
      expect(map.has(b)).toBe(false);
    });

    test('an unknown fd is undefined, and a KeyError of getKey; an object without fd throws', () => {
      const selector = open();
      const map = selector.getMap() as SelectorMap<unknown>;
      const [a] = openPair();
      for (const fileobj of [a, 999999]) {
        expect(map.get(fileobj)).toBeUndefined();
        expect(map.has(fileobj)).toBe(false);
        expect(thrown(() => selector.getKey(fileobj))).toEqual(notRegistered(fileobj));
      }
      for (const value of ['x', null, undefined, {}] as unknown as number[]) {
        expect(thrown(() => map.get(value))).toEqual(typeError);
        expect(thrown(() => map.has(value))).toEqual(typeError);
      }
      expect(thrown(() => map.get(-1))).toEqual(rangeError);
      expect(thrown(() => map.has(-1))).toEqual(rangeError);
    });

    test('cannot be changed', () => {
      const map = open().getMap() as object;
      for (const name of ['set', 'delete', 'clear', 'add']) expect(name in map).toBe(false);
      expect(thrown(() => Object.assign(map, { size: 1 }))).toBeInstanceOf(TypeError);
    });

    test('unregistering while it is iterated', () => {
      const selector = open();
      for (let i = 0; i < 3; i++) selector.register(openPipe()[0], R);
      for (const [fd] of selector.getMap() as SelectorMap<unknown>) selector.unregister(fd);
      expect(selector.getMap()?.size).toBe(0);
    });
  });

  describe('close', () => {
    test('is idempotent; getMap() is null, an earlier view is empty, every method ERR_CLOSED', () => {
      const selector = open();
      const [a] = openPair();
      const map = selector.getMap() as SelectorMap<unknown>;
      selector.register(a, W);
      selector.close();
      selector.close();
      selector[Symbol.dispose]();
      expect(selector.getMap()).toBeNull();
      expect([map.size, ...map, ...map.keys(), ...map.values()]).toEqual([0]);
      expect(map.get(a)).toBeUndefined();
      expect(map.has(a.fileno())).toBe(false);
      for (const run of [
        () => selector.register(a, W),
        () => selector.register(a, 7),
        ...lookUps(selector, a),
        ...lookUps(selector, -1),
        () => selector.select(0),
        () => selector.select(),
        () => selector.select(Number.NaN),
      ]) {
        expect(thrown(run)).toEqual(closedError);
      }
    });

    test('Symbol.dispose closes', () => {
      const selector = open();
      selector[Symbol.dispose]();
      expect(thrown(() => selector.select(0))).toEqual(closedError);
    });

    test('leaves the files open', () => {
      const selector = open();
      const [r, w] = openPipe();
      selector.register(r, R);
      selector.register(w, W);
      selector.close();
      expect(write(w, 'x')).toBe(1);
      expect(read(r, 9).toString()).toBe('x');
    });
  });

  describe('select', () => {
    test('gives a new array of pairs of the registered key and its events', () => {
      const selector = open();
      const [a, b] = openPair();
      const key = selector.register(a, RW, 'data');
      b.send(Buffer.from('x'));
      const [first, second] = [selector.select(0), selector.select(0)];
      expect(first).toEqual([[key, RW]]);
      expect(first[0]?.[0]).toBe(key);
      expect(second).toEqual(first);
      expect(second).not.toBe(first);
      first.pop();
      expect(selector.select(0)).toEqual(second);
    });

    test('nothing registered', () => {
      expect(open().select(0)).toEqual([]);
    });

    test('one entry for each ready file, all in one call', () => {
      const selector = open();
      const expected = new Map<FileDescriptorLike, number>();
      for (let i = 0; i < 40; i++) {
        const [r, w] = openPipe();
        selector.register(r, RW);
        selector.register(w, RW);
        expected.set(w, W);
        if (i % 2 === 0) continue;
        write(w, 'x');
        expected.set(r, R);
      }
      expect(selector.select(0).length).toBe(expected.size);
      expect(readyNow(selector)).toEqual(expected);
    });

    if (call === 'poll') {
      test('the order is that of registration', () => {
        const selector = open();
        const fds = Array.from({ length: 5 }, () => openPipe()[1]).reverse();
        for (const fd of fds) selector.register(fd, W);
        expect(selector.select(0).map(([key]) => key.fd)).toEqual(fds);
      });
    }

    // What each selector says of a file that is watched for R, W and both; 0: nothing.
    const states: [
      string,
      () => FileDescriptorLike,
      Record<typeof call, [number, number, number]>,
    ][] = [
      ['an idle pipe, reader', () => openPipe()[0], same(0, 0, 0)],
      ['an idle pipe, writer', () => openPipe()[1], same(0, W, W)],
      [
        'data, reader',
        () => {
          const [r, w] = openPipe();
          write(w, 'x');
          return r;
        },
        same(R, 0, R),
      ],
      [
        'a full pipe, writer',
        () => {
          const w = openPipe()[1];
          expect(write(w, Buffer.alloc(65536))).toBe(65536);
          return w;
        },
        same(0, 0, 0),
      ],
      [
        'no writer any more (HUP), reader',
        () => {
          const [r, w] = openPipe();
          close(w);
          return r;
        },
        { select: [R, 0, R], poll: [R, W, RW], epoll: [R, W, RW] },
      ],
      [
        'data, no writer any more (IN and HUP), reader',
        () => {
          const [r, w] = openPipe();
          write(w, 'x');
          close(w);
          return r;
        },
        { select: [R, 0, R], poll: [R, W, RW], epoll: [R, W, RW] },
      ],
      [
        'no reader any more (OUT and ERR), writer',
        () => {
          const [r, w] = openPipe();
          close(r);
          return w;
        },
        same(R, W, RW),
      ],
      [
        'full, and no reader any more (ERR), writer',
        () => {
          const [r, w] = openPipe();
          write(w, Buffer.alloc(65536));
          close(r);
          return w;
        },
        same(R, W, RW),
      ],
      ['an idle Unix socket', () => openPair()[0], same(0, W, W)],
      [
        'a Unix socket with data',
        () => {
          const [a, b] = openPair();
          b.send(Buffer.from('x'));
          return a;
        },
        same(R, W, RW),
      ],
      [
        'a Unix socket whose peer is gone',
        () => {
          const [a, b] = openPair();
          b.close();
          return a;
        },
        same(R, W, RW),
      ],
      [
        'out-of-band data alone',
        () => {
          const [client, server] = openTcp();
          client.send(Buffer.from('!'), MSG_OOB);
          const poller = poll();
          poller.register(server, POLLPRI);
          expect(poller.poll(5000)).toEqual([[server.fileno(), POLLPRI]]);
          return server;
        },
        same(0, W, W),
      ],
    ];
    test.each(states)('%s', (_, make, { [call]: expected }) => {
      const fileobj = make();
      const answers = [R, W, RW].map((events) => {
        const selector = open();
        const key = selector.register(fileobj, events);
        const answer = selector.select(0);
        expect(answer.every(([other]) => other === key)).toBe(true);
        expect(answer.length).toBeLessThanOrEqual(1);
        return answer[0]?.[1] ?? 0;
      });
      expect(answers).toEqual(expected);
    });

    test('a registered file that is closed: EBADF, ready, or nothing', () => {
      const selector = open();
      const [[r], [, w]] = [openPipe(), openPipe()];
      const key = selector.register(r, R);
      const other = selector.register(w, W);
      close(r);
      if (call === 'select') {
        expect(thrown(() => selector.select(0))).toEqual(osError('EBADF', 'select'));
        expect(thrown(() => selector.select())).toEqual(osError('EBADF', 'select'));
      } else if (call === 'poll') {
        expect(selector.select()).toEqual([
          [key, R],
          [other, W],
        ]);
      } else {
        expect(selector.select()).toEqual([[other, W]]);
      }
      selector.unregister(r);
      expect(selector.select()).toEqual([[other, W]]);
    });

    test('a file with an open duplicate is not reported by its unregistered number', () => {
      const selector = open();
      const w = openPipe()[1];
      closing(dup(w));
      selector.register(w, W);
      close(w);
      selector.unregister(w);
      expect(selector.select(0)).toEqual([]);
    });

    test('two fds of one file are two registrations', () => {
      const selector = open();
      const w = openPipe()[1];
      const other = closing(dup(w));
      const keys = [selector.register(w, W), selector.register(other, W)];
      expect(readyNow(selector)).toEqual(new Map(keys.map((key) => [key.fileobj, W])));
    });

    test('random changes agree with a model', () => {
      const selector = open<number>();
      const writers = Array.from({ length: 8 }, () => openPipe()[1]);
      const model = new Map<number, number>();
      // A linear congruential generator: the same run each time.
      let state = 12345;
      const random = (below: number) => {
        state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
        return (state >> 8) % below;
      };
      for (let i = 0; i < 500; i++) {
        const fd = writers[random(writers.length)] as number;
        const events = 1 + random(3);
        if (!model.has(fd)) selector.register(fd, events, i);
        else if (random(3) > 0) selector.modify(fd, events, i);
        else selector.unregister(fd);
        if (model.has(fd) && !selector.getMap()?.has(fd)) model.delete(fd);
        else model.set(fd, events);
        const expected = [...model].filter(([, mask]) => (mask & W) !== 0).map(([ready]) => ready);
        expect([...readyNow(selector).keys()].sort()).toEqual(expected.sort());
        const registered = [...(selector.getMap() as SelectorMap<number>)];
        expect(new Map(registered.map(([number, key]) => [number, key.events]))).toEqual(model);
      }
    });
  });

  describe('the timeout, in seconds', () => {
    const ready: [unknown][] = [undefined, null, Infinity, 0, -0, -1, -0.0001, -Infinity, 60].map(
      (timeout) => [timeout],
    );
    test.each(ready)('%s, with something ready', (timeout) => {
      const selector = open();
      const key = selector.register(openPipe()[1], W);
      expect(selector.select(timeout as number)).toEqual([[key, W]]);
    });

    test.each([0, -0, -0.0001, -1, -1e300, -Infinity])('%s does not wait', (timeout) => {
      const selector = open();
      selector.register(openPipe()[0], R);
      expect(selector.select(timeout)).toEqual([]);
      expect(open().select(timeout)).toEqual([]);
    });

    test.each([1e-9, 0.0001, 0.0010001, 0.009, 0.0101, 0.03])('%s is never early', (timeout) => {
      const idle = open();
      idle.register(openPipe()[0], R);
      for (const selector of [idle, open()]) {
        const start = process.hrtime.bigint();
        expect(selector.select(timeout)).toEqual([]);
        const seconds = Number(process.hrtime.bigint() - start) / 1e9;
        const least = call === 'select' ? timeout : Math.ceil(timeout * 1e3) / 1e3;
        expect(seconds).toBeGreaterThanOrEqual(least);
      }
    });

    test.each([Number.NaN, 1e10])('%s is a RangeError that names it', (timeout) => {
      const selector = open();
      selector.register(openPipe()[1], W);
      const error = thrown(() => selector.select(timeout));
      expect(error).toEqual(rangeError);
      expect(error).toMatchObject({
        message: expect.stringMatching(new RegExp(`^timeout .*received ${timeout}$`)),
      });
    });

    test.each(shown(['1', [], true, 1n, {}]))('%s is a TypeError that names it', (_, timeout) => {
      const selector = open();
      selector.register(openPipe()[1], W);
      const error = thrown(() => selector.select(timeout as unknown as number));
      expect(error).toEqual(typeError);
      expect(error).toMatchObject({ message: expect.stringMatching(/^timeout .*received/) });
    });
  });

  test('is a BaseSelector, and fileno() is there with epoll alone', () => {
    expect(open()).toBeInstanceOf(BaseSelector);
    expect('fileno' in open()).toBe(call === 'epoll');
  });
});

function same(...expected: [number, number, number]) {
  return { select: expected, poll: expected, epoll: expected };
}

describe.skipIf(EpollSelector === undefined)('EpollSelector', () => {
  test('fileno() is readable while something is ready, in every other call', () => {
    const selector = openSelector(EpollSelector) as EpollSelector;
    const [r, w] = openPipe();
    selector.register(r, R);
    const outer = CLASSES.map(({ Class }) => {
      const other = openSelector(Class);
      other.register(selector, R, 'nested');
      return other;
    });
    const poller = poll();
    poller.register(selector, POLLIN);
    expect(selector.fileno()).toBeGreaterThanOrEqual(0);
    expect(select([selector], [], [], 0)).toEqual([[], [], []]);
    expect(poller.poll(0)).toEqual([]);
    for (const other of outer) expect(other.select(0)).toEqual([]);
    write(w, 'x');
    expect(select([selector], [], [], 0)[0][0]).toBe(selector);
    expect(poller.poll(0)).toEqual([[selector.fileno(), POLLIN]]);
    for (const other of outer) {
      expect(other.select(0)).toEqual([[other.getKey(selector), R]]);
    }
    read(r, 1);
    for (const other of outer) expect(other.select(0)).toEqual([]);
  });

  test('a selector that watches itself is an OSError', () => {
    const selector = openSelector(EpollSelector) as EpollSelector;
    expect(thrown(() => selector.register(selector, R))).toEqual(osError('EINVAL', 'epoll_ctl'));
    expect(selector.getMap()?.size).toBe(0);
  });

  test('fileno() of a closed one is ERR_CLOSED', () => {
    const selector = new EpollSelector();
    selector.close();
    expect(thrown(() => selector.fileno())).toEqual(closedError);
  });
});

describe('BaseSelector', () => {
  /** The least that a selector must have; everything is ready. */
  class Eager<Data> extends BaseSelector<Data> {
    readonly #keys = new Map<number, SelectorKey<Data>>();
    readonly #map = new SelectorMap(this.#keys);
    #isClosed = false;

    register(fileobj: FileDescriptorLike, events: number, data?: Data): SelectorKey<Data> {
      const key = new SelectorKey(fileobj, fileobj as number, events, data as Data);
      this.#keys.set(key.fd, key);
      return key;
    }

    unregister(fileobj: FileDescriptorLike): SelectorKey<Data> {
      const key = this.getKey(fileobj);
      this.#keys.delete(key.fd);
      return key;
    }

    select(): Ready<Data>[] {
      return Array.from(this.#keys.values(), (key) => [key, key.events]);
    }

    getMap(): SelectorMap<Data> | null {
      return this.#isClosed ? null : this.#map;
    }

    override close(): void {
      this.#isClosed = true;
    }
  }

  test('cannot be constructed', () => {
    const Constructible = BaseSelector as unknown as new () => unknown;
    expect(thrown(() => new Constructible())).toEqual(typeError);
    expect(thrown(() => new Constructible())).toMatchObject({
      message: expect.stringContaining('BaseSelector'),
    });
  });

  test('a subclass inherits getKey, and modify, which unregisters and registers', () => {
    const selector = new Eager<string>();
    const key = selector.register(5, R, 'five');
    expect(selector.getKey(5)).toBe(key);
    expect(thrown(() => selector.getKey(6))).toEqual(notRegistered(6));
    const changed = selector.modify(5, W, 'cinq');
    expect({ ...changed }).toEqual({ fileobj: 5, fd: 5, events: W, data: 'cinq' });
    expect(selector.select()).toEqual([[changed, W]]);
    expect(thrown(() => selector.modify(6, W))).toEqual(notRegistered(6));
  });

  test('disposes by close(), and getKey is ERR_CLOSED without a map', () => {
    const selector = new Eager();
    selector.register(5, R);
    selector[Symbol.dispose]();
    expect(selector.getMap()).toBeNull();
    expect(thrown(() => selector.getKey(5))).toEqual(closedError);
  });

  test('a subclass need not override close()', () => {
    class Bare extends Eager<unknown> {
      override close(): void {
        BaseSelector.prototype.close.call(this);
      }
    }
    const selector = new Bare();
    selector.close();
    expect(selector.getMap()?.size).toBe(0);
  });

  test.each([SelectSelector, PollSelector, EpollSelector ?? PollSelector])(
    '%o can be extended',
    (Class) => {
      class Counting extends (Class as typeof PollSelector)<string> {
        calls = 0;
        override select(timeout?: number | null): Ready<string>[] {
          this.calls++;
          return super.select(timeout);
        }
      }
      const selector = closing(new Counting());
      const key = selector.register(openPipe()[1], W, 'data');
      expect(selector.select()).toEqual([[key, W]]);
      expect(selector.calls).toBe(1);
      expect(inspect(key)).toContain("data: 'data'");
    },
  );
});
