/** The claims of lesson 26 about Node.js. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import * as net from 'node:net'; // by its name: the bundler would rename createServer of fdselect/socket
import { fileno, select, selectAsync } from 'fdselect';
import { pipe } from 'fdselect/os';
import { claim } from '../../course/claim.js';
import { proof } from '../../course/proof.js';

/** The fds of this process that are epoll sets. */
const epollSets = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes('eventpoll');
    } catch {
      return false; // the one that lists them
    }
  });

async function ticksDuring(wait: () => unknown): Promise<number> {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  await wait();
  clearInterval(timer);
  return ticks;
}

export const claims = [
  claim('node-blocked', 'While a blocking wait sleeps, no timer of Node.js runs.', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    select([], [], [], 0.1);
    clearInterval(timer);
    assert.equal(ticks, 0);
  }),
  claim('node-beside', 'While `selectAsync` waits, timers run.', async () => {
    assert.ok((await ticksDuring(() => selectAsync([], [], [], 0.2))) > 1);
  }),
  claim(
    'node-net-in-epoll',
    'A listener of `node:net` is an entry of an epoll set of this process: you can read it in `/proc`.',
    async () => {
      const server = net.createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const fd = fileno(server);
      await new Promise((resolve) => setImmediate(resolve));
      const lists = epollSets().map((set) => readFileSync(`/proc/self/fdinfo/${set}`, 'latin1'));
      assert.ok(lists.some((list) => new RegExp(`tfd: +${fd} `).test(list)));
      server.close();
      await once(server, 'close');
    },
    'proc',
  ),
  claim(
    'node-one-set',
    'A hundred waits that are pending need no more epoll sets than one does.',
    proof(async (own) => {
      const controller = new AbortController();
      const wait = () => selectAsync([own(pipe())[0]], [], [], 5, controller).catch(() => {});
      const waits = [wait()];
      const before = epollSets().length;
      for (let i = 0; i < 99; i++) waits.push(wait());
      assert.equal(epollSets().length, before);
      controller.abort();
      await Promise.all(waits);
    }),
    'proc',
  ),
];
