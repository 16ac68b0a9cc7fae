/** Makes the calls that its argument lists, on fds of its own, and prints which of them are open. */
import { readdirSync } from 'node:fs';
import { epoll, poll, select } from 'fdselect';
import * as os from 'fdselect/os';
import { SHUT_WR, socket, socketpair } from 'fdselect/socket';

const fds = [];
const sets = new Map();
const add = (fd) => {
  os.setBlocking?.(fd, false);
  fds.push(fd);
};
const some = (n) => fds[n % fds.length];

const calls = {
  pipe: () => os.pipe().forEach(add),
  socketpair: () =>
    socketpair()
      .map((one) => one.detach())
      .forEach(add),
  epoll: () => {
    const set = epoll();
    sets.set(set.fileno(), set);
    fds.push(set.fileno());
  },
  dup: ({ a }) => fds.push(os.dup(some(a))),
  dup2: ({ a, b }) => {
    os.dup2(some(a), some(b));
    sets.delete(some(b));
  },
  read: ({ a }) => os.read(some(a), 7),
  write: ({ a }) => os.write(some(a), Buffer.from('hello')),
  shutdown: ({ a }) => {
    const one = socket(1, 1, 0, some(a));
    try {
      one.shutdown(SHUT_WR);
    } finally {
      one.detach();
    }
  },
  close: ({ a }) => {
    const [fd] = fds.splice(a % fds.length, 1);
    sets.delete(fd);
    os.close(fd);
  },
  wait: ({ a }) => setOf(a).poll(0, 1 + (a % 4)),
  ADD: ({ a, b, events }) => setOf(a).register(some(b), events),
  MOD: ({ a, b, events }) => setOf(a).modify(some(b), events),
  DEL: ({ a, b }) => setOf(a).unregister(some(b)),
  select: () => select(fds, fds, [], 0),
  poll: () => {
    const p = poll();
    for (const fd of fds) p.register(fd);
    p.poll(0);
  },
};

function setOf(n) {
  const all = [...sets.values()];
  return all[n % all.length];
}

for (const step of JSON.parse(process.argv[2])) {
  if (fds.length === 0 && !['pipe', 'socketpair', 'epoll'].includes(step.op)) continue;
  if (sets.size === 0 && ['wait', 'ADD', 'MOD', 'DEL'].includes(step.op)) continue;
  try {
    calls[step.op](step);
  } catch (error) {
    if (error.syscall === undefined) throw error;
  }
}
const open = new Set(readdirSync('/proc/self/fd').map(Number));
const own = [...new Set(fds)].filter((fd) => open.has(fd)).sort((a, b) => a - b);
process.stdout.write(JSON.stringify(own));
