/** Calls in strace's notation. */
import { names } from './events.js';
import type { CallRecord, FdEvents, FdLists } from './format.js';
import type { Step } from './steps.js';

/** Longer lists end with an ellipsis. */
const MAX_SHOWN = 8;
const MAX_ENTRIES = 3;
const MAX_TEXT = 24;

/** Such as `recv(4, "hello", 64) = 5`; a call that sleeps has no answer yet: `= ?`. */
export function notation(record: CallRecord, phase: Step['phase']): string {
  const answer = phase === 'enter' ? '?' : answerOf(record);
  return `${record.call}(${argumentsOf(record, phase).join(', ')}) = ${answer}`;
}

function answerOf({ call, ret, errno, out, timeout }: CallRecord): string {
  if (ret < 0) return `-1 ${errno}`;
  if (ret === 0 && out !== undefined && timeout !== 0) return '0 (Timeout)';
  if (call === 'poll' && ret > 0) return `${ret} (${entries(out as FdEvents[], 'revents')})`;
  if (call !== 'select' || ret === 0) return String(ret);
  const kinds = ['in', 'out', 'except'].flatMap((kind, i) => {
    const list = (out as FdLists)[i] ?? [];
    return list.length > 0 ? [`${kind} ${set(list)}`] : [];
  });
  return `${ret} (${kinds.join(', ')})`;
}

function argumentsOf(record: CallRecord, phase: Step['phase']): (string | number)[] {
  const { call, fd, epfd, size, text, timeout, max } = record;
  switch (call) {
    case 'select': {
      const lists = (record.in as FdLists).map((list) => (list === null ? 'NULL' : set(list)));
      const time = timeout === null || timeout === undefined ? 'NULL' : `{${timeout / 1e6} s}`;
      return [record.nfds ?? 0, ...lists, time];
    }
    case 'poll': {
      const asked = record.in as FdEvents[];
      return [entries(asked, 'events'), asked.length, Math.max(timeout ?? -1, -1)];
    }
    case 'epoll_wait': {
      const out = phase === 'enter' ? [] : ((record.out ?? []) as FdEvents[]);
      const found = out.map(([n, events]) => `{${prefixed('EPOLL', events)}, ${n}}`);
      return [epfd ?? -1, list(found), max ?? 0, Math.max(timeout ?? -1, -1)];
    }
    case 'epoll_ctl': {
      const event = record.events === undefined ? 'NULL' : `{${prefixed('EPOLL', record.events)}}`;
      return [epfd ?? -1, `EPOLL_CTL_${record.op}`, fd ?? -1, event];
    }
    case 'pipe':
    case 'socketpair':
      return [`[${(record.fds ?? []).join(', ')}]`];
    default: {
      const given = [fd, quoted(text), size, record.address].filter((one) => one !== undefined);
      return [...given, ...(given.length <= 1 ? (record.args ?? []).map(String) : [])];
    }
  }
}

function quoted(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const shown = JSON.stringify(text.slice(0, MAX_TEXT));
  return text.length > MAX_TEXT ? `${shown}...` : shown;
}

function list(items: string[], separator = ', ', max = MAX_SHOWN): string {
  const shown = items.length > max ? [...items.slice(0, max - 1), '...'] : items;
  return `[${shown.join(separator)}]`;
}

const set = (fds: readonly number[]) =>
  list([...new Set(fds)].sort((a, b) => a - b).map(String), ' ');

const entries = (all: readonly FdEvents[], what: string) =>
  list(
    all.map(([fd, events]) => `{fd=${fd}, ${what}=${prefixed('POLL', events)}}`),
    ', ',
    MAX_ENTRIES,
  );

/** Such as `EPOLLIN|EPOLLET`. */
function prefixed(prefix: string, events: number): string {
  return names(events)
    .split('|')
    .map((name) => (/^0/.test(name) ? name : `${prefix}${name}`))
    .join('|');
}
