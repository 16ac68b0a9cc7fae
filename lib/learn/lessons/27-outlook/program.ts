/** Lesson 27: a regular file, which is always ready. */
import { POLLIN, POLLOUT, poll, select } from 'fdselect';
import { close, open } from 'fdselect/os';

const fd = open('/etc/passwd');
const [readable, writable] = select([fd], [fd], [], 0);
console.log(`select: readable ${readable.length === 1}, writable ${writable.length === 1}`);
const poller = poll();
poller.register(fd, POLLIN | POLLOUT);
console.log(`poll:   IN and OUT ${poller.poll(0)[0]?.[1] === (POLLIN | POLLOUT)}`);
close(fd);
