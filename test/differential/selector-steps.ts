/** Steps with the three selectors. */
import fc from 'fast-check';
import { EpollSelector, PollSelector, type SelectorKey, SelectSelector } from 'fdselect/selectors';
import { type Arguments, mostly, step } from './arguments.ts';
import { type Descriptors, type Name, type Steps, special, type Waits } from './descriptors.ts';

type Class = typeof SelectSelector | typeof PollSelector | typeof EpollSelector;

const CLASSES = { select: SelectSelector, poll: PollSelector, epoll: EpollSelector };

export type Which = keyof typeof CLASSES;

export function selectorSteps(fds: Descriptors, waits: Waits): Steps {
  const open = (which: Which) => new (CLASSES[which] as Class)<unknown>();
  const selectors = { select: open('select'), poll: open('poll'), epoll: open('epoll') };
  const named = ({ fileobj, fd, events, data }: SelectorKey) => [
    fds.name(fileobj),
    fds.name(fd),
    events,
    data ?? null,
  ];
  return {
    selectorRegister: (which: Which, fd: Name, events: Name, data: Name) =>
      named(selectors[which].register(fds.argument(fd), special(events), special(data))),
    selectorModify: (which: Which, fd: Name, events: Name, data: Name) => {
      const known = new Set(selectors[which].getMap()?.values());
      const key = selectors[which].modify(fds.argument(fd), special(events), special(data));
      return [named(key), known.has(key)];
    },
    selectorUnregister: (which: Which, fd: Name) =>
      named(selectors[which].unregister(fds.argument(fd))),
    selectorGetKey: (which: Which, fd: Name) => named(selectors[which].getKey(fds.argument(fd))),
    selectorGet: (which: Which, fd: Name) => {
      const key = selectors[which].getMap()?.get(fds.argument(fd));
      return key === undefined ? null : named(key);
    },
    selectorMap: (which: Which) => {
      const map = selectors[which].getMap();
      return [map?.size, Array.from(map ?? [], ([fd, key]) => [fds.name(fd), named(key)])];
    },
    selectorSelect: async (which: Which, name: Name) => {
      const timeout = waits.timeout(name, 0.001);
      const answer = waits.isAsync
        ? await selectors[which].selectAsync(timeout)
        : selectors[which].select(timeout);
      // Epoll may have an event of a file that lives on in a duplicate, and no key for it.
      const checked = which === 'epoll' ? answer : waits.checked(answer);
      const keys = checked.map(([key, events]) => [...named(key), events]);
      // Python leaves open in which order SelectSelector answers.
      return which === 'select' ? keys.sort((a, b) => Number(a[1]) - Number(b[1])) : keys;
    },
    selectorRenew: (which: Which) => {
      const old = selectors[which];
      const map = old.getMap();
      old.close();
      selectors[which] = open(which);
      return [old.getMap(), map?.size];
    },
    selectorFinish: () => {
      for (const selector of Object.values(selectors)) selector.close();
    },
  };
}

export function selectorScripts({ end, timeout }: Arguments) {
  const which = fc.constantFrom<Which>('select', 'poll', 'epoll');
  // Python's SelectSelector takes numbers from 2^31 on, and complains when it selects.
  const fd = mostly<Name>(end, -1, -5, 'null', 'text');
  const events = fc.constantFrom(1, 2, 3);
  // `None` counts as invalid events in Python, and as a wrong type here.
  const someEvents = mostly<Name>(events, 0, 4, 7, -1, 'text');
  const data = fc.constantFrom<Name>('null', 'null', 1, 2);
  return [
    step(10, 'selectorRegister', which, fd, someEvents, data),
    // Invalid events: Python's three classes do three different things, and ours keep the entry.
    step(5, 'selectorModify', which, fd, events, data),
    step(3, 'selectorUnregister', which, fd),
    step(1, 'selectorGetKey', which, fd),
    step(1, 'selectorGet', which, fd),
    step(2, 'selectorMap', which),
    step(10, 'selectorSelect', which, mostly<Name>(timeout(1), -1, -1e-10)),
    // Not epoll's: which fd a new one gets depends on the process. A closed one is not used again:
    // Python's go on working.
    step(0.5, 'selectorRenew', fc.constantFrom('select', 'poll')),
  ];
}
