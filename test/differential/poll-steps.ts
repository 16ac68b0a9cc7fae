/** Steps with select() and a poll object. */
import fc from 'fast-check';
import { poll, select, selectAsync } from 'fdselect';
import { type Arguments, mostly, step } from './arguments.ts';
import { type Descriptors, type Name, type Steps, special, type Waits } from './descriptors.ts';

export function pollSteps(fds: Descriptors, waits: Waits): Steps {
  const poller = poll();
  return {
    register: (fd: Name, mask: Name) => poller.register(fds.argument(fd), special(mask)),
    modify: (fd: Name, mask: Name) => poller.modify(fds.argument(fd), special(mask)),
    unregister: (fd: Name) => poller.unregister(fds.argument(fd)),
    poll: async (name: Name) => {
      const timeout = waits.timeout(name, 1);
      const answer = waits.isAsync ? await poller.pollAsync(timeout) : poller.poll(timeout);
      return waits.checked(answer).map(([fd, events]) => [fds.name(fd), events]);
    },
    select: async (...[rlist, wlist, xlist, name]: [...(Name[] | string)[], Name]) => {
      const timeout = waits.timeout(name as Name, 0.001);
      const [r, w, x] = [rlist, wlist, xlist].map((names) => fds.list(names as Name[] | string));
      const lists = [r, w, x] as [number[], number[], number[]];
      const answer = waits.isAsync
        ? await selectAsync(...lists, timeout)
        : select(...lists, timeout);
      waits.checked(answer.flat());
      return answer.map((items) => items.map((item) => fds.name(item)));
    },
  };
}

export function pollScripts({ fd, timeout }: Arguments) {
  // CPython's select refuses numbers from 1024 on, so only poll gets one that is not open.
  const pollFd = mostly<Name>(fd, 'INT_MAX');
  const list = mostly<Name[] | string>(fc.array(fd, { maxLength: 5 }), 'int', 'null');
  const mask = mostly<Name>(
    fc.oneof(
      fc.constantFrom(1, 4, 7),
      fc.constantFrom(0, 2, 5, 0x2000, 0x2007, 0xffff),
      fc.nat(0xffff),
    ),
    -1,
    65536,
    2 ** 40,
    '2^70',
    'null',
    'text',
  );
  // Negative ones are for select alone: poll would wait for ever.
  const selectTimeout = mostly<Name>(timeout(1), -1, -1e-10);
  return [
    step(8, 'register', pollFd, mask),
    step(2, 'modify', pollFd, mask),
    step(4, 'unregister', pollFd),
    step(10, 'poll', timeout(1000)),
    step(5, 'select', list, list, list, selectTimeout),
  ];
}
