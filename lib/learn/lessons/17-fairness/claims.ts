/** The claims of lesson 17 about the kernel. */
import assert from 'node:assert/strict';
import { EPOLLIN, epoll, POLLIN, poll } from 'fdselect';
import { close, pipe, write } from 'fdselect/os';
import { createConnection, createServer, socketpair } from 'fdselect/socket';
import { claim } from '../../course/claim.js';
import { proof } from '../../course/proof.js';

/** How often the talker is read before the quiet client, with at most `budget` reads a turn. */
const readsBeforeQuiet = (budget: number) => {
  let reads = 0;
  return proof((own) => {
    const [talker, a] = own(socketpair());
    const [quiet, b] = own(socketpair());
    for (const socket of [talker, a]) socket.setblocking(false);
    const poller = poll();
    poller.register(a, POLLIN);
    poller.register(b, POLLIN);
    talker.send('x');
    quiet.send('?');
    const buffer = Buffer.alloc(1);
    for (let isServed = false; !isServed; ) {
      for (const [fd] of poller.poll(0)) {
        if (fd === b.fileno()) isServed = true;
        else
          for (let i = 0; i < budget && a.tryRecvInto(buffer) !== null; i++) {
            if (++reads < 5000) talker.send('x');
          }
      }
    }
  })().then(() => reads);
};

export const claims = [
  claim(
    'fair-drain-starves',
    'A server that reads a talker until `EAGAIN` reads it 5000 times before it serves the client behind it, if the talker has 5000 messages.',
    async () => assert.equal(await readsBeforeQuiet(Number.POSITIVE_INFINITY), 5000),
  ),
  claim(
    'fair-one-read',
    'With one read a turn the talker is read once before the quiet client.',
    async () => assert.equal(await readsBeforeQuiet(1), 1),
  ),
  claim(
    'fair-level-forgets-nothing',
    'A level-triggered wait tells again of what was left unread, so a budget loses nothing.',
    proof((own) => {
      const [a, b] = own(socketpair());
      a.send('12345678');
      const poller = poll();
      poller.register(b, POLLIN);
      let text = '';
      while (poller.poll(0).length > 0) text += b.recv(3);
      assert.equal(text, '12345678');
    }),
  ),
  claim(
    'fair-poll-order',
    '`poll` answers in the order of its array, so the first entry always has its turn first.',
    proof((own) => {
      const pipes = [pipe(), pipe(), pipe()] as const;
      own(pipes.flat());
      const poller = poll();
      for (const [reader] of pipes) poller.register(reader, POLLIN);
      for (const [, writer] of [...pipes].reverse()) write(writer, 'x');
      assert.deepEqual(
        poller.poll(0).map(([fd]) => fd),
        pipes.map(([reader]) => reader),
      );
    }),
  ),
  claim(
    'fair-epoll-turns',
    '`epoll` with room for one answer gives each ready fd its turn.',
    proof((own) => {
      const set = own(epoll());
      const readers = [1, 2, 3].map(() => {
        const [reader, writer] = pipe();
        set.register(own(reader), EPOLLIN);
        write(writer, 'x');
        close(writer);
        return reader;
      });
      const told = [1, 2, 3, 4, 5, 6].map(() => set.poll(0, 1)[0]?.[0]);
      assert.deepEqual(told, [...readers, ...readers]);
    }),
    'linux',
  ),
  claim(
    'fair-accept-k',
    'Connections that were not accepted in this turn are there in the next one.',
    proof((own) => {
      const listener = own(createServer(['127.0.0.1', 0]));
      const address = listener.getsockname();
      for (let i = 0; i < 5; i++) own(createConnection(address));
      const poller = poll();
      poller.register(listener, POLLIN);
      const turns: number[] = [];
      while (poller.poll(0).length > 0) {
        let accepted = 0;
        listener.setblocking(false);
        for (; accepted < 2; accepted++) {
          const connection = listener.tryAccept();
          if (connection === null) break;
          own(connection[0]);
        }
        turns.push(accepted);
      }
      assert.deepEqual(turns, [2, 2, 1]);
    }),
  ),
];
