/** The sentences for calls that are not waits. */
import { count } from './count.js';
import { names } from './events.js';
import type { CallRecord } from './format.js';
import { fileOf, type State, setOf } from './model.js';
import type { Step } from './steps.js';

type Say = (record: CallRecord, before: State, after: State) => string;

/** One sentence about a call. */
export function sentenceOf(
  record: CallRecord,
  phase: Step['phase'],
  before: State,
  after: State,
): string {
  const { call, fd } = record;
  if (phase === 'enter') {
    // A call that sends most often has room: then it was slow because another thread had the CPU.
    const mayHaveRoom = /^(send|write)/.test(call);
    return `${call}${on(fd)} ${mayHaveRoom ? 'does not return at once' : 'sleeps until it can go on'}.`;
  }
  if (record.ret < 0) return failure(record, before);
  return (SENTENCES[call] ?? other)(record, before, after);
}

const on = (fd: number | undefined) => (fd === undefined ? '' : ` on fd ${fd}`);
const bytes = (n: number) => count(n, 'byte');
const quoted = (text: string | undefined) =>
  text === undefined || text === '' ? '' : ` (${JSON.stringify(text)})`;

function failure(record: CallRecord, before: State): string {
  const { call, fd, epfd, errno } = record;
  if (call === 'epoll_ctl') {
    return `epoll_ctl ${record.op} of fd ${fd} in the set of fd ${epfd} fails: ${errno}.`;
  }
  if (errno === 'EAGAIN') {
    if (call.startsWith('send') || call.startsWith('write')) {
      return `${call}${on(fd)} finds no room: EAGAIN.`;
    }
    if (call.startsWith('accept')) return `accept${on(fd)} finds no connection: EAGAIN.`;
    return `${call}${on(fd)} finds nothing: EAGAIN.`;
  }
  if (errno === 'EINPROGRESS') return `connect${on(fd)} has begun and goes on: EINPROGRESS.`;
  const isUnknown = errno === 'EBADF' && fd !== undefined && fileOf(before, fd) === undefined;
  return `${call}${on(fd)} fails: ${errno}${isUnknown ? '; the number stands for no file' : ''}.`;
}

const received: Say = ({ call, fd, ret, size, text, flags = 0 }, before, after) => {
  if (ret === 0 && size !== 0) return `${call} answers 0: the other end of fd ${fd} has ended.`;
  if (ret === 0) return `${call} was asked for 0 bytes of fd ${fd} and answers 0.`;
  const isPeek = (flags & 2) !== 0;
  const said = `${call} ${isPeek ? 'shows' : 'takes'} ${bytes(ret)} from fd ${fd}${quoted(text)}`;
  const left = fileOf(after, fd)?.inbox.bytes ?? 0;
  if (fileOf(before, fd)?.other === undefined || left < 0) return `${said}.`;
  return `${said}; ${left === 0 ? 'none stay' : `${bytes(left)} ${left === 1 ? 'stays' : 'stay'}`}.`;
};

const sent: Say = ({ call, fd, ret, size, text }) => {
  const all = size === undefined || size === ret;
  const amount = all ? bytes(ret) : `${ret} of ${bytes(size)}`;
  const why = all ? '' : ': there is no room for more';
  return `${call} gives ${amount} to fd ${fd}${quoted(text)}${why}.`;
};

const SENTENCES: Record<string, Say> = {
  ...{ recv: received, recvfrom: received, read: received, readv: received, recvmsg: received },
  ...{ send: sent, sendall: sent, sendto: sent, write: sent, writev: sent, sendmsg: sent },
  accept: ({ fd, ret }, _, after) => {
    const from = fileOf(after, ret)?.peer;
    return `accept takes a connection from the queue of fd ${fd}: it is fd ${ret}${from ? `, from ${from}` : ''}.`;
  },
  close: ({ fd }, before, after) => {
    const file = fileOf(before, fd);
    const left = file && after.files[file.id]?.fds;
    if (file === undefined) return `close frees number ${fd}.`;
    if (left === undefined || left.length === 0) return `close frees number ${fd} and its file.`;
    const watched = Object.values(after.sets).some((set) =>
      set.interest.some((entry) => entry.file === file.id && entry.fd === fd),
    );
    const ghost = watched ? ', and an epoll set still watches it under this number' : '';
    return `close frees number ${fd}; its file stays open as fd ${left.join(', ')}${ghost}.`;
  },
  epoll_ctl: ({ fd, epfd, op, events = 0 }, _, after) => {
    if (op === 'DEL') return `epoll_ctl takes fd ${fd} out of the set of fd ${epfd}.`;
    const what = `fd ${fd} for ${names(events)}`;
    if (op === 'MOD') return `epoll_ctl changes ${what} in the set of fd ${epfd}.`;
    const n = setOf(after, epfd)?.interest.length;
    const now = n === undefined ? '' : `, which watches ${n} now`;
    return `epoll_ctl adds ${what} to the set of fd ${epfd}${now}.`;
  },
  epoll_create1: ({ ret }) => `epoll_create1 makes a set: fd ${ret}.`,
  socket: ({ ret }) => `socket makes fd ${ret}.`,
  dup: ({ fd, ret }) => `dup gives fd ${fd} a second number: ${ret}.`,
  dup2: ({ fd, ret }) => `dup2 makes number ${ret} stand for the file of fd ${fd}.`,
  open: ({ ret, address }) => `open makes fd ${ret} of ${address}.`,
  pipe: ({ by, ret, fds = [] }) =>
    by === 'signalPipe'
      ? `signalPipe makes fd ${ret}, which can be read when a signal has come.`
      : `pipe makes fd ${fds[0]} to read from and fd ${fds[1]} to write to.`,
  socketpair: ({ fds = [] }) =>
    `socketpair makes fd ${fds.join(' and ')}, connected to each other.`,
  bind: ({ fd, address }) => `bind gives fd ${fd} the address ${address}.`,
  listen: ({ fd }) => `listen lets the kernel queue connections for fd ${fd}.`,
  connect: ({ fd, address }) => `connect connects fd ${fd} to ${address}.`,
  shutdown: ({ fd, args }) => {
    if (args?.[0] === 0) return `shutdown: fd ${fd} receives no more.`;
    return `shutdown: fd ${fd} sends no more${args?.[0] === 2 ? ' and receives no more' : ''}.`;
  },
};

function other({ call, fd, ret }: CallRecord): string {
  return `${call}${on(fd)} answers ${ret}.`;
}
