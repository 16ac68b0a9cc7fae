/** Backplane, PublishTo, SubscribeTo. */
import {
  Backplane,
  type Component,
  NoSpaceInBox,
  Pipeline,
  ProducerFinished,
  PublishTo,
  type Scheduler,
  ShutdownMicroprocess,
  SimpleServer,
  SubscribeTo,
} from 'fdselect/components';
import { createConnection } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { Actor, Sink, Source } from '../support/components.ts';
import { closing, reset } from '../support/sandbox.ts';
import { SCHEDULERS } from '../support/schedulers.ts';
import { thrown, typeError } from '../support/thrown.ts';

function subscribe(scheduler: Scheduler, name = 'X'): Sink {
  const sink = new Sink();
  new Pipeline(new SubscribeTo(name), sink).activate(scheduler);
  return sink;
}

function numbers(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

describe.each(SCHEDULERS)('$name', ({ open, runUntil }) => {
  test('two publishers, three subscribers: all see every message, in the same order', async () => {
    const scheduler = open();
    // In any order: a publisher has its first turn when run() begins.
    new Backplane('X').activate(scheduler);
    new Pipeline(new Source(numbers('a', 300)), new PublishTo('X')).activate(scheduler);
    const sinks = [1, 2, 3].map(() => subscribe(scheduler));
    new Pipeline(new Source(numbers('b', 500)), new PublishTo('X')).activate(scheduler);
    await runUntil(scheduler, () => sinks.every((sink) => sink.messages.length >= 800));
    const [first, ...others] = sinks.map((sink) => sink.messages);
    for (const messages of others) expect(messages).toEqual(first);
    for (const prefix of ['a', 'b']) {
      const own = first?.filter((message) => String(message).startsWith(prefix));
      expect(own).toEqual(numbers(prefix, prefix === 'a' ? 300 : 500));
    }
  });

  test('a later subscriber gets only later messages', async () => {
    const scheduler = open();
    new Backplane('X').activate(scheduler);
    const early = subscribe(scheduler);
    let late: Sink | undefined;
    const source = new Actor(function* (self) {
      for (let i = 0; i < 10; i++) {
        if (i === 5) late = subscribe(self.scheduler);
        self.send(i);
        if (i !== 4) yield; // 4 has been published in the turn in which the late one comes
      }
      self.send(new ProducerFinished(), 'signal');
    });
    new Pipeline(source, new PublishTo('X')).activate(scheduler);
    await runUntil(scheduler, () => early.messages.length === 10 && late?.messages.length === 5);
    expect(early.messages).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(late?.messages).toEqual([5, 6, 7, 8, 9]);
  });

  test('a name that is taken throws at activate, and is free again after the end', async () => {
    const scheduler = open();
    const first = new Backplane('X').activate(scheduler);
    expect(thrown(() => new Backplane('X').activate(scheduler))).toMatchObject({
      name: 'KeyError',
      key: 'X',
      code: 'ERR_ALREADY_REGISTERED',
    });
    new Backplane('Y').activate(scheduler);
    new Backplane('X').activate(open());
    first.deliver(new ShutdownMicroprocess(), 'control');
    await runUntil(scheduler, () => first.hasEnded);
    new Backplane('X').activate(scheduler);
  });

  test('no backplane of that name: reported, when it begins', async () => {
    const errors: unknown[] = [];
    const scheduler = open({ onError: (error, component) => errors.push([error, component]) });
    const publisher = new PublishTo('NOWHERE').activate(scheduler);
    const subscriber = new SubscribeTo('X').activate(scheduler); // before the backplane: no error
    const backplane = new Backplane('X').activate(scheduler);
    await runUntil(scheduler, () => publisher.hasEnded && backplane.subscribers === 1);
    const error = expect.objectContaining({ key: 'NOWHERE', code: 'ERR_NOT_REGISTERED' });
    expect(errors).toEqual([[error, publisher]]);
    expect(subscriber.hasEnded).toBe(true); // by stop()
  });

  test('the end of a publisher or of a subscriber ends no other component', async () => {
    const scheduler = open();
    const backplane = new Backplane('X').activate(scheduler);
    const stayer = subscribe(scheduler);
    const leaver = new SubscribeTo('X').activate(scheduler);
    const log: number[] = [];
    new Actor(function* (self) {
      const publish = (message: number) =>
        new Pipeline(new Source([message]), new PublishTo('X')).activate(self.scheduler);
      const first = publish(1);
      while (!first.hasEnded) yield;
      log.push(backplane.subscribers);
      leaver.deliver(new ProducerFinished(), 'control');
      while (!leaver.hasEnded) yield;
      log.push(backplane.subscribers);
      publish(2);
    }).activate(scheduler);
    await runUntil(scheduler, () => stayer.messages.length === 2);
    expect(stayer.messages).toEqual([1, 2]);
    expect(log).toEqual([2, 1]);
  });

  test('the end of the backplane is that of its subscribers, not of its publishers', async () => {
    const scheduler = open();
    const backplane = new Backplane('X').activate(scheduler);
    const sink = subscribe(scheduler);
    const publisher = new PublishTo('X').activate(scheduler);
    const end = new ProducerFinished();
    publisher.deliver('last words');
    backplane.deliver(end, 'control');
    await runUntil(scheduler, () => {
      if (sink.hasEnded) expect([publisher.hasEnded, backplane.hasEnded]).toEqual([false, true]);
      return sink.hasEnded;
    });
    expect([sink.messages, sink.end]).toEqual([['last words'], end]);
  });

  test('a subscriber that does not read is bounded, reported and dropped; the others go on', async () => {
    const errors: [unknown, Component | null][] = [];
    const scheduler = open({ onError: (error, component) => errors.push([error, component]) });
    const backplane = new Backplane('X').activate(scheduler);
    const subscriber = new SubscribeTo('X');
    const lazy = new Actor(function* (self) {
      while (!self.dataReady('control')) {
        self.pause();
        yield;
      }
    });
    new Pipeline(subscriber, lazy).activate(scheduler);
    const sink = subscribe(scheduler);
    const chunk = 'x'.repeat(1024);
    const source = new Actor(function* (self) {
      for (let i = 0; i < 1000; i++) {
        for (let j = 0; j < 3; j++) self.send(chunk); // so that another one follows at once
        yield;
      }
    });
    new Pipeline(source, new PublishTo('X')).activate(scheduler);
    await runUntil(scheduler, () => sink.messages.length === 3000 && lazy.hasEnded);
    expect(errors).toEqual([[expect.any(NoSpaceInBox), subscriber]]);
    expect(String(errors[0]?.[0])).toContain('1024 messages, 1048576 bytes');
    expect(backplane.hasEnded).toBe(true);
  });

  test('messages to a subscriber itself are discarded, and use no memory', async () => {
    const scheduler = open();
    new Backplane('X').activate(scheduler);
    const subscriber = new SubscribeTo('X');
    const sink = new Sink();
    new Pipeline(new Source(numbers('s', 2000)), subscriber, sink).activate(scheduler);
    await runUntil(scheduler, () => sink.hasEnded);
    expect([sink.messages, subscriber.anyReady()]).toEqual([[], false]);
  });

  test('clients that leave by FIN or RST, or do not read, do not affect others', async () => {
    const errors: unknown[] = [];
    const scheduler = open({ onError: (error) => errors.push(error) });
    const backplane = new Backplane('X').activate(scheduler);
    const server = new SimpleServer({ protocol: () => new SubscribeTo('X'), port: 0 });
    server.activate(scheduler);
    const connect = () => closing(createConnection(['127.0.0.1', server.port]));
    const [finisher, resetter, sleeper, reader] = [connect(), connect(), connect(), connect()];
    reader.setblocking(false);
    const chunk = Buffer.alloc(65536, 'abcdefgh');
    const buffer = Buffer.alloc(1 << 20);
    let sent = 0;
    let received = 0;
    let dropped = 0;
    const source = new Actor(function* (self) {
      while (backplane.subscribers < 4) yield;
      while (dropped === 0) {
        // The reader keeps pace, so that only the sleeper is too slow.
        if (sent - received < 262144) {
          self.send(chunk);
          sent += chunk.length;
        }
        if (sent === 10 * chunk.length) finisher.close();
        if (sent === 20 * chunk.length) reset(resetter);
        read();
        if (sent > 30 * chunk.length && backplane.subscribers === 1) dropped = sent;
        yield;
      }
      while (received < sent) {
        read();
        yield;
      }
    });
    new Pipeline(source, new PublishTo('X')).activate(scheduler);
    await runUntil(scheduler, () => received > 0 && received === sent && dropped > 0);
    expect(errors).toEqual([expect.any(NoSpaceInBox)]);
    // What the kernel keeps for it, and 1 MiB.
    expect(dropped).toBeLessThan(32 << 20);
    expect(thrown(() => readAll())).toMatchObject({ code: 'ECONNRESET' });

    function read(): void {
      for (
        let size = reader.tryRecvInto(buffer);
        size !== null;
        size = reader.tryRecvInto(buffer)
      ) {
        const position = received % 8;
        const expected = 'abcdefgh'.slice(position) + 'abcdefgh'.slice(0, position);
        expect(size).toBeGreaterThan(0);
        expect(buffer.toString('latin1', 0, Math.min(size, 8))).toBe(expected.slice(0, size));
        received += size;
      }
    }
    function readAll(): void {
      while (sleeper.recvInto(buffer) > 0);
    }
  });
});

test.each([[undefined], [7], [null]])('an invalid name: %s', (name) => {
  for (const Class of [Backplane, PublishTo, SubscribeTo]) {
    expect(thrown(() => new Class(name as never))).toEqual(typeError);
  }
});
