/** Lesson 22: when a terminal is ready, and a line that hides from select. */
import { select } from 'fdselect';
import { close, openpty, read, write } from 'fdselect/os';
import { socketpair } from 'fdselect/socket';
import { setraw } from 'fdselect/tty';

const run = process.argv[2] ?? 'line';

// What is written to the master is what a person types; the slave is the program's terminal.
const [master, slave] = openpty();

/** Whether the fd is readable, or becomes so soon. */
const isReadable = (fd: number) => select([fd], [], [], 0.1)[0].length > 0;

if (run === 'line') {
  write(master, 'abc');
  console.log(`typed abc:            readable ${isReadable(slave)}`);
  write(master, '\n');
  console.log(`typed the Enter key:  readable ${isReadable(slave)}`);
  console.log(`read:                 ${JSON.stringify(String(read(slave, 100)))}`);
  write(master, '\x04');
  console.log(`typed Ctrl-D:         readable ${isReadable(slave)}`);
  console.log(`read:                 ${JSON.stringify(String(read(slave, 100)))}`);
}

if (run === 'raw') {
  setraw(slave);
  write(master, 'a');
  console.log(`typed a:              readable ${isReadable(slave)}`);
  console.log(`read:                 ${JSON.stringify(String(read(slave, 100)))}`);
}

if (run === 'hidden') {
  const [peer, own] = socketpair();
  const file = own.makefile('r');
  peer.send('one\ntwo\n');
  console.log(`readline():           ${JSON.stringify(file.readline())}`);
  console.log(`readable:             ${isReadable(own.fileno())}`); // the bug: asked the kernel
  console.log(`readline():           ${JSON.stringify(file.readline())}`);
}

close(slave);
close(master);
