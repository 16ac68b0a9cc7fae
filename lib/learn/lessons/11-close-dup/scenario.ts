/** Scenario C: a watched number is closed while a copy of it is open. Who speaks under this number? */
import { EPOLLIN, epoll, POLLIN, poll, select } from 'fdselect';
import { close, dup, pipe, read, setBlocking, write } from 'fdselect/os';
import type { Scenario } from '../../play/scenario.js';

interface Watch {
  wait(): void;
  forget(): void;
}

/** Watches a number, not a socket object: that is what a C program does. */
function watchOf(how: string, fd: number): Watch {
  if (how === 'select') {
    const fds = new Set([fd]);
    return { wait: () => select([...fds], [], [], 0), forget: () => {} };
  }
  const poller = how === 'poll' ? poll() : epoll();
  poller.register(fd, how === 'poll' ? POLLIN : EPOLLIN);
  return {
    wait: () => poller.poll(0),
    // The array of poll is the program's own: it goes on with the number, for the new file.
    forget: () => how === 'epoll' && poller.unregister(fd),
  };
}

/** Goes on where a call fails: the recording has the error. */
function attempt(call: () => unknown): void {
  try {
    call();
  } catch {}
}

export const scenario: Scenario = {
  name: 'ghost',
  title: 'The ghost: a closed number that goes on speaking',
  intro:
    'A pipe is watched, and its reading end has a copy made by dup. The program closes the number that it watches, ' +
    'and takes it off the list too late. Then a new pipe gets the same number.',
  lessons: [11],
  columns: ['select', 'poll', 'epoll'],
  whatIfs: [
    { name: '', title: 'closed first, taken off later' },
    {
      name: 'del-first',
      title: 'taken off first',
      change: { from: 'close(r)', to: 'epoll_ctl(EPOLL_CTL_DEL, r); close(r)' },
    },
    { name: 'no-dup', title: 'no copy', change: { from: 'd = dup(r)', to: '' } },
  ],
  predictions: [
    {
      beat: 2,
      question:
        'The number is closed, and a byte is written into the pipe. What do the three answer?',
      choices: [
        {
          text: 'All three: an error',
          why: 'select fails and poll says NVAL. epoll watches the file, which is open still.',
        },
        {
          text: 'select fails, poll says NVAL, epoll says the number is ready',
          isRight: true,
          why: 'epoll watches the file, and the file lives on in its copy. It answers with the number it was given.',
        },
        {
          text: 'All three: ready',
          why: 'select and poll look the number up: it stands for nothing.',
        },
      ],
    },
    {
      beat: 4,
      question: 'A new pipe gets the number. It is empty. What does epoll answer?',
      choices: [
        {
          text: 'Nothing: the new pipe is empty',
          why: 'epoll has never heard of the new pipe. It speaks of the old one, which holds a byte.',
        },
        {
          text: 'The number is ready, and a read finds nothing',
          isRight: true,
          why: 'The wait speaks of the old pipe, the read of the new one.',
        },
      ],
    },
    {
      beat: 6,
      question: 'The new pipe holds data, and the copy is closed. What does epoll answer now?',
      choices: [
        {
          text: 'Ready',
          why: 'The entry went with the last number of the old pipe. The new pipe was never registered.',
        },
        {
          text: 'Nothing, with data there',
          isRight: true,
          why: 'The interest list is empty. The program only thought that its new pipe was on it.',
        },
      ],
    },
  ],

  server(stage, how, whatIf) {
    stage.mark(0, 'a pipe is watched, and its reading end is copied');
    const [first, firstWriter] = pipe();
    const copy = whatIf === 'no-dup' ? null : dup(first);
    const { wait, forget } = watchOf(how, first);

    if (whatIf === 'del-first') stage.mark(1, 'the number is taken off the list, then closed');
    else stage.mark(1, 'the number is closed');
    if (whatIf === 'del-first') attempt(forget);
    close(first);
    stage.mark(2, 'a byte is written into the pipe: wait, and read');
    attempt(() => write(firstWriter, 'x'));
    attempt(wait);
    attempt(() => read(first, 9));
    stage.mark(3, 'take it off the list');
    if (whatIf !== 'del-first') attempt(forget);
    stage.mark(4, 'a new pipe gets the number: wait, and read');
    const [second, secondWriter] = pipe();
    setBlocking(second, false);
    attempt(wait);
    attempt(() => read(second, 9));
    stage.mark(5, 'a byte is written into the new pipe: wait, and read');
    write(secondWriter, 'y');
    attempt(wait);
    attempt(() => read(second, 9));
    stage.mark(6, 'another byte; and the copy is closed: wait');
    write(secondWriter, 'z');
    if (copy !== null) close(copy);
    attempt(wait);
  },
};
