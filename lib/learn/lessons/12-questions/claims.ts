/** The questions and answers of epoll(7), and sets in sets. Linux only. */
import assert from 'node:assert/strict';
import {
  EPOLLET,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDHUP,
  type Epoll,
  epoll,
  POLLIN,
  poll,
  select,
} from 'fdselect';
import { close, dup, pipe, write } from 'fdselect/os';
import { AF_UNIX, recvFds, SHUT_WR, SOCK_DGRAM, sendFds, socketpair } from 'fdselect/socket';
import { claim } from '../../course/claim.js';
import { closeAll, interestList } from '../../course/kernel.js';
import { codeOf } from '../../course/proof.js';
import { herd } from '../10-many-waiters/herd.js';

/** Sets in sets over one socket; `flags` from the outermost to the innermost registration. */
function chain(flags: readonly number[]): { outer: Epoll; send: () => void; close: () => void } {
  const [peer, own] = socketpair();
  const sets = flags.map(() => epoll());
  for (const [i, set] of sets.entries()) {
    set.register(sets[i + 1] ?? own, EPOLLIN | (flags[i] ?? 0));
  }
  const [outer] = sets as [Epoll, ...Epoll[]];
  return { outer, send: () => peer.send('x'), close: () => closeAll(...sets, peer, own) };
}

/** The results of two waits of the outermost set for one byte that is not read. */
function twoWaits(...flags: number[]): number[] {
  const { outer, send, close } = chain(flags);
  send();
  const answers = [outer.poll(0).length, outer.poll(0).length];
  close();
  return answers;
}

/** Two threads sleep in the outer of two sets, and a connection comes. */
const twoThreads = (outer: number, inner: number) =>
  herd({ how: 'shared', events: EPOLLIN | outer, inner: EPOLLIN | inner }, { count: 2 });

const LT = 0;
const ET = EPOLLET;

export const claims = [
  claim(
    'qa-key',
    'Question 1: an entry is known by its number **and** its open file description.',
    () => {
      const [reader, writer] = pipe();
      const set = epoll();
      set.register(reader, EPOLLIN);
      const copy = dup(reader);
      set.register(copy, EPOLLIN);
      const list = interestList(set);
      closeAll(set, reader, writer, copy);
      assert.equal(list.length, 2);
      assert.equal(list[0]?.inode, list[1]?.inode);
    },
    'proc',
  ),
  claim(
    'qa-twice',
    'Question 2: registering twice is `EEXIST`; a `dup` can be registered with other events.',
    () => {
      const [peer, own] = socketpair();
      const copy = own.dup();
      const set = epoll();
      set.register(own, EPOLLIN);
      const code = codeOf(() => set.register(own, EPOLLOUT));
      set.register(copy, EPOLLOUT);
      const told = set.poll(0);
      const fd = copy.fileno();
      closeAll(set, peer, own, copy);
      assert.equal(code, 'EEXIST');
      assert.deepEqual(told, [[fd, EPOLLOUT]]);
    },
    'linux',
  ),
  claim(
    'qa-two-sets',
    'Question 3: two epolls can watch one file, and both tell of it.',
    () => {
      const [reader, writer] = pipe();
      const sets = [epoll(), epoll()];
      for (const set of sets) set.register(reader, EPOLLIN);
      write(writer, 'x');
      const told = sets.map((set) => set.poll(0).length);
      closeAll(...sets, reader, writer);
      assert.deepEqual(told, [1, 1]);
    },
    'linux',
  ),
  claim(
    'qa-pollable',
    'Question 4: an epoll can itself be waited for: it is readable while it has something to tell.',
    () => {
      const [reader, writer] = pipe();
      const set = epoll();
      set.register(reader, EPOLLIN);
      const poller = poll();
      poller.register(set, POLLIN);
      const before = [select([set], [], [], 0)[0].length, poller.poll(0).length];
      write(writer, 'x');
      const after = [select([set], [], [], 0)[0].length, poller.poll(0).length];
      closeAll(set, reader, writer);
      assert.deepEqual(
        [before, after],
        [
          [0, 0],
          [1, 1],
        ],
      );
    },
    'linux',
  ),
  claim(
    'qa-itself',
    'Question 5: an epoll in itself is `EINVAL`, and a circle of two is `ELOOP`.',
    () => {
      const [first, second] = [epoll(), epoll()];
      const itself = codeOf(() => first.register(first, EPOLLIN));
      first.register(second, EPOLLIN);
      const circle = codeOf(() => second.register(first, EPOLLIN));
      closeAll(first, second);
      assert.deepEqual([itself, circle], ['EINVAL', 'ELOOP']);
    },
    'linux',
  ),
  claim(
    'qa-sent',
    'Question 6: an epoll can be sent over a unix socket; it keeps telling of the files of the sender.',
    () => {
      const [a, b] = socketpair();
      const [reader, writer] = pipe();
      const set = epoll();
      set.register(reader, EPOLLIN);
      sendFds(a, [Buffer.from('.')], [set]);
      const [, [received = -1]] = recvFds(b, 1, 1);
      write(writer, 'x');
      const other = epoll.fromfd(received);
      const told = other.poll(0).map(([fd]) => fd);
      closeAll(a, b, set, other, reader, writer);
      assert.deepEqual(told, [reader]);
    },
    'linux',
  ),
  claim(
    'qa-closed',
    'Question 7: closing takes an entry off only when no number for its file is left.',
    () => {
      const [reader, writer] = pipe();
      const copy = dup(reader);
      const set = epoll();
      set.register(reader, EPOLLIN);
      close(reader);
      const still = interestList(set).length;
      close(copy);
      const gone = interestList(set).length;
      closeAll(set, writer);
      assert.deepEqual([still, gone], [1, 0]);
    },
    'proc',
  ),
  claim(
    'qa-combined',
    'Question 8: events between two waits are reported together.',
    () => {
      const [peer, own] = socketpair();
      const set = epoll();
      set.register(own, EPOLLIN | EPOLLRDHUP);
      peer.send('x');
      peer.shutdown(SHUT_WR);
      const told = set.poll(0).map(([, events]) => events);
      closeAll(set, peer, own);
      assert.deepEqual(told, [EPOLLIN | EPOLLRDHUP]);
    },
    'linux',
  ),
  claim(
    'qa-modify',
    'Question 9: `modify` checks again, and an edge that was reported already is reported once more.',
    () => {
      const [peer, own] = socketpair();
      const set = epoll();
      set.register(own, EPOLLIN | EPOLLET);
      peer.send('x');
      const told = [set.poll(0).length, set.poll(0).length];
      set.modify(own, EPOLLIN | EPOLLET);
      told.push(set.poll(0).length);
      closeAll(set, peer, own);
      assert.deepEqual(told, [1, 0, 1]);
    },
    'linux',
  ),
  claim(
    'qa-stream-short',
    'Question 10: for a stream, fewer bytes than there was room for means that it is empty.',
    () => {
      const [peer, own] = socketpair();
      own.setblocking(false);
      peer.send('hello');
      const sizes = [own.tryRecvInto(Buffer.alloc(9)), own.tryRecvInto(Buffer.alloc(9))];
      closeAll(peer, own);
      assert.deepEqual(sizes, [5, null]);
    },
  ),
  claim(
    'qa-packets',
    'Question 10, packets: each read takes one of them; a short one says nothing about the next.',
    () => {
      const [peer, own] = socketpair(AF_UNIX, SOCK_DGRAM);
      own.setblocking(false);
      peer.send('one');
      peer.send('two');
      const read = () => own.tryRecvInto(Buffer.alloc(9));
      const sizes = [read(), read(), read()];
      closeAll(peer, own);
      assert.deepEqual(sizes, [3, 3, null]);
    },
  ),
  claim(
    'nested-one',
    'One set: level tells twice, edge once.',
    () => {
      assert.deepEqual(twoWaits(LT), [1, 1]);
      assert.deepEqual(twoWaits(ET), [1, 0]);
    },
    'linux',
  ),
  claim(
    'nested-two',
    'Two sets: an edge in either of the two makes it once; only level over level tells twice.',
    () => {
      assert.deepEqual(twoWaits(LT, LT), [1, 1]);
      assert.deepEqual(twoWaits(ET, LT), [1, 0]);
      assert.deepEqual(twoWaits(ET, ET), [1, 0]);
    },
    'linux',
  ),
  claim(
    'nested-level-over-edge',
    'A level set over an edge in the inner one: the outer only looks, and takes nothing off the inner list.',
    () => assert.deepEqual(twoWaits(LT, ET), [1, 1]),
    'linux',
  ),
  claim(
    'nested-threads',
    'Two threads that wait for the outer set: level-triggered, a connection wakes both; with an edge in the outer set, one of them.',
    async () => {
      for (const inner of [LT, ET]) {
        assert.equal((await twoThreads(LT, inner)).woken, 2);
        assert.equal((await twoThreads(ET, inner)).woken, 1);
      }
    },
    'proc',
  ),
];
