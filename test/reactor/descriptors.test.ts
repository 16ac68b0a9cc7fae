/** Readers and writers of the user's own. */

import { read, write } from 'fdselect/os';
import { ConnectionLost, type Failure } from 'fdselect/reactor';
import { describe, expect, test } from 'vitest';
import { openReactor, runReactor, SOME_LOOPS, stopWhen } from '../support/reactors.ts';
import { openPipe } from '../support/sandbox.ts';

describe.each(SOME_LOOPS)('$name', (mode) => {
  test('a reader and a writer on a pipe; added twice is added once', async () => {
    const reactor = openReactor(mode);
    const [r, w] = openPipe();
    const log: string[] = [];
    const reader = {
      fileno: () => r,
      doRead() {
        log.push(`read ${read(r, 10)}`);
      },
      connectionLost: (reason: Failure) => log.push(`reader ${reason.getErrorMessage()}`),
    };
    const writer = {
      fileno: () => w,
      doWrite() {
        write(w, Buffer.from('x'));
        reactor.removeWriter(writer);
        reactor.removeWriter(writer);
      },
      connectionLost: () => log.push('writer lost'),
    };
    reactor.addReader(reader);
    reactor.addReader(reader);
    reactor.addWriter(writer);
    reactor.addWriter(writer);
    expect([reactor.getReaders(), reactor.getWriters()]).toEqual([[reader], [writer]]);
    stopWhen(reactor, () => log.length > 0);
    await runReactor(mode, reactor);
    const lost = 'Connection to the other side was lost in a non-clean fashion: Connection lost.';
    expect(log).toEqual(['read x', `reader ${lost}`]);
    expect([reactor.getReaders(), reactor.getWriters()]).toEqual([[], []]);
  });

  test.each(['returns', 'throws'])(
    'an error that doRead or doWrite %s is the end of that one',
    async (how) => {
      const errors: unknown[] = [];
      const reactor = openReactor(mode, { onError: (error) => errors.push(error) });
      const [r, w] = openPipe();
      write(w, Buffer.from('x'));
      const log: unknown[] = [];
      const oops = () => {
        const error = new Error('oops');
        if (how === 'throws') throw error;
        return error;
      };
      const connectionLost = ({ value }: Failure) => log.push(value);
      const both = { fileno: () => r, doRead: oops, doWrite: () => {}, connectionLost };
      const writer = { fileno: () => w, doWrite: oops, connectionLost };
      reactor.addReader(both);
      reactor.addWriter(writer);
      stopWhen(reactor, () => log.length === 2);
      await runReactor(mode, reactor);
      expect(log).toEqual([new Error('oops'), new Error('oops')]);
      expect(errors).toHaveLength(how === 'throws' ? 2 : 0);
      expect([...reactor.getReaders(), ...reactor.getWriters()]).toEqual([]);
    },
  );

  test('other results of doRead have no effect', async () => {
    const reactor = openReactor(mode);
    const [r, w] = openPipe();
    write(w, Buffer.from('x'));
    let count = 0;
    const reader = {
      fileno: () => r,
      doRead: () => ++count,
      connectionLost: ({ value }: Failure) => expect(value).toBeInstanceOf(ConnectionLost),
    };
    reactor.addReader(reader);
    stopWhen(reactor, () => count > 2);
    await runReactor(mode, reactor);
    expect(reactor.getReaders()).toEqual([]);
  });

  test('a descriptor that removes another one that is ready', async () => {
    const reactor = openReactor(mode);
    const pipes = [openPipe(), openPipe()];
    const log: number[] = [];
    const readers = pipes.map(([r, w], i) => {
      write(w, Buffer.from('x'));
      return {
        fileno: () => r,
        doRead() {
          log.push(i);
          for (const reader of readers) reactor.removeReader(reader);
          reactor.callLater(0.02, () => reactor.stop());
        },
        connectionLost: () => expect.fail('it was removed'),
      };
    });
    for (const reader of readers) reactor.addReader(reader);
    await runReactor(mode, reactor);
    expect(log).toHaveLength(1);
  });

  test('removeAll returns each descriptor once, and none of the reactor itself', () => {
    const reactor = openReactor(mode);
    const [r, w] = openPipe();
    const connectionLost = () => expect.fail('it was removed');
    const both = { fileno: () => r, doRead() {}, doWrite() {}, connectionLost };
    const writer = { fileno: () => w, doWrite() {}, connectionLost };
    expect(reactor.removeAll()).toEqual([]);
    reactor.addReader(both);
    reactor.addWriter(both);
    reactor.addWriter(writer);
    expect(reactor.removeAll()).toEqual([both, writer]);
    expect([...reactor.getReaders(), ...reactor.getWriters()]).toEqual([]);
  });
});
