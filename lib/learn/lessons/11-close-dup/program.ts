/** Lesson 11: a number is closed while it is watched, and its file lives on under another one. */
import { EPOLLIN, epoll, POLLHUP, POLLIN, POLLNVAL, poll, select } from 'fdselect';
import { close, dup, pipe, read, setBlocking, write } from 'fdselect/os';

const run = process.argv[2] ?? 'epoll';

const say = (step: string, answer: string) => console.log(`${step.padEnd(34)} ${answer}`);

function attempt(call: () => unknown): string {
  try {
    return String(call());
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

// Node opens stdout with its first line; later, it would take the number that becomes free.
console.log(`a pipe is watched with ${run}, and its reading end gets a copy`);

const [first, firstWriter] = pipe();
const poller = poll();
const set = epoll();
if (run === 'poll') poller.register(first, POLLIN);
if (run === 'epoll') set.register(first, EPOLLIN);

/** The result of a wait for the number. */
const wait = () =>
  attempt(() => {
    if (run === 'select') return select([first], [], [], 0)[0].length > 0 ? 'IN' : 'nothing';
    const [[, events = 0] = []] = (run === 'poll' ? poller : set).poll(0);
    const names = { IN: POLLIN, HUP: POLLHUP, NVAL: POLLNVAL };
    return Object.entries(names).find(([, bit]) => events & bit)?.[0] ?? 'nothing';
  });

const copy = dup(first);
close(first); // the mistake: it is watched
write(firstWriter, 'x');
say('closed, written to: wait', wait());
say(
  'read from the closed number',
  attempt(() => read(first, 9)),
);
if (run === 'epoll')
  say(
    'epoll_ctl(DEL)',
    attempt(() => set.unregister(first) ?? 'done'),
  );

const [second, secondWriter] = pipe(); // gets the number that has become free
setBlocking(second, false);
say('a new pipe has the same number', String(second === first));
say('wait', wait());
say(
  'read',
  attempt(() => read(second, 9)),
);
write(secondWriter, 'z');
close(copy);
say('written to the new one: wait', wait());

set.close();
for (const fd of [firstWriter, second, secondWriter]) close(fd);
