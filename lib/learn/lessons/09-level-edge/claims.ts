/** The claims of lesson 9 about epoll's three manners. Linux only. */
import assert from 'node:assert/strict';
import { EPOLLET, EPOLLIN, EPOLLONESHOT, epoll } from 'fdselect';
import { socketpair } from 'fdselect/socket';
import { claim } from '../../course/claim.js';
import { closeAll, interestList } from '../../course/kernel.js';

/** A registered socket whose peer sends; a wait is short, as nothing else is going on. */
function scene(flags: number) {
  const [peer, own] = socketpair();
  own.setblocking(false);
  const set = epoll();
  set.register(own, EPOLLIN | flags);
  return {
    send: (text: string) => peer.send(text),
    /** How many answers a wait gives. */
    wait: () => set.poll(0.005).length,
    /** Reads four bytes at most: how many, or null for EAGAIN. */
    read: () => own.tryRecvInto(Buffer.alloc(4)),
    rearm: () => set.modify(own, EPOLLIN | flags),
    events: () => interestList(set)[0]?.events,
    close: () => closeAll(set, peer, own),
  };
}

/** Waits and reads four bytes, until a wait gives nothing; the sizes that were read. */
function rounds({ wait, read }: ReturnType<typeof scene>): (number | null)[] {
  const sizes: (number | null)[] = [];
  while (wait() > 0) sizes.push(read());
  return sizes;
}

export const claims = [
  claim(
    'level-tells-again',
    'Level-triggered: 10 bytes, read 4 at a time, are reported three times: as long as some are there.',
    () => {
      const it = scene(0);
      it.send('abcdefghij');
      assert.deepEqual(rounds(it), [4, 4, 2]);
      it.close();
    },
    'linux',
  ),
  claim(
    'edge-tells-once',
    'Edge-triggered: the same 10 bytes are reported once. 6 of them stay, and no wait reports them.',
    () => {
      const it = scene(EPOLLET);
      it.send('abcdefghij');
      assert.deepEqual(rounds(it), [4]);
      assert.deepEqual([it.read(), it.read(), it.read()], [4, 2, null]);
      it.close();
    },
    'linux',
  ),
  claim(
    'edge-new-data',
    'One more byte is a new edge: a wait reports it, 4 of the 7 bytes are read, and 3 stay.',
    () => {
      const it = scene(EPOLLET);
      it.send('abcdefghij');
      assert.deepEqual(rounds(it), [4]);
      it.send('k');
      assert.deepEqual(rounds(it), [4]);
      assert.deepEqual([it.read(), it.read()], [3, null]);
      it.close();
    },
    'linux',
  ),
  claim(
    'edge-mod-asks-again',
    '`EPOLL_CTL_MOD` makes the kernel look again: if data is there, the next wait reports it.',
    () => {
      const it = scene(EPOLLET);
      it.send('abcdefghij');
      assert.deepEqual(rounds(it), [4]);
      it.rearm();
      assert.equal(it.wait(), 1);
      it.close();
    },
    'linux',
  ),
  claim(
    'edge-drained',
    'A program that reads until `EAGAIN` gets all bytes, level-triggered as well as edge-triggered.',
    () => {
      for (const flags of [0, EPOLLET]) {
        const it = scene(flags);
        let got = 0;
        for (const text of ['abcdefghij', 'k']) {
          it.send(text);
          while (it.wait() > 0) for (let n = it.read(); n !== null; n = it.read()) got += n;
        }
        it.close();
        assert.equal(got, 11);
      }
    },
    'linux',
  ),
  claim(
    'oneshot-silent',
    'After a oneshot answer, nothing more is reported, not even new data.',
    () => {
      const it = scene(EPOLLONESHOT);
      it.send('abcdefghij');
      assert.deepEqual(rounds(it), [4]);
      it.send('k');
      assert.equal(it.wait(), 0);
      it.close();
    },
    'linux',
  ),
  claim(
    'oneshot-disarmed',
    'The entry stays in the list without events: `/proc` shows only the flag, 0x40000000.',
    () => {
      const it = scene(EPOLLONESHOT);
      it.send('x');
      it.wait();
      assert.equal(it.events(), 0x40000000);
      it.close();
    },
    'proc',
  ),
  claim(
    'oneshot-rearm',
    '`EPOLL_CTL_MOD` arms it again, and existing data is reported at once.',
    () => {
      const it = scene(EPOLLONESHOT);
      it.send('abcdefghij');
      assert.deepEqual(rounds(it), [4]);
      it.rearm();
      assert.deepEqual(rounds(it), [4]);
      it.close();
    },
    'linux',
  ),
  claim(
    'edge-drain-starves',
    'Draining a client that never pauses: 1000 reads for it before a quiet one is served; with one read a turn, 1.',
    () => {
      assert.equal(readsBeforeQuiet(true), 1000);
      assert.equal(readsBeforeQuiet(false), 1);
    },
    'linux',
  ),
];

/** A peer that refills its socket after each read, 1000 times at most, and a quiet one. */
function readsBeforeQuiet(drains: boolean): number {
  const [talker, ownTalker] = socketpair();
  const [quiet, ownQuiet] = socketpair();
  for (const socket of [talker, ownTalker]) socket.setblocking(false);
  const set = epoll();
  set.register(ownTalker, EPOLLIN);
  set.register(ownQuiet, EPOLLIN);
  talker.send('x');
  quiet.send('?');
  let reads = 0;
  const read = () => {
    if (ownTalker.tryRecvInto(Buffer.alloc(9)) === null) return false;
    reads++;
    if (reads < 1000) talker.send('x');
    return true;
  };
  for (let isServed = false; !isServed; ) {
    for (const [fd] of set.poll(0)) {
      if (fd === ownQuiet.fileno()) isServed = true;
      else if (!drains) read();
      else while (read());
    }
  }
  closeAll(set, talker, ownTalker, quiet, ownQuiet);
  return reads;
}
