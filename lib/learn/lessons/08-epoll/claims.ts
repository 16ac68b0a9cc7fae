/** The claims of lesson 8 about epoll. All of it is Linux only. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EPOLLET, EPOLLIN, EPOLLOUT, EPOLLRDHUP, epoll, POLLIN, poll } from 'fdselect';
import { dup, open, pipe, write } from 'fdselect/os';
import { SHUT_WR, socketpair } from 'fdselect/socket';
import { claim } from '../../course/claim.js';
import { closeAll, interestList, startWorker } from '../../course/kernel.js';
import { codeOf } from '../../course/proof.js';

export const claims = [
  claim(
    'epoll-list',
    'The interest list can be read in `/proc`: the number, the events, and the inode of the file.',
    () => {
      const [reader, writer] = pipe();
      const set = epoll();
      set.register(reader, EPOLLIN);
      const [entry, ...more] = interestList(set);
      closeAll(set, reader, writer);
      assert.equal(more.length, 0);
      assert.equal(entry?.fd, reader);
      // ERR and HUP are always in it.
      assert.equal(entry?.events, EPOLLIN | 0x18);
      assert.ok((entry?.inode ?? 0) > 0);
    },
    'proc',
  ),
  claim(
    'epoll-eexist',
    'Registering twice is `EEXIST`; modifying or unregistering what is not there is `ENOENT`.',
    () => {
      const [reader, writer] = pipe();
      const set = epoll();
      set.register(reader, EPOLLIN);
      const codes = [
        codeOf(() => set.register(reader, EPOLLIN)),
        codeOf(() => set.modify(writer, EPOLLOUT)),
        codeOf(() => set.unregister(writer)),
      ];
      closeAll(set, reader, writer);
      assert.deepEqual(codes, ['EEXIST', 'ENOENT', 'ENOENT']);
    },
    'linux',
  ),
  claim(
    'epoll-eperm',
    'A regular file and `/dev/null` are refused with `EPERM`.',
    () => {
      const path = join(tmpdir(), `lesson-8-${process.pid}`);
      writeFileSync(path, 'x');
      const fds = [open(path), open('/dev/null')];
      rmSync(path);
      const set = epoll();
      const codes = fds.map((fd) => codeOf(() => set.register(fd, EPOLLIN)));
      closeAll(set, ...fds);
      assert.deepEqual(codes, ['EPERM', 'EPERM']);
    },
    'linux',
  ),
  claim(
    'epoll-order',
    '`epoll` answers in the order of becoming ready; `poll` in the order of registration.',
    () => {
      const pipes = [pipe(), pipe(), pipe()];
      const set = epoll();
      const poller = poll();
      for (const [reader] of pipes) {
        set.register(reader, EPOLLIN);
        poller.register(reader, POLLIN);
      }
      for (const i of [2, 0, 1]) write(pipes[i]?.[1] ?? -1, 'x');
      const places = (answer: [number, number][]) =>
        answer.map(([fd]) => pipes.findIndex(([reader]) => reader === fd));
      const found = [places(set.poll(0)), places(poller.poll(0))];
      closeAll(set, ...pipes.flat());
      assert.deepEqual(found, [
        [2, 0, 1],
        [0, 1, 2],
      ]);
    },
    'linux',
  ),
  claim(
    'epoll-turns',
    'Asked for one answer at a time, three that stay ready take turns.',
    () => {
      const pipes = [pipe(), pipe(), pipe()];
      const set = epoll();
      for (const [reader, writer] of pipes) {
        set.register(reader, EPOLLIN);
        write(writer, 'x');
      }
      const readers = pipes.map(([reader]) => reader);
      const told = Array.from({ length: 6 }, () => set.poll(0, 1)[0]?.[0]);
      closeAll(set, ...pipes.flat());
      assert.deepEqual(told, [...readers, ...readers]);
    },
    'linux',
  ),
  claim(
    'epoll-combined',
    'Several events of one file between two waits are reported as one answer.',
    () => {
      const [peer, own] = socketpair();
      const set = epoll();
      set.register(own, EPOLLIN | EPOLLRDHUP | EPOLLET);
      peer.send('x');
      peer.send('y');
      peer.shutdown(SHUT_WR);
      const answers = [set.poll(0), set.poll(0)];
      const fd = own.fileno();
      closeAll(set, peer, own);
      assert.deepEqual(answers, [[[fd, EPOLLIN | EPOLLRDHUP]], []]);
    },
    'linux',
  ),
  claim(
    'epoll-other-thread',
    'What another thread registers can end a wait that has begun before.',
    async () => {
      const [reader, writer] = pipe();
      const [ready, readyWriter] = pipe();
      write(readyWriter, 'x');
      const set = epoll();
      set.register(reader, EPOLLIN);
      const worker = await startWorker(new URL('./adder.js', import.meta.url), {
        pid: process.pid,
        set: dup(set), // the worker closes it with its end
        fd: ready,
      });
      const answer = set.poll(5).map(([fd]) => fd);
      await worker.terminate();
      closeAll(set, reader, writer, ready, readyWriter);
      assert.deepEqual(answer, [ready]);
    },
    'proc',
  ),
];
