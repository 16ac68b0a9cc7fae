/** What console.log() and String() show of the objects, also of closed ones. */
import { inspect } from 'node:util';
import * as f from 'fdselect';
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

test('within other objects, no deeper than inspect() goes', () => {
  expect(inspect({ a: [f.poll()] }, { depth: 1 })).toBe('{ a: [ [Poll] ] }');
});
