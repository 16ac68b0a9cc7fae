/** The laws of select_tut(2), one claim each. */
import assert from 'node:assert/strict';
import { POLLIN, poll, select } from 'fdselect';
import { socketpair } from 'fdselect/socket';
import { seenInC as inC } from '../../course/c-program.js';
import { claim } from '../../course/claim.js';
import { closeAll } from '../../course/kernel.js';
import { codeOf, countPolls } from '../../course/proof.js';

const seenInC = (name: string) => inC('03-select', 'sets.c', name);

export const claims = [
  claim(
    'law-1-no-timeout',
    'Law 1: without a timeout, an idle program is not woken at all; with a short one it is woken again and again.',
    () => {
      const [peer, own] = socketpair();
      const idle = poll();
      idle.register(own, POLLIN);
      assert.equal(countPolls(idle, 100), 1);
      let wakeups = 0;
      for (
        const end = performance.now() + 5000;
        wakeups <= 2 && performance.now() < end;
        wakeups++
      ) {
        assert.deepEqual(idle.poll(5), []);
      }
      assert.ok(wakeups > 2, `${wakeups}`);
      closeAll(peer, own);
    },
  ),
  claim(
    'law-2-nfds',
    'Law 2: `nfds` is the highest number plus 1. With one less, that one is not watched.',
    () => {
      assert.equal(seenInC('answer'), 1);
      assert.equal(seenInC('nfds-too-small'), 0);
    },
    'cc',
  ),
  claim(
    'law-3-no-interest',
    'Law 3: a ready file descriptor that the program does not act on keeps every wait from sleeping.',
    () => {
      const [peer, own] = socketpair();
      const [other, quiet] = socketpair();
      peer.send('nothing reads this');
      const began = performance.now();
      for (let i = 0; i < 10; i++) assert.deepEqual(select([own, quiet], [], [], 1)[0], [own]);
      assert.ok(performance.now() - began < 5000); // of 10 s
      closeAll(peer, own, other, quiet);
    },
  ),
  claim(
    'law-4-check-all',
    'Law 4: one call can answer several file descriptors; each has to be looked at.',
    () => {
      const [a, b] = socketpair();
      const [c, d] = socketpair();
      a.send('x');
      c.send('y');
      assert.deepEqual(select([b, d], [a], [], 0), [[b, d], [a], []]);
      closeAll(a, b, c, d);
    },
  ),
  claim('law-5-partial', 'Law 5: `recv` and `send` may do less than was asked for.', () => {
    const [own, peer] = socketpair();
    own.setblocking(false);
    const message = Buffer.alloc(1 << 20);
    assert.ok(own.send(message) < message.length);
    assert.ok(peer.recv(1 << 21).length < message.length);
    closeAll(own, peer);
  }),
  claim(
    'law-6-single-bytes',
    'Law 6: to read 4000 bytes one by one takes 4000 calls; with a large buffer it takes one.',
    () => {
      const [own, peer] = socketpair();
      const count = (size: number) => {
        peer.send(Buffer.alloc(4000));
        const buffer = Buffer.alloc(size);
        own.setblocking(false);
        let calls = 0;
        while (own.tryRecvInto(buffer) !== null) calls++;
        return calls;
      };
      assert.equal(count(1), 4000);
      assert.equal(count(8192), 1);
      closeAll(own, peer);
    },
  ),
  claim(
    'law-7-eagain',
    'Law 7: a non-blocking call can fail with `EAGAIN`, and that is no reason to close anything.',
    () => {
      const [peer, own] = socketpair();
      own.setblocking(false);
      assert.equal(
        codeOf(() => own.recv(1)),
        'EAGAIN',
      );
      peer.send('x');
      assert.equal(String(own.recv(1)), 'x');
      closeAll(peer, own);
    },
  ),
  claim(
    'law-8-zero-size',
    'Law 8: `recv` with a size of 0 answers 0 on an open, empty socket: it looks like the end.',
    () => {
      const [peer, own] = socketpair();
      own.setblocking(false);
      assert.equal(own.tryRecvInto(Buffer.alloc(0)), 0);
      assert.equal(own.tryRecvInto(Buffer.alloc(1)), null);
      closeAll(peer, own);
    },
  ),
  claim(
    'law-9-end-is-ready',
    'Law 9: a file descriptor at its end is readable for ever: more than 100 waits in 50 ms; taken off, 1.',
    () => {
      const [peer, own] = socketpair();
      peer.close();
      const watched = poll();
      watched.register(own, POLLIN);
      const waits = countPolls(watched);
      watched.unregister(own);
      const after = countPolls(watched);
      own.close();
      assert.ok(waits > 100, `${waits} waits`);
      assert.equal(after, 1);
    },
  ),
  claim(
    'law-10-timeout',
    'Law 10: on Linux a C program that does not set the timeout again waits 0 seconds after the first time.',
    () => {
      assert.equal(seenInC('timeout'), 0);
      assert.equal(seenInC('timeout-left'), 0);
    },
    'cc-linux',
  ),
  claim(
    'law-11-sets',
    'Law 11: the sets are overwritten; used again as they are, they miss what has become ready.',
    () => {
      assert.equal(seenInC('timeout-bit'), 0);
      assert.equal(seenInC('not-filled'), 0);
    },
    'cc',
  ),
];
