/** The cases of CPython's test_selectors, in our own code, over the four classes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dup2 } from 'fdselect/os';
import {
  EpollSelector,
  EVENT_READ,
  EVENT_WRITE,
  type PollSelector,
  type Ready,
  SelectorKey,
  type SelectorMap,
} from 'fdselect/selectors';
import { type Socket, socketpair } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { testHighFds } from '../../support/runtime.ts';
import { close, closing, openFile, openPair } from '../../support/sandbox.ts';
import { scriptFile } from '../../support/script.ts';
import { CLASSES, openSelector } from '../../support/selectors.ts';
import { osError, thrown } from '../../support/thrown.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const keyError = expect.objectContaining({ name: 'KeyError' });
const closedError = expect.objectContaining({ code: 'ERR_CLOSED' });

/** The sockets that are ready for an event. */
function readyFor(ready: Ready<unknown>[], event: number): Socket[] {
  return ready
    .filter(([, events]) => (events & event) !== 0)
    .map(([key]) => key.fileobj as unknown as Socket);
}

/** Seconds that a call takes. */
function elapsed(run: () => void): number {
  const start = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

describe.each(CLASSES)('$name', ({ name, Class, call }) => {
  test('test_register', () => {
    const selector = openSelector(Class);
    const [rd] = openPair();
    const key = selector.register(rd, EVENT_READ, 'data');
    expect(key).toBeInstanceOf(SelectorKey);
    expect(key.fileobj).toBe(rd);
    expect([key.fd, key.events, key.data]).toEqual([rd.fileno(), EVENT_READ, 'data']);
    expect(() => selector.register(0, 999999)).toThrow(RangeError);
    expect(() => selector.register(-10, EVENT_READ)).toThrow(RangeError);
    expect(thrown(() => selector.register(rd, EVENT_READ))).toEqual(keyError);
    expect(thrown(() => selector.register(rd.fileno(), EVENT_READ))).toEqual(keyError);
  });

  test('test_unregister', () => {
    const selector = openSelector(Class);
    const [rd] = openPair();
    selector.register(rd, EVENT_READ);
    selector.unregister(rd);
    expect(thrown(() => selector.unregister(999999))).toEqual(keyError);
    expect(thrown(() => selector.unregister(rd))).toEqual(keyError);
  });

  test('test_unregister_after_fd_close', () => {
    const selector = openSelector(Class);
    const [rd, wr] = openPair();
    const [r, w] = [rd.fileno(), wr.fileno()];
    selector.register(r, EVENT_READ);
    selector.register(w, EVENT_WRITE);
    rd.close();
    wr.close();
    expect([selector.unregister(r).fd, selector.unregister(w).fd]).toEqual([r, w]);
    expect(selector.getMap()?.size).toBe(0);
  });

  test('test_unregister_after_fd_close_and_reuse', () => {
    const selector = openSelector(Class);
    const [rd, wr] = openPair();
    const [r, w] = [rd.fileno(), wr.fileno()];
    selector.register(r, EVENT_READ);
    selector.register(w, EVENT_WRITE);
    const [rd2, wr2] = openPair();
    rd.close();
    wr.close();
    closing(dup2(rd2, r));
    closing(dup2(wr2, w));
    expect([selector.unregister(r).fd, selector.unregister(w).fd]).toEqual([r, w]);
    expect(selector.select(0)).toEqual([]);
  });

  test('test_unregister_after_socket_close', () => {
    const selector = openSelector(Class);
    const [rd, wr] = openPair();
    selector.register(rd, EVENT_READ);
    selector.register(wr, EVENT_WRITE);
    rd.close();
    wr.close();
    expect(selector.unregister(rd).fileobj).toBe(rd);
    expect(selector.unregister(wr).fileobj).toBe(wr);
  });

  test('test_modify', () => {
    const [rd] = openPair();
    let calls = 0;
    class Counting extends (Class as typeof PollSelector)<object> {
      override register(...args: Parameters<PollSelector<object>['register']>) {
        calls++;
        return super.register(...args);
      }

      override unregister(...args: Parameters<PollSelector<object>['unregister']>) {
        calls++;
        return super.unregister(...args);
      }
    }
    const selector = closing(new Counting());
    const key = selector.register(rd, EVENT_READ);
    const changed = selector.modify(rd, EVENT_WRITE);
    expect(changed.events).not.toBe(key.events);
    expect(selector.getKey(rd)).toBe(changed);
    selector.unregister(rd);

    const [d1, d2, d3] = [{}, {}, {}];
    const first = selector.register(rd, EVENT_READ, d1);
    const second = selector.modify(rd, EVENT_READ, d2);
    expect(second.events).toBe(first.events);
    expect(second.data).not.toBe(first.data);
    expect(second.data).toBe(d2);
    expect(selector.getKey(rd)).toBe(second);

    expect(thrown(() => selector.modify(999999, EVENT_READ))).toEqual(keyError);

    calls = 0;
    selector.modify(rd, EVENT_READ, d3);
    expect(calls).toBe(0);
  });

  // CPython too skips it for select, which has no call that could fail.
  test.skipIf(call === 'select')('test_modify_unregister: a call that fails', () => {
    const failure = new Error('division by zero');
    class Failing extends (Class as typeof PollSelector) {
      protected override change(): void {
        throw failure;
      }
    }
    const selector = closing(new Failing());
    const [rd] = openPair();
    selector.register(rd, EVENT_READ);
    expect(selector.getMap()?.size).toBe(1);
    expect(thrown(() => selector.modify(rd, EVENT_WRITE))).toBe(failure);
    expect(selector.getMap()?.size).toBe(0);
    expect(selector.select(0)).toEqual([]);
    selector.register(rd, EVENT_WRITE);
    expect(selector.select(0).length).toBe(1);
  });

  test('test_close', () => {
    const selector = openSelector(Class);
    const map = selector.getMap() as SelectorMap<unknown>;
    const [rd, wr] = openPair();
    selector.register(rd, EVENT_READ);
    selector.register(wr, EVENT_WRITE);
    selector.close();
    for (const socket of [rd, wr]) {
      expect(thrown(() => selector.getKey(socket))).toEqual(closedError);
      expect(map.get(socket)).toBeUndefined();
    }
  });

  test('test_get_key', () => {
    const selector = openSelector(Class);
    const [rd] = openPair();
    const key = selector.register(rd, EVENT_READ, 'data');
    expect(selector.getKey(rd)).toBe(key);
    expect(thrown(() => selector.getKey(999999))).toEqual(keyError);
  });

  test('test_get_map', () => {
    const selector = openSelector(Class);
    const [rd] = openPair();
    const map = selector.getMap() as SelectorMap<unknown>;
    expect(map.size).toBe(0);
    expect([...map]).toEqual([]);
    const key = selector.register(rd, EVENT_READ, 'data');
    expect(map.has(rd)).toBe(true);
    expect(map.get(rd)).toBe(key);
    expect(map.size).toBe(1);
    expect([...map.keys()]).toEqual([rd.fileno()]);
    expect([...map.values()]).toEqual([key]);
    expect(map.get(999999)).toBeUndefined();
    expect('delete' in map).toBe(false);
  });

  test('test_select', () => {
    const selector = openSelector(Class);
    const [rd, wr] = openPair();
    selector.register(rd, EVENT_READ);
    const key = selector.register(wr, EVENT_WRITE);
    const ready = selector.select();
    expect(ready).toEqual([[key, EVENT_WRITE]]);
    expect(ready[0]?.[0]).toBe(key);
  });

  test('test_select_read_write', () => {
    const selector = openSelector(Class);
    const [sock1, sock2] = openPair();
    sock2.send(Buffer.from('foo'));
    const key = selector.register(sock1, EVENT_READ | EVENT_WRITE);
    const ready = selector.select();
    expect(ready).toEqual([[key, EVENT_READ | EVENT_WRITE]]);
    expect(ready[0]?.[0]).toBe(key);
  });

  test('test_context_manager', () => {
    const selector = openSelector(Class);
    const [rd, wr] = openPair();
    selector.register(rd, EVENT_READ);
    selector.register(wr, EVENT_WRITE);
    selector[Symbol.dispose]();
    for (const socket of [rd, wr]) {
      expect(thrown(() => selector.getKey(socket))).toEqual(closedError);
    }
  });

  test('test_fileno', () => {
    const selector = openSelector(Class) as Partial<EpollSelector>;
    if (call !== 'epoll') expect(selector.fileno).toBeUndefined();
    else expect(selector.fileno?.()).toBeGreaterThanOrEqual(0);
  });

  test('test_selector: twelve pairs', () => {
    const message = Buffer.from(' This is a test.');
    const selector = openSelector(Class);
    const readerOf = new Map<Socket, Socket>();
    for (let i = 0; i < 12; i++) {
      const [rd, wr] = openPair();
      selector.register(rd, EVENT_READ);
      selector.register(wr, EVENT_WRITE);
      readerOf.set(wr, rd);
    }
    const received: string[] = [];
    while (readerOf.size > 0) {
      const writers = readyFor(selector.select(), EVENT_WRITE);
      expect(new Set(writers)).toEqual(new Set(readerOf.keys()));
      // Another place each time; CPython takes one by chance.
      const writer = writers[(7 * received.length) % writers.length] as Socket;
      writer.send(message);
      const readers = readyFor(selector.select(), EVENT_READ);
      expect(readers.length).toBe(1);
      expect(readers[0]).toBe(readerOf.get(writer));
      const reader = readers[0] as Socket;
      received.push(reader.recv(message.length).toString());
      selector.unregister(writer);
      selector.unregister(reader);
      readerOf.delete(writer);
    }
    expect(received).toEqual(new Array(12).fill(' This is a test.'));
    expect(selector.getMap()?.size).toBe(0);
  });

  test('test_empty_select', () => {
    expect(openSelector(Class).select(0)).toEqual([]);
  });

  test('test_empty_select_timeout', () => {
    const selector = openSelector(Class);
    const seconds = elapsed(() => expect(selector.select(0.2)).toEqual([]));
    expect(seconds).toBeGreaterThanOrEqual(0.2);
  });

  test('test_timeout: 0, -1 and 1 s', () => {
    const selector = openSelector(Class);
    const [rd, wr] = openPair();
    const key = selector.register(wr, EVENT_WRITE);
    const ready = elapsed(() => {
      expect(selector.select(0)).toEqual([[key, EVENT_WRITE]]);
      expect(selector.select(-1)).toEqual([[key, EVENT_WRITE]]);
    });
    expect(ready).toBeLessThan(10);
    selector.unregister(wr);
    selector.register(rd, EVENT_READ);
    const idle = elapsed(() => {
      expect(selector.select(0)).toEqual([]);
      expect(selector.select(-1)).toEqual([]);
    });
    expect(idle).toBeLessThan(10);
    const waited = elapsed(() => expect(selector.select(1)).toEqual([]));
    expect(waited).toBeGreaterThanOrEqual(1);
    expect(waited).toBeLessThan(20);
  });

  // In a process of its own: the signals are for the whole process.
  test('test_select_interrupt_noraise: 1.5 s, though signals come all the time', async () => {
    const script = `
      import { ${name} } from 'fdselect/selectors';
      import { signalPipe } from 'fdselect/signal';
      import { socketpair } from 'fdselect/socket';
      import { spawn } from 'node:child_process';
      const signals = signalPipe('SIGALRM');
      const selector = new ${name}();
      const storm = 'while kill -ALRM ' + process.pid + '; do sleep 0.02; done';
      const child = spawn('sh', ['-c', storm], { stdio: 'ignore' });
      selector.register(signals, 1);
      selector.select(); // the first one has come
      selector.unregister(signals);
      selector.register(socketpair()[0], 1);
      signals.read();
      const start = process.hrtime.bigint();
      const ready = selector.select(1.5);
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      const count = signals.read().length;
      child.kill();
      child.on('close', () => {
        signals.close();
        console.log(JSON.stringify({ ready, seconds, count }));
      });
    `;
    const child = spawn(process.execPath, [scriptFile(script)], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (data: Buffer) => {
      output += data;
    });
    expect(await once(child, 'close')).toEqual([0, null]);
    const { ready, seconds, count } = JSON.parse(output);
    expect(ready).toEqual([]);
    expect(seconds).toBeGreaterThanOrEqual(1.5);
    expect(seconds).toBeLessThan(20);
    expect(count).toBeGreaterThan(1);
  });

  // For SelectSelector too: its sets grow as needed.
  const testAbove = call === 'select' ? testHighFds : test;
  testAbove('test_above_fd_setsize: as many pairs as there may be, up to 4000', () => {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const limit = Number(/Max open files\s+(\d+)/.exec(limits)?.[1]);
    const count = Math.min(4000, (limit - 128) >> 1);
    const selector = openSelector(Class);
    const sockets: Socket[] = [];
    closing({ close: () => sockets.forEach((socket) => void socket.close()) });
    for (let i = 0; i < count; i++) {
      const [rd, wr] = socketpair();
      sockets.push(rd, wr);
      selector.register(rd, EVENT_READ);
      selector.register(wr, EVENT_WRITE);
    }
    const writers = new Set(sockets.filter((_, i) => i % 2 === 1));
    const ready = selector.select();
    expect(ready.length).toBe(count);
    expect(ready.every(([, events]) => events === EVENT_WRITE)).toBe(true);
    for (const socket of readyFor(ready, EVENT_WRITE)) writers.delete(socket);
    expect(writers.size).toBe(0);
  });

  // CPython has it for epoll alone.
  test.skipIf(call !== 'epoll')('test_register_file', () => {
    const selector = openSelector(Class);
    const file = openFile(fileURLToPath(import.meta.url));
    expect(thrown(() => selector.register(file, EVENT_READ))).toEqual(osError('EPERM'));
    expect(thrown(() => selector.getKey(file))).toEqual(keyError);
  });

  // CPython has it for kqueue, which is like epoll there.
  test.skipIf(call !== 'epoll')('test_register_bad_fd', () => {
    const selector = openSelector(Class);
    const file = openFile(fileURLToPath(import.meta.url));
    close(file);
    expect(thrown(() => selector.register(file, EVENT_READ))).toEqual(osError('EBADF'));
    expect(thrown(() => selector.getKey(file))).toEqual(keyError);
  });
});

test.skipIf(EpollSelector === undefined)(
  'test_modify_unregister: the real epoll fails on a file that is closed',
  () => {
    const selector = openSelector(EpollSelector);
    const [rd] = openPair();
    const fd = rd.fileno();
    selector.register(fd, EVENT_READ);
    rd.close();
    expect(thrown(() => selector.modify(fd, EVENT_WRITE))).toEqual(osError('EBADF', 'epoll_ctl'));
    expect(selector.getMap()?.size).toBe(0);
  },
);
