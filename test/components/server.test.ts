/** Servers and clients of components: SimpleServer, ServerCore, TCPServer, TCPClient. */
import { Pipeline, SimpleServer, TCPClient } from 'fdselect/components';
import { describe, expect, test } from 'vitest';
import { Echo, Sink, Source } from '../support/components.ts';
import { SCHEDULERS } from '../support/schedulers.ts';

describe.each(SCHEDULERS)('$name', ({ open, run }) => {
  test('1 MB of chargen arrives whole', async () => {
    const scheduler = open();
    const line = Array.from({ length: 72 }, (_, i) => String.fromCharCode(33 + i)).join('');
    const lines = Array.from(
      { length: 14_000 },
      (_, i) => `${line.slice(i % 72)}${line.slice(0, i % 72)}\r\n`,
    );
    const server = new SimpleServer({ protocol: () => new Source(lines), port: 0 });
    server.activate(scheduler);
    const sink = new Sink();
    new Pipeline(new TCPClient('127.0.0.1', server.port), sink).activate(scheduler);
    const stop = setInterval(() => {}, 1000);
    clearInterval(stop);
    scheduler.loop.callEvery(0.01, () => {
      if (sink.hasEnded) scheduler.stop();
    });
    await run(scheduler);
    expect(sink.text === lines.join('')).toBe(true);
  });
});
void Echo;
