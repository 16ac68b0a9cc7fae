/** Steps with epoll objects, which may watch each other. */
import fc from 'fast-check';
import { EPOLLET, EPOLLEXCLUSIVE, EPOLLONESHOT, Epoll } from 'fdselect';
import { type Arguments, mostly, step } from './arguments.ts';
import {
  type Descriptors,
  EPOLLS,
  type Name,
  type Steps,
  special,
  type Waits,
} from './descriptors.ts';

export function epollSteps(fds: Descriptors, waits: Waits): Steps {
  const epoll = (which: number) => fds.epolls[which] as Epoll;
  const named = (pairs: [number, number][]) =>
    pairs.map(([fd, events]) => [fds.name(fd), events] as const);
  return {
    epollRegister: (which: number, fd: Name, mask: Name) =>
      epoll(which).register(fds.argument(fd), special(mask)),
    epollModify: (which: number, fd: Name, mask: Name) =>
      epoll(which).modify(fds.argument(fd), special(mask)),
    epollUnregister: (which: number, fd: Name) => epoll(which).unregister(fds.argument(fd)),
    epollPoll: async (which: number, name: Name, maxevents: Name) => {
      const timeout = waits.timeout(name, 0.001);
      const answer = waits.isAsync
        ? await epoll(which).pollAsync(timeout, special(maxevents))
        : epoll(which).poll(timeout, special(maxevents));
      return named(waits.checked(answer));
    },
    // In Python a poll() of at most so many events.
    epollPollInto: (which: number, room: number) => {
      const events = new Int32Array(2 * room + 1);
      const found = epoll(which).pollInto(events, 0);
      return named(
        Array.from({ length: found }, (_, i) => [
          events[2 * i] as number,
          (events[2 * i + 1] as number) >>> 0,
        ]),
      );
    },
    // Of a pipe or pair as well; closing it closes that.
    epollFromfd: (index: number) => {
      using foreign = Epoll.fromfd(fds.fd(index));
      return named(foreign.poll(0));
    },
    epollClose: (which: number) => epoll(which).close(),
  };
}

export function epollScripts({ fd, anyIndex, timeout }: Arguments, isAsync: boolean) {
  const which = fc.nat(EPOLLS - 1);
  const events = fc.constantFrom(0, 1, 1, 2, 4, 4, 5, 7, 0x2001, 0x2007, 0xffff);
  const mode = fc.constantFrom(
    0,
    0,
    0,
    EPOLLET,
    EPOLLONESHOT,
    EPOLLEXCLUSIVE,
    EPOLLET + EPOLLONESHOT,
  );
  const mask = mostly<Name>(
    fc.oneof(
      {
        weight: 9,
        arbitrary: fc.tuple(events, mode).map(([bits, more]) => bits + (more >>> 0)),
      },
      { weight: 1, arbitrary: fc.nat(2 ** 32 - 1) },
    ),
    -1,
    -(2 ** 31) + 1,
    2 ** 32 + 4,
    2 ** 40,
    '2^70',
    'null',
    'text',
  );
  // A waiter changes the order of the answers, and so which are the first.
  const maxevents = isAsync ? fc.constant(-1) : fc.constantFrom(-1, -1, 1, 2, 3, 100);
  // Not INT_MAX: CPython allocates memory for that many events.
  const badMaxevents = fc.constantFrom<Name>(0, -2, 'null', 'text', 'INT_MAX+1');
  // Other negative timeouts wait for ever. Which of two bad arguments is found first is left open.
  const epollTimeout = mostly<Name>(timeout(1), -1e-10);
  return [
    step(10, 'epollRegister', which, fd, mask),
    step(5, 'epollModify', which, fd, mask),
    step(3, 'epollUnregister', which, fd),
    step(10, 'epollPoll', which, epollTimeout, maxevents),
    step(0.5, 'epollPoll', which, fc.constant(0), badMaxevents),
    ...(isAsync ? [] : [step(2, 'epollPollInto', which, fc.integer({ min: 1, max: 4 }))]),
    step(0.3, 'epollFromfd', anyIndex),
    step(0.3, 'epollClose', which),
  ];
}
