/** The programs of the README: the three of the documents, in fifteen lines or fewer each. */
import { readFileSync } from 'node:fs';
import { createServer } from 'fdselect/socket';
import { expect, test } from 'vitest';
import { connectTo } from '../support/peer.ts';
import { scriptFile } from '../support/script.ts';
import { run, until } from '../support/server.ts';

const TIME_SOURCE = `class TimeSource extends Component {
  *main() {
    const beat = every(0.1); // does not drift
    for (;;) {
      yield* beat();
      this.send(Date.now() / 1000);
    }
  }
}`;

const BROADCAST = `// The time, for everybody who connects to port 1600
import { Backplane, Component, every, Pipeline, PublishTo, SimpleServer, Stringify, SubscribeTo } from 'fdselect/components';
${TIME_SOURCE}
new Backplane('TIME').activate();
new Pipeline(new TimeSource(), new Stringify(), new PublishTo('TIME')).activate();
new SimpleServer({ protocol: () => new SubscribeTo('TIME'), port: 1600 }).run();
`;

const RELAY = `// What anybody sends to port 1599 gets to everybody on port 1600
import { Backplane, PublishTo, SimpleServer, SubscribeTo } from 'fdselect/components';
new Backplane('EVENTS').activate();
new SimpleServer({ protocol: () => new SubscribeTo('EVENTS'), port: 1600 }).activate();
new SimpleServer({ protocol: () => new PublishTo('EVENTS'), port: 1599 }).run();
`;

const SOURCE = `// The time source in a process of its own, a client of the program above
import { Component, every, Pipeline, Stringify, TCPClient } from 'fdselect/components';
${TIME_SOURCE.replace(' // does not drift', '')}
new Pipeline(new TimeSource(), new Stringify(), new TCPClient('127.0.0.1', 1599)).run();
`;

const PROGRAMS = [BROADCAST, RELAY, SOURCE];

/** Ports that nobody listens on at the moment. */
function freePorts(count: number): number[] {
  const servers = Array.from({ length: count }, () => createServer(['127.0.0.1', 0]));
  const ports = servers.map((server) => server.getsockname()[1] as number);
  for (const server of servers) server.close();
  return ports;
}

/** Runs a program on other ports. */
function start(program: string, [subscribers, publishers]: number[]) {
  const source = program
    .replaceAll('1600', String(subscribers))
    .replaceAll('1599', String(publishers));
  return run(process.execPath, [scriptFile(source)]);
}

/** Connects as soon as somebody listens. */
async function connectSoon(port: number) {
  for (let tries = 0; tries < 500; tries++) {
    try {
      return await connectTo({ port });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  throw new Error(`nobody listens on port ${port}`);
}

test('fifteen lines each', () => {
  for (const program of PROGRAMS) expect(program.trim().split('\n').length).toBeLessThanOrEqual(15);
});

test('what the README shows is what is run here', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  for (const [, block] of readme.matchAll(/```ts\n(.*?)```/gs)) {
    if (block?.includes("from 'fdselect/components'")) expect(PROGRAMS).toContain(block);
  }
});

test('five clients get the time', async () => {
  const ports = freePorts(2);
  await using server = start(BROADCAST, ports);
  const clients = [(await connectSoon(ports[0] as number)).read()];
  for (let i = 1; i < 5; i++) {
    clients.push((await connectTo({ port: ports[0] as number })).read());
  }
  for (const client of clients) await client.gets(60);
  // The last one's whole answer is what the first one got meanwhile.
  const [first, ...others] = clients.map((client) => client.text);
  for (const text of others) {
    const begin = first?.indexOf(text.slice(0, 14)) ?? -1;
    expect(begin).toBeGreaterThanOrEqual(0);
    const common = Math.min(text.length, (first as string).length - begin);
    expect(text.slice(0, common)).toBe(first?.slice(begin, begin + common));
  }
  const seconds = Number(/^\d{10}\.\d{1,3}?(?=\d{10}\.)/.exec(first as string)?.[0]);
  expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(10);
  for (const client of clients) await client[Symbol.asyncDispose]();
  expect(server.stderr).toBe('');
});

test('events published by one client to many, and the time source in another process', async () => {
  const ports = freePorts(2);
  await using relay = start(RELAY, ports);
  const clients = [(await connectSoon(ports[0] as number)).read()];
  for (let i = 1; i < 3; i++) {
    clients.push((await connectTo({ port: ports[0] as number })).read());
  }
  {
    await using publisher = await connectSoon(ports[1] as number);
    await until(() => {
      publisher.write('hello ');
      return clients.every((client) => client.size > 0);
    }, 'all are there');
  }
  await using source = start(SOURCE, ports);
  for (const client of clients) {
    await until(() => /(\d{10}\.\d{1,3}){3}/.test(client.text), 'three times');
    expect(client.text).toMatch(/^(hello )+\d{10}\./);
    await client[Symbol.asyncDispose]();
  }
  expect([relay.stderr, source.stderr]).toEqual(['', '']);
});
