/** Pipeline, Graphline, Stringify; and random graphs: every message arrives once and in order. */
import fc from 'fast-check';
import {
  Component,
  Graphline,
  type GraphlineOptions,
  Pipeline,
  ProducerFinished,
  ShutdownMicroprocess,
  Stringify,
} from 'fdselect/components';
import { describe, expect, test } from 'vitest';
import { Actor, Echo, Sink, Source } from '../support/components.ts';
import { SCHEDULERS } from '../support/schedulers.ts';
import { rangeError, thrown, typeError } from '../support/thrown.ts';

/** A component with an outbox for each that it sends to, which passes messages on to all of them. */
class Node extends Component {
  static count = 0;
  readonly got: unknown[] = [];
  readonly #own: unknown[];
  readonly #outboxes: string[] = [];

  constructor(own: unknown[]) {
    super();
    this.#own = own;
  }

  sendTo(other: Node): void {
    const outbox = `to ${other.name}`;
    this.addOutbox(outbox);
    this.#outboxes.push(outbox);
    this.link([this, outbox], [other, 'inbox']);
  }

  #sendAll(message: unknown): void {
    for (const outbox of this.#outboxes) this.send(message, outbox);
  }

  override *main() {
    for (;;) {
      if (this.#own.length > 0) this.#sendAll(this.#own.shift());
      for (let i = 0; i < 3 && this.dataReady(); i++) {
        const message = this.recv();
        this.got.push(message);
        this.#sendAll(message);
      }
      if (this.#own.length === 0 && !this.dataReady()) this.pause();
      yield;
    }
  }
}

describe.each(SCHEDULERS)('$name', ({ open, run, runUntil }) => {
  test('Pipeline: outbox to inbox, signal to control, and it ends when all have ended', async () => {
    const scheduler = open();
    const sink = new Sink();
    const pipeline = new Pipeline(new Source([1, 2.5, null, { a: 1 }]), new Stringify(), sink);
    pipeline.activate(scheduler);
    await run(scheduler);
    expect(sink.messages).toEqual(['1', '2.5', 'null', '[object Object]']);
    expect(sink.end).toBeInstanceOf(ProducerFinished);
    expect(pipeline.hasEnded).toBe(true);
  });

  test('a Pipeline in a Pipeline, and messages from before it begins', async () => {
    const scheduler = open();
    const inner = new Pipeline(new Stringify(), new Echo());
    const sink = new Sink();
    const outer = new Pipeline(inner, new Pipeline(sink)).activate(scheduler);
    for (let i = 0; i < 5; i++) outer.deliver(i);
    outer.deliver(new ProducerFinished(), 'control');
    await run(scheduler);
    expect(sink.messages).toEqual(['0', '1', '2', '3', '4']);
    expect(outer.hasEnded).toBe(true);
  });

  test('in a Pipeline a slow component makes the others wait; messages on control do not wait', async () => {
    const scheduler = open();
    let sent = 0;
    let waited = 0;
    const source = new Actor(function* (self) {
      for (; !self.dataReady('control'); sent++) {
        self.send(sent);
        yield;
      }
      self.send(self.recv('control'), 'signal');
    });
    const slow = new Actor(function* (self) {
      while (waited < 1500) {
        waited++;
        yield;
      }
      expect(sent).toBeLessThan(1100);
      for (let i = 0; i < 1200; i++) {
        if (self.dataReady()) expect(self.recv()).toBe(i);
        else i--;
        yield;
      }
      expect(sent).toBeGreaterThan(1200);
      const before = sent;
      source.deliver(new ProducerFinished(), 'control');
      while (!self.dataReady('control')) yield;
      expect(sent - before).toBeLessThan(5);
    });
    new Pipeline(source, slow).activate(scheduler);
    await run(scheduler);
    expect(slow.hasEnded).toBe(true);
  });

  test('Stringify: waiting messages come out before ProducerFinished, not before a shutdown', async () => {
    const scheduler = open();
    const texts: unknown[] = [];
    for (const end of [new ProducerFinished(), new ShutdownMicroprocess()]) {
      const stringify = new Stringify();
      const sink = new Sink();
      sink.link([stringify, 'outbox'], [sink, 'inbox']);
      sink.link([stringify, 'signal'], [sink, 'control']);
      for (let i = 0; i < 3000; i++) stringify.deliver(i);
      stringify.deliver(end, 'control');
      stringify.activate(scheduler);
      sink.activate(scheduler);
      await run(scheduler);
      expect(sink.end).toBe(end);
      texts.push(sink.messages.length);
    }
    // A shutdown is read after the first thousand, for which there is room.
    expect(texts).toEqual([3000, 1000]);
  });

  test.each([
    [
      'pairs',
      [
        [
          ['self', 'inbox'],
          ['first', 'inbox'],
        ],
        [
          ['first', 'outbox'],
          ['second', 'inbox'],
        ],
        [
          ['second', 'outbox'],
          ['', 'out'],
        ],
      ],
    ],
    [
      'an object',
      {
        'self.inbox': 'first.inbox',
        'first.outbox': 'second.inbox',
        'second.outbox': 'self.out',
      },
    ],
  ] as [string, GraphlineOptions['links']][])('Graphline with links as %s', async (_, links) => {
    const scheduler = open();
    const components = { first: new Stringify(), second: new Echo() };
    const graphline = new Graphline({ components, links }).activate(scheduler);
    const sink = new Sink().activate(scheduler);
    sink.link([graphline, 'out'], [sink, 'inbox']);
    sink.link([graphline, 'signal'], [sink, 'control']);
    graphline.deliver(1);
    graphline.deliver(2);
    await runUntil(scheduler, () => {
      if (sink.messages.length === 2 && !graphline.hasEnded && !graphline.dataReady('control')) {
        graphline.deliver(new ShutdownMicroprocess(), 'control'); // to both: nothing leads there
      }
      return sink.end !== null;
    });
    expect(sink.messages).toEqual(['1', '2']);
    expect(sink.end).toBeInstanceOf(ShutdownMicroprocess);
    expect(graphline.hasEnded).toBe(true);
  });

  test('Graphline: linked control and signal are left to those they are linked with', async () => {
    const scheduler = open();
    const [first, second] = [new Sink(), new Sink()];
    const end = new ProducerFinished();
    const graphline = new Graphline({
      components: { first, second, passer: new Echo() },
      links: { 'self.control': 'passer.control', 'passer.signal': 'first.control' },
    }).activate(scheduler);
    graphline.deliver(end, 'control');
    await runUntil(scheduler, () => first.hasEnded);
    expect([first.end, second.end]).toEqual([end, null]);
  });

  test('random graphs: every message once on each way, those of one sender in their order', async () => {
    const nodes = fc.integer({ min: 2, max: 8 });
    const edges = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 12 });
    const counts = fc.array(fc.nat(40), { minLength: 8, maxLength: 8 });
    const property = async (size: number, pairs: [number, number][], lengths: number[]) => {
      const scheduler = open();
      const all = Array.from({ length: size }, (_, i) => {
        const own = Array.from({ length: lengths[i] as number }, (_, n) => `${i}:${n}`);
        return new Node(own);
      });
      // From the lower to the higher: no circles, in which messages would go round for ever.
      const ways = new Map<string, [number, number]>();
      for (const [a, b] of pairs) {
        const [from, to] = [Math.min(a, b) % size, Math.max(a, b) % size].sort() as [
          number,
          number,
        ];
        if (from !== to) ways.set(`${from} ${to}`, [from, to]);
      }
      for (const [from, to] of ways.values()) (all[from] as Node).sendTo(all[to] as Node);
      /** How many ways there are from a node to another one. */
      const count = (from: number, to: number): number =>
        from === to
          ? 1
          : [...ways.values()]
              .filter(([a]) => a === from)
              .reduce((sum, [, next]) => sum + count(next, to), 0);
      const expected = all.map((_, to) =>
        all.reduce((sum, _, i) => sum + (i === to ? 0 : count(i, to) * (lengths[i] as number)), 0),
      );
      // In any order: the schedule must not matter.
      for (const node of [...all].reverse()) node.activate(scheduler);
      await runUntil(scheduler, () =>
        all.every((node, i) => node.got.length === expected[i] && !node.anyReady()),
      );
      for (const [to, node] of all.entries()) {
        for (let from = 0; from < size; from++) {
          const own = node.got.filter((message) => String(message).startsWith(`${from}:`));
          const numbers = own.map((message) => Number(String(message).split(':')[1]));
          const times = from === to ? 0 : count(from, to);
          const sorted = [...numbers].sort((a, b) => a - b);
          const once = Array.from({ length: lengths[from] as number }, (_, n) => n);
          expect(sorted).toEqual(once.flatMap((n) => Array(times).fill(n)));
          if (times === 1) expect(numbers).toEqual(once);
        }
      }
    };
    await fc.assert(fc.asyncProperty(nodes, edges, counts, property), { numRuns: 15 });
  });
});

test.each([
  [[], rangeError],
  [[{}], typeError],
  [[new Sink(), 'x'], typeError],
])('new Pipeline(...%j) throws', (components, error) => {
  expect(thrown(() => new Pipeline(...(components as Component[])))).toEqual(error);
});

test.each([
  [{ components: { a: {} }, links: [] }, typeError, 'components.a'],
  [{ components: {}, links: { 'a.outbox': 'self.inbox' } }, rangeError, "'a'"],
  [{ components: {}, links: { a: 'self.inbox' } }, typeError, "'a'"],
  [{ components: {}, links: [['a', 'b']] }, typeError, "'a'"],
  [{ components: {}, links: { 'self.inbox': 'self.outbox' } }, rangeError, 'self'],
])('new Graphline(%j) throws', (options, error, word) => {
  const caught = thrown(() => new Graphline(options as never));
  expect(caught).toEqual(error);
  expect((caught as Error).message).toContain(word);
});

test('Graphline: a box that does not exist', () => {
  const components = { a: new Sink(), b: new Sink() };
  const links = { 'a.out': 'b.inbox' };
  const error = thrown(() => new Graphline({ components, links }));
  expect(error).toEqual(rangeError);
  expect((error as Error).message).toBe("outbox must be one of outbox, signal, received 'out'");
});
