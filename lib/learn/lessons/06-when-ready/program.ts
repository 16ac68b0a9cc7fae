/** Lesson 6: the life of a pipe, as poll() sees both of its ends. */
import { POLLERR, POLLHUP, POLLIN, POLLOUT, poll } from 'fdselect';
import { close, pipe, read, setBlocking, write } from 'fdselect/os';

const run = process.argv[2] ?? 'reader';

/** The result of poll() for one fd with all events asked for. */
function state(fd: number): string {
  const poller = poll();
  poller.register(fd, POLLIN | POLLOUT);
  const [[, events = 0] = []] = poller.poll(0);
  const names = { IN: POLLIN, OUT: POLLOUT, ERR: POLLERR, HUP: POLLHUP };
  const found = Object.entries(names).filter(([, bit]) => events & bit);
  return found.map(([name]) => name).join(' ') || 'not ready';
}

if (run === 'reader') {
  const [reader, writer] = pipe();
  console.log(`empty:                            ${state(reader)}`);
  write(writer, 'x');
  console.log(`with data:                        ${state(reader)}`);
  close(writer);
  console.log(`with data, the writer closed:     ${state(reader)}`);
  read(reader, 1);
  console.log(`all is read, the writer closed:   ${state(reader)}`);
  close(reader);
}

if (run === 'writer') {
  const [reader, writer] = pipe();
  console.log(`room in the pipe:                 ${state(writer)}`);
  setBlocking(writer, false);
  while (state(writer) === 'OUT') write(writer, Buffer.alloc(65536));
  console.log(`full:                             ${state(writer)}`);
  close(reader);
  console.log(`full, the reader closed:          ${state(writer)}`);
  close(writer);
}
