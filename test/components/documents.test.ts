/** The programs of the README: the three of the documents, in fifteen lines or fewer each. */
import { expect, test } from 'vitest';
import { documentExample, linesOf, runExample } from '../support/documents.ts';
import { connectSoon, connectTo } from '../support/peer.ts';
import { until } from '../support/server.ts';
import { closedPort } from '../support/target.ts';

const BROADCAST = documentExample("new Backplane('TIME')");
const RELAY = documentExample("new Backplane('EVENTS')");
const SOURCE = documentExample('new TCPClient(');

test('each example has at most fifteen lines', () => {
  for (const program of [BROADCAST, RELAY, SOURCE]) {
    expect(linesOf(program)).toBeLessThanOrEqual(15);
  }
});

test('five clients get the time', async () => {
  const port = await closedPort();
  await using server = runExample(BROADCAST, { 1600: port });
  const clients = [(await connectSoon({ port })).read()];
  for (let i = 1; i < 5; i++) {
    clients.push((await connectTo({ port })).read());
  }
  for (const client of clients) await client.gets(60);
  // The first client has got everything that a later client has got.
  const [first, ...others] = clients.map((client) => client.text);
  for (const text of others) {
    const begin = first?.indexOf(text.slice(0, 14)) ?? -1;
    expect(begin).toBeGreaterThanOrEqual(0);
    const common = Math.min(text.length, (first as string).length - begin);
    expect(text.slice(0, common)).toBe(first?.slice(begin, begin + common));
  }
  const seconds = Number(first?.slice(0, 14));
  expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(10);
  for (const client of clients) await client[Symbol.asyncDispose]();
  expect(server.stderr).toBe('');
});

test('events published by one client to many, and the time source in another process', async () => {
  const [port, publishing] = [await closedPort(), await closedPort()];
  await using relay = runExample(RELAY, { 1600: port, 1599: publishing });
  const clients = [(await connectSoon({ port })).read()];
  for (let i = 1; i < 3; i++) {
    clients.push((await connectTo({ port })).read());
  }
  {
    await using publisher = await connectSoon({ port: publishing });
    await until(() => {
      publisher.write('hello ');
      return clients.every((client) => client.size > 0);
    }, 'all are there');
  }
  await using source = runExample(SOURCE, { 1599: publishing });
  for (const client of clients) {
    await until(() => /(\d{10}\.\d{3}){3}/.test(client.text), 'three times');
    expect(client.text).toMatch(/^(hello )+\d{10}\./);
    await client[Symbol.asyncDispose]();
  }
  expect([relay.stderr, source.stderr]).toEqual(['', '']);
});
