/** Applies a call to the state of a replay, when it begins to sleep and when it returns. */
import { answeredFds, copied, filesInOneLook } from './facts.js';
import { closeNumber, end, receive, send } from './files.js';
import type { CallRecord, Header } from './format.js';
import { type FileState, fileOf, type State, setOf, threadOf } from './model.js';
import { collect, lookOnce, wake } from './ready.js';
import { isWait } from './steps.js';

const MSG_PEEK = 2;
const SHUT_RD = 0;

/** A call begins to sleep. */
export function enterCall(header: Header, state: State, record: CallRecord): void {
  const thread = threadOf(state, record.th);
  thread.asleep = { call: record, since: record.t };
  // The sent bytes may arrive while the call sleeps, and be received before it returns.
  if (EFFECTS[record.call] === sends) sends(state, record, fileOf(state, record.fd));
  if (!isWait(record)) return;
  ask(state, record);
  state.counters.bytesIn += copied(header, record).in;
  state.counters.lookedAt += look(state, record, false);
}

/** A call has returned. */
export function applyCall(
  header: Header,
  state: State,
  record: CallRecord,
  phase: 'whole' | 'return',
): void {
  const thread = threadOf(state, record.th);
  const { counters } = state;
  const bytes = copied(header, record);
  counters.calls++;
  if (record.ret < 0) counters.errors++;
  if (phase === 'whole') counters.bytesIn += bytes.in;
  counters.bytesOut += bytes.out;
  thread.asleep = null;
  thread.wchan = null;
  if (isWait(record)) {
    if (phase === 'whole') ask(state, record);
    Object.assign(thread.asked as object, { out: record.out ?? [], ret: record.ret });
    counters.waits++;
    if (record.ret > 0) counters.wakeUps++;
    counters.lookedAt += look(state, record, true);
    return;
  }
  const effect = EFFECTS[record.call];
  if (effect !== sends || phase === 'whole') effect?.(state, record, fileOf(state, record.fd));
}

function ask(state: State, record: CallRecord): void {
  const { th, call, epfd } = record;
  const asked = { call, in: record.in ?? null, out: null, ret: null };
  threadOf(state, th).asked = epfd === undefined ? asked : { ...asked, epfd };
}

/** The kernel looks at files; returns at how many. */
function look(state: State, record: CallRecord, isReturn: boolean): number {
  if (record.call !== 'epoll_wait') return filesInOneLook(record);
  const set = setOf(state, record.epfd);
  if (set === undefined || record.ret < 0) return 0;
  return collect(set, isReturn ? answeredFds(record) : [], record.max ?? Infinity);
}

type Effect = (state: State, record: CallRecord, file: FileState | undefined) => void;

const sends: Effect = (state, record, file) => {
  if (record.ret < 0) return;
  state.counters.sent += record.ret;
  const { text = null, ret } = record;
  if (file) send(state, file, ret, text !== null && text.length >= ret ? text.slice(0, ret) : null);
};

const receives: Effect = (state, record, file) => {
  if (record.ret < 0 || ((record.flags ?? 0) & MSG_PEEK) !== 0) return;
  state.counters.received += record.ret;
  if (file) receive(state, file, record.ret);
};

const closes: Effect = (state, record) => {
  // Linux frees the number even if close(2) reports an error, except EBADF.
  if (record.errno !== 'EBADF' && record.fd !== undefined) closeNumber(state, record.fd);
};

const EFFECTS: Record<string, Effect> = {
  ...{ send: sends, sendall: sends, sendto: sends, sendmsg: sends, write: sends, writev: sends },
  ...{ recv: receives, recvfrom: receives, recvmsg: receives, read: receives, readv: receives },
  close: closes,
  listen: (_, record, file) => {
    if (file && record.ret === 0) file.listening = true;
  },
  shutdown: (state, record, file) => {
    if (file && record.ret === 0 && record.args?.[0] !== SHUT_RD) end(state, file);
  },
  connect: (state, record) => {
    const listener = Object.values(state.files).find(
      (file) => file.listening && file.fds.length > 0 && file.local === record.address,
    );
    if (listener && (record.ret === 0 || record.errno === 'EINPROGRESS')) wake(state, listener);
  },
  epoll_ctl: control,
};

function control(state: State, record: CallRecord): void {
  const set = setOf(state, record.epfd);
  const file = fileOf(state, record.fd);
  if (set === undefined || file === undefined || record.fd === undefined || record.ret < 0) return;
  const { fd, op, events = 0 } = record;
  const isIt = (entry: { fd: number; file: string }) => entry.fd === fd && entry.file === file.id;
  if (op === 'DEL') {
    set.interest = set.interest.filter((entry) => !isIt(entry));
    set.ready = set.ready.filter((key) => key !== `${fd} ${file.id}`);
    return;
  }
  let entry = set.interest.find(isIt);
  if (entry === undefined) {
    entry = { fd, file: file.id, events, armed: true };
    set.interest.push(entry);
  }
  Object.assign(entry, { events, armed: true });
  state.counters.lookedAt++;
  lookOnce(state, set, entry);
}
