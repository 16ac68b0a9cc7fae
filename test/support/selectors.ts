/** The four classes of selectors, with helpers for tests. */
import type { FileDescriptorLike } from 'fdselect';
import { DefaultSelector, EpollSelector, PollSelector, SelectSelector } from 'fdselect/selectors';
import { closing } from './sandbox.ts';

export type SelectorClass = typeof DefaultSelector;
export type Selector<Data = unknown> = InstanceType<typeof DefaultSelector<Data>>;

/** The system call of a selector. FDSELECT_SELECTOR may choose that of DefaultSelector. */
type Call = 'select' | 'poll' | 'epoll';

function callOf(Class: SelectorClass): Call {
  if (Class === EpollSelector) return 'epoll';
  return Class === PollSelector ? 'poll' : 'select';
}

/** For `describe.each`; without EpollSelector where the system has no epoll. */
export const CLASSES = Object.entries<SelectorClass | undefined>({
  SelectSelector,
  PollSelector,
  EpollSelector,
  DefaultSelector,
})
  .filter((entry): entry is [string, SelectorClass] => entry[1] !== undefined)
  .map(([name, Class]) => ({ name, Class, call: callOf(Class) }));

/** A selector that is closed at the end of the test. */
export function openSelector<Data = unknown>(Class: SelectorClass): Selector<Data> {
  return closing(new Class<Data>());
}

/** What is ready now, by the registered objects. */
export function readyNow(selector: Selector): Map<FileDescriptorLike, number> {
  return new Map(selector.select(0).map(([{ fileobj }, events]) => [fileobj, events]));
}
