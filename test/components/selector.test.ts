/** Selector: the service that sends a message when a file descriptor is ready. */
import {
  NewExceptional,
  NewReader,
  NewWriter,
  ProducerFinished,
  RemoveExceptional,
  RemoveReader,
  RemoveWriter,
  type Scheduler,
  Selector,
  sleep,
} from 'fdselect/components';
import { read, write } from 'fdselect/os';
import { MSG_OOB } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { Actor, Sink } from '../support/components.ts';
import { close, openAt, openPipe, openTcp } from '../support/sandbox.ts';
import { SCHEDULERS } from '../support/schedulers.ts';
import { osError, typeError } from '../support/thrown.ts';

describe.each(SCHEDULERS)('$name', ({ open, run, selector: call }) => {
  /** Runs a component that has a selector and a sink. */
  async function act(
    main: (given: { ask(request: unknown): void; sink: Sink; self: Actor }) => Generator,
    scheduler: Scheduler = open(),
  ): Promise<void> {
    const selector = new Selector().activate(scheduler);
    const sink = new Sink().activate(scheduler);
    new Actor(function* (self) {
      const ask = (request: unknown) => selector.deliver(request, 'notify');
      try {
        yield* main({ ask, sink, self });
      } finally {
        self.scheduler.stop();
      }
    }).activate(scheduler);
    await run(scheduler);
  }

  test('a reader: one message for a request, then it has to ask again', async () => {
    const [r, w] = openPipe();
    await act(function* ({ ask, sink }) {
      const request = new NewReader([sink, 'inbox'], r);
      ask(request);
      yield* sleep(0.01);
      expect(sink.messages).toEqual([]);
      write(w, Buffer.from('xy'));
      while (sink.messages.length === 0) yield;
      yield* sleep(0.01);
      expect(sink.messages).toEqual([r]); // it is still readable
      read(r, 1);
      ask(request);
      while (sink.messages.length === 1) yield;
      expect(sink.messages).toEqual([r, r]);
    });
  });

  test('of two requests for the same event the first one counts', async () => {
    const [r, w] = openPipe();
    await act(function* ({ ask, sink }) {
      const second = new Sink().activate(sink.scheduler);
      ask(new NewReader([sink, 'inbox'], r));
      ask(new NewReader([second, 'inbox'], r));
      write(w, Buffer.from('x'));
      while (sink.messages.length === 0) yield;
      yield* sleep(0.01);
      expect([sink.messages, second.messages]).toEqual([[r], []]);
    });
  });

  test('a writer and a reader of the same, into inboxes of their choice', async () => {
    const [client, server] = openTcp();
    await act(function* ({ ask, sink, self }) {
      ask(new NewWriter([self, 'control'], client));
      ask(new NewReader([sink, 'inbox'], client));
      while (!self.dataReady('control')) yield;
      expect(self.recv('control')).toBe(client);
      expect(sink.messages).toEqual([]);
      server.send(Buffer.from('x'));
      while (sink.messages.length === 0) yield;
      expect(sink.messages).toEqual([client]);
    });
  });

  test('out-of-band data', async () => {
    const [client, server] = openTcp();
    await act(function* ({ ask, sink }) {
      ask(new NewExceptional([sink, 'inbox'], client));
      server.send(Buffer.from('x'));
      yield* sleep(0.01);
      expect(sink.messages).toEqual([]);
      server.send(Buffer.from('!'), MSG_OOB);
      while (sink.messages.length === 0) yield;
      expect(sink.messages).toEqual([client]);
    });
  });

  test('a request that was removed is forgotten', async () => {
    const [r, w] = openPipe();
    const [client, server] = openTcp();
    await act(function* ({ ask, sink }) {
      ask(new NewReader([sink, 'inbox'], r));
      ask(new NewWriter([sink, 'inbox'], w));
      ask(new NewExceptional([sink, 'inbox'], client));
      ask(new RemoveReader(r));
      ask(new RemoveWriter(w));
      ask(new RemoveExceptional(client));
      ask(new RemoveReader(w)); // was never asked for
      write(w, Buffer.from('x'));
      server.send(Buffer.from('!'), MSG_OOB);
      yield* sleep(0.02);
      expect(sink.messages).toEqual([]);
      ask(new NewReader([sink, 'inbox'], r));
      while (sink.messages.length === 0) yield;
    });
  });

  test('an object without an fd, and a closed fd, are reported; the others are still watched', async () => {
    const errors: unknown[] = [];
    const scheduler = open({ onError: (error) => errors.push(error) });
    const [r, w] = openPipe();
    const closed = openAt(r, 700); // a number that no other file gets
    close(closed);
    await act(function* ({ ask, sink }) {
      ask(new NewReader([sink, 'inbox'], {} as never));
      ask(new NewReader([sink, 'inbox'], closed));
      ask('nonsense');
      ask(new NewReader([sink, 'inbox'], r));
      write(w, Buffer.from('x'));
      while (sink.messages.length === 0) yield;
      expect(sink.messages).toEqual([r]);
    }, scheduler);
    expect(errors).toEqual([typeError, osError('EBADF')]);
  });

  test('an fd that is closed while it is watched does not affect other watches', async () => {
    const errors: unknown[] = [];
    const scheduler = open({ onError: (error) => errors.push(error) });
    const [r, w] = openPipe();
    const [closed] = openPipe();
    await act(function* ({ ask, sink }) {
      ask(new NewReader([sink, 'inbox'], closed));
      ask(new NewReader([sink, 'inbox'], r));
      yield* sleep(0.01);
      close(closed);
      write(w, Buffer.from('x'));
      while (!sink.messages.includes(r)) yield* sleep(0.001);
    }, scheduler);
    for (const error of errors) expect(error).toEqual(osError('EBADF'));
    if (call === 'epoll') expect(errors).toEqual([]);
  });

  test('it ends on request, and so do its requests', async () => {
    const scheduler = open();
    const [r, w] = openPipe();
    const selector = new Selector().activate(scheduler);
    const sink = new Sink().activate(scheduler);
    sink.link([selector, 'signal'], [sink, 'control']);
    selector.deliver(new NewReader([sink, 'inbox'], r), 'notify');
    const end = new ProducerFinished();
    new Actor(function* () {
      yield* sleep(0.01);
      selector.deliver(end, 'control');
      while (!selector.hasEnded) yield;
      write(w, Buffer.from('x'));
      yield* sleep(0.01);
    }).activate(scheduler);
    await run(scheduler);
    expect([sink.end, sink.messages]).toEqual([end, []]);
  });
});
