/** The claims of lesson 22 about the kernel. */
import assert from 'node:assert/strict';
import { POLLERR, POLLHUP, POLLIN, select } from 'fdselect';
import { close, dup, getBlocking, openpty, read, setBlocking, write } from 'fdselect/os';
import { socketpair } from 'fdselect/socket';
import { setraw } from 'fdselect/tty';
import { claim } from '../../course/claim.js';
import { eventsOf, proof, until } from '../../course/proof.js';

const isReadable = (fd: number, seconds: number) => select([fd], [], [], seconds)[0].length > 0;

export const claims = [
  claim(
    'tty-line',
    'A terminal is not readable before the line is complete.',
    proof((own) => {
      const [master, slave] = own(openpty());
      write(master, 'abc');
      assert.equal(isReadable(slave, 0.1), false);
      write(master, '\n');
      until(slave);
      assert.equal(String(read(slave, 99)), 'abc\n');
    }),
  ),
  claim(
    'tty-ctrl-d',
    'Ctrl-D at the beginning of a line makes it readable with no bytes: the end of file. The terminal goes on working.',
    proof((own) => {
      const [master, slave] = own(openpty());
      write(master, '\x04');
      until(slave);
      assert.equal(read(slave, 99).length, 0);
      write(master, 'more\n');
      until(slave);
      assert.equal(String(read(slave, 99)), 'more\n');
    }),
  ),
  claim(
    'tty-raw',
    'In raw mode each key makes it readable.',
    proof((own) => {
      const [master, slave] = own(openpty());
      setraw(slave);
      write(master, 'a');
      until(slave);
      assert.equal(String(read(slave, 99)), 'a');
    }),
  ),
  claim(
    'tty-hangup',
    'When the master is closed, the program sees `IN`, `ERR` and `HUP`.',
    proof((own) => {
      const [master, slave] = openpty();
      own(slave);
      close(master);
      until(slave);
      assert.equal(eventsOf(slave, POLLIN), POLLIN | POLLERR | POLLHUP);
    }),
    'linux',
  ),
  claim(
    'tty-echo',
    'What is typed comes back to the master: the kernel echoes it, not the program.',
    proof((own) => {
      const [master] = own(openpty());
      write(master, 'abc');
      until(master);
      assert.equal(String(read(master, 99)), 'abc');
    }),
  ),
  claim(
    'tty-nonblock-shared',
    '`O_NONBLOCK` set on one fd of a terminal holds for every duplicate of it, also for that of the shell.',
    proof((own) => {
      const [, slave] = own(openpty());
      const shells = own(dup(slave));
      setBlocking(slave, false);
      assert.equal(getBlocking(shells), false);
    }),
  ),
  claim(
    'buffer-hides',
    'A reader with a buffer of its own hides a line from `select`: the kernel has nothing left, the buffer has.',
    proof((own) => {
      const [peer, socket] = own(socketpair());
      const file = own(socket.makefile('r')); // the socket stays open as long as its file
      peer.send('one\ntwo\n');
      assert.equal(file.readline(), 'one\n');
      assert.deepEqual(select([socket], [], [], 0)[0], []);
      assert.equal(file.readline(), 'two\n');
    }),
  ),
];
