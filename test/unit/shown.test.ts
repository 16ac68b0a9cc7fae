/** What console.log() and String() show of the objects, also of closed ones. */
import { inspect } from 'node:util';
import * as f from 'fdselect';
import { EventLoop, listen } from 'fdselect/loop';
import { Reactor } from 'fdselect/reactor';
import { PollSelector, SelectSelector } from 'fdselect/selectors';
import { signalPipe } from 'fdselect/signal';
import { expect, test } from 'vitest';
import { closing, openPipe } from '../support/sandbox.ts';

test('Poll: the registered fds and their events', () => {
  const [r, w] = openPipe();
  const poller = f.poll();
  expect(`${poller}`).toBe('Poll {}');
  poller.register(r, f.POLLIN | f.POLLPRI);
  poller.register(w, f.POLLOUT);
  const expected = `Poll { ${r}: 'IN|PRI', ${w}: 'OUT' }`;
  expect([String(poller), inspect(poller)]).toEqual([expected, expected]);
  poller.unregister(r);
  poller.modify(w, 0);
  expect(String(poller)).toBe(`Poll { ${w}: '0' }`);
});

test('Epoll: the kernel’s set', () => {
  const [r] = openPipe();
  const set = closing(f.epoll());
  set.register(r, f.EPOLLIN | f.EPOLLET);
  expect(String(set)).toMatch(new RegExp(`^Epoll \\{ ${r}: 'IN.*\\|ET', fd: ${set.fileno()} \\}$`));
  set.close();
  expect(String(set)).toBe('Epoll { fd: -1 }');
});

test('Waker, SignalPipe and selectors', () => {
  const waker = closing(new f.Waker());
  expect(String(waker)).toBe(`Waker { fd: ${waker.fileno()} }`);
  waker.close();
  expect(String(waker)).toBe('Waker { fd: -1 }');
  const pipe = closing(signalPipe('SIGUSR2'));
  expect(String(pipe)).toBe(`SignalPipe { fd: ${pipe.fileno()}, signals: [ 'SIGUSR2' ] }`);
  const [r] = openPipe();
  for (const Selector of [PollSelector, SelectSelector]) {
    const selector = closing(new Selector());
    selector.register(r, 1);
    expect(String(selector)).toBe(`${Selector.name} { ${r}: 'READ' }`);
    selector.close();
    expect(String(selector)).toBe(`${Selector.name} {}`);
  }
});

test('keys and maps of selectors', () => {
  const [r] = openPipe();
  const selector = closing(new PollSelector());
  const key = selector.register(r, 1, 'mine');
  const expected = `SelectorKey { fileobj: ${r}, fd: ${r}, events: 1, data: 'mine' }`;
  expect([String(key), inspect(key)]).toEqual([expected, expected]);
  expect(String(selector.getMap())).toBe(`SelectorMap { ${r}: ${expected} }`);
});

test('a loop and what it makes', () => {
  const [r] = openPipe();
  const loop = closing(new EventLoop({ selector: 'poll', clock: () => 2 }));
  const watch = loop.watch(r, 'r', () => {});
  const selector = [r, loop.wakeFd].sort((a, b) => a - b).map((fd) => `${fd}: 'READ'`);
  expect(String(loop)).toBe(`EventLoop { selector: PollSelector { ${selector.join(', ')} } }`);
  expect(String(watch)).toBe(`Watch { fd: ${r}, event: 'r' }`);
  const urgent = loop.watch(r, 'x', () => {});
  expect(String(loop)).toContain(`${r}: 'READ|EXCEPT'`);
  urgent.cancel();
  watch.cancel();
  expect(String(watch)).toBe("Watch { fd: -1, event: 'r' }");
  const call = loop.callLater(1, () => {});
  expect(String(call)).toBe('DelayedCall { time: 3, active: true }');
  call.cancel();
  expect(String(call)).toBe('DelayedCall { time: 3, active: false }');
  expect(String(loop.callEvery(1, () => {}))).toBe('PeriodicCall { time: 3, active: true }');
  const listener = listen(loop, ['127.0.0.1', 0], () => ({ data: () => {}, lost: () => {} }));
  const [host, port] = listener.getsockname() as [string, number];
  expect(inspect(listener)).toBe(
    `Listener { fd: ${listener.fileno()}, local: [ '${host}', ${port} ] }`,
  );
  listener.close();
  expect(String(listener)).toBe('Listener { fd: -1 }');
  expect(String(new Reactor())).toBe('Reactor { running: false }');
});

test('within other objects, no deeper than inspect() goes', () => {
  expect(inspect({ a: [f.poll()] }, { depth: 1 })).toBe('{ a: [ [Poll] ] }');
});
