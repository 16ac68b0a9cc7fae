/** The claims of lesson 5 about the kernel. */
import assert from 'node:assert/strict';
import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, poll, select } from 'fdselect';
import { close, dup2, pipe, write } from 'fdselect/os';
import { socketpair } from 'fdselect/socket';
import { seenInC } from '../../course/c-program.js';
import { claim } from '../../course/claim.js';
import { closeAll } from '../../course/kernel.js';
import { countPolls } from '../../course/proof.js';

const inC = (name: string) => seenInC('05-poll', 'revents.c', name);

/** The result of poll for one fd. */
function ask(fd: number, events: number): number {
  const poller = poll();
  poller.register(fd, events);
  return poller.poll(0)[0]?.[1] ?? 0;
}

export const claims = [
  claim(
    'poll-events-stay',
    'The question stays: `events` is as it was after the call, and the answer is in `revents`.',
    () => assert.equal(inC('events-kept'), 1),
    'cc',
  ),
  claim(
    'poll-revents-all',
    'Every `revents` is written, also of those that are not ready: with 0.',
    () => {
      assert.equal(inC('answer'), 1);
      assert.equal(inC('ready'), 1);
      assert.equal(inC('quiet'), 0);
    },
    'cc',
  ),
  claim(
    'poll-negative',
    'An entry with a negative number is skipped: its `revents` is 0.',
    () => assert.equal(inC('negative'), 0),
    'cc',
  ),
  claim(
    'poll-nval',
    'A closed number is answered with `POLLNVAL`, and the others get their answers.',
    () => {
      const [reader, writer] = pipe();
      const [gone, other] = pipe();
      const poller = poll();
      poller.register(gone, POLLIN);
      poller.register(writer, POLLOUT);
      close(gone);
      const answers = new Map(poller.poll(0));
      closeAll(reader, writer, other);
      assert.equal(answers.get(gone), POLLNVAL);
      assert.equal(answers.get(writer), POLLOUT);
    },
  ),
  claim(
    'poll-unasked',
    '`POLLERR`, `POLLHUP` and `POLLNVAL` come without being asked for.',
    () => {
      const [reader, writer] = pipe();
      close(writer);
      assert.equal(ask(reader, 0), POLLHUP);
      close(reader);
      assert.equal(ask(reader, 0), POLLNVAL);
      const [gone, left] = pipe();
      close(gone);
      assert.equal(ask(left, 0), POLLERR);
      close(left);
    },
    'linux',
  ),
  claim(
    'poll-zero-spins',
    'With events 0, a peer that has gone keeps waits from sleeping: more than 100 in 50 ms; unregistered, 1.',
    () => {
      const [peer, own] = socketpair();
      peer.close();
      const poller = poll();
      poller.register(own, 0);
      const spinning = countPolls(poller);
      poller.unregister(own);
      const silent = countPolls(poller);
      own.close();
      assert.ok(spinning > 100, `${spinning} waits`);
      assert.equal(silent, 1);
    },
    'linux',
  ),
  claim(
    'poll-high-number',
    'The price does not depend on the number: one entry for fd 1500 has 8 bytes, as has one for fd 5.',
    () => {
      assert.equal(inC('entry-bytes'), 8);
      const [reader, writer] = pipe();
      dup2(reader, 1500);
      write(writer, 'x');
      assert.equal(ask(1500, POLLIN), POLLIN);
      closeAll(reader, writer, 1500);
    },
    'cc',
  ),
  claim(
    'poll-says-why',
    '`poll` tells the end of a pipe from data; `select` calls both readable.',
    () => {
      const [reader, writer] = pipe();
      write(writer, 'x');
      assert.deepEqual(select([reader], [], [], 0)[0], [reader]);
      assert.equal(ask(reader, POLLIN), POLLIN);
      const [ended, gone] = pipe();
      close(gone);
      assert.deepEqual(select([ended], [], [], 0)[0], [ended]);
      assert.equal(ask(ended, POLLIN), POLLHUP);
      closeAll(reader, writer, ended);
    },
    'linux',
  ),
];
