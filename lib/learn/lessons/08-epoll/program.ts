/** Lesson 8: what lies in an epoll, and in which order it answers. */
import { readFileSync } from 'node:fs';
import { EPOLLIN, EPOLLOUT, epoll, POLLIN, poll } from 'fdselect';
import { close, open, pipe, write } from 'fdselect/os';

const run = process.argv[2] ?? 'list';

if (run === 'list') {
  const [reader, writer] = pipe();
  const set = epoll();
  const names = new Map([
    [reader, 'reader'],
    [writer, 'writer'],
  ]);
  /** The interest list. Linux only: /proc. */
  const show = (when: string) => {
    const text = readFileSync(`/proc/self/fdinfo/${set.fileno()}`, 'utf8');
    const entries = [...text.matchAll(/tfd: +(\d+) events: +([\da-f]+)/g)].map(
      ([, fd, events]) => `${names.get(Number(fd))}: events ${events}`,
    );
    console.log(`${when.padEnd(22)} ${entries.sort().join(', ') || 'empty'}`);
  };
  show('at first:');
  set.register(reader, EPOLLIN);
  set.register(writer, EPOLLOUT);
  show('two registered:');
  const ready = set.poll(0).map(([fd]) => names.get(fd));
  console.log(`ready:                 ${ready}`);
  set.modify(writer, EPOLLIN);
  show('one modified:');
  set.unregister(reader);
  show('one unregistered:');
  set.close();
  for (const fd of [reader, writer]) close(fd);
}

if (run === 'order') {
  const pipes = new Map(['A', 'B', 'C'].map((name) => [name, pipe()]));
  const set = epoll();
  const poller = poll();
  for (const [reader] of pipes.values()) {
    set.register(reader, EPOLLIN);
    poller.register(reader, POLLIN);
  }
  for (const name of ['C', 'A', 'B']) write(pipes.get(name)?.[1] ?? -1, 'x');
  const nameOf = (fd: number) => [...pipes].find(([, [reader]]) => reader === fd)?.[0];
  console.log(`poll answers   ${poller.poll(0).map(([fd]) => nameOf(fd))}`);
  console.log(`epoll answers  ${set.poll(0).map(([fd]) => nameOf(fd))}`);
  const one = Array.from({ length: 6 }, () => nameOf(set.poll(0, 1)[0]?.[0] ?? -1));
  console.log(`epoll, one at a time: ${one}`);
  set.close();
  for (const fd of [...pipes.values()].flat()) close(fd);
}

if (run === 'refused') {
  const [reader, writer] = pipe();
  const file = open('/dev/null');
  const set = epoll();
  const attempt = (what: string, call: () => void) => {
    try {
      call();
    } catch (error) {
      console.log(`${what.padEnd(32)} ${(error as NodeJS.ErrnoException).code}`);
    }
  };
  set.register(reader, EPOLLIN);
  attempt('register it a second time:', () => set.register(reader, EPOLLIN));
  attempt('modify what is not registered:', () => set.modify(writer, EPOLLOUT));
  attempt('register /dev/null:', () => set.register(file, EPOLLIN));
  set.close();
  for (const fd of [reader, writer, file]) close(fd);
}
