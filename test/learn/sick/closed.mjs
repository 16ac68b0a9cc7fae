// Uses numbers after they were closed.
import { EPOLLIN, epoll, POLLIN, poll, select } from 'fdselect';
import { close, dup, pipe, read, write } from 'fdselect/os';

const attempt = (call) => {
  try {
    call();
  } catch {
    // EBADF
  }
};

const [reader, writer] = pipe();
const copy = dup(reader);
const set = epoll();
set.register(reader, EPOLLIN);
const poller = poll();
poller.register(reader, POLLIN);
close(reader);
write(writer, 'x');
set.poll(1); // the ghost: the file lives on in its copy
attempt(() => read(reader, 9));
poller.poll(1000);
attempt(() => select([reader], [], [], 1));
for (const fd of [copy, writer]) close(fd);
set.close();
