/** Checks that a recording is consistent with itself. */
import { answeredFds, askedFds, hasBit } from './facts.js';
import type { CallRecord, FdLists, ListRecord, Recording } from './format.js';
import { fileOf, type State, setOf } from './model.js';
import { states } from './state.js';
import { isWait, type Step, stepsOf } from './steps.js';

/** An inconsistency, with its step, counted from 1. */
export interface Problem {
  step: number;
  sentence: string;
}

/** ERR, HUP and NVAL come unasked. */
const UNASKED = 0x38;
/** The kernel shows ERR and HUP in each entry; one that was disarmed has no events, only flags. */
const ALWAYS = 0x18;
const FLAGS = 0xf0000000;

/** The problems of a recording; none if it is consistent. */
export function verify(recording: Recording): Problem[] {
  const problems: Problem[] = [];
  const steps = stepsOf(recording);
  const everySent = new Set<string>();
  let received = 0;
  for (const state of states(recording)) {
    const step = steps[state.step];
    const done = steps[state.step - 1];
    const report = (number: number) => (sentence: string) =>
      void problems.push({ step: number, sentence });
    const say = report(state.step);
    if (done !== undefined) for (const record of done.after) checkAfter(state, record, say);
    // Only receiving takes bytes from a file: after other steps no file needs a look.
    if (state.counters.received > received) {
      received = state.counters.received;
      for (const file of Object.values(state.files)) {
        if (file.inbox.bytes >= 0 || everySent.has(file.id)) continue;
        everySent.add(file.id);
        say(`more bytes were received from file ${file.id} than this process has sent to it.`);
      }
    }
    if (step !== undefined && step.phase !== 'enter' && step.record.k === 'call') {
      checkCall(state, step, step.record, report(state.step + 1));
    }
  }
  return problems;
}

type Report = (sentence: string) => void;

function checkAfter(state: State, record: Step['after'][number], say: Report): void {
  if (record.k === 'list') checkList(state, record, say);
}

function checkCall(state: State, step: Step, record: CallRecord, say: Report): void {
  const { call, ret, errno } = record;
  if (ret < -1 || (ret === -1) !== (errno !== undefined)) {
    say(`${call} answers ${ret} with the error ${errno ?? 'left out'}.`);
  }
  const opened = step.before.flatMap((one) => (one.k === 'fd' ? [one.fd] : []));
  const isOpen = (fd: number) => fileOf(state, fd) !== undefined || opened.includes(fd);
  for (const fd of usedFds(record)) {
    if (!isOpen(fd)) say(`${call} uses fd ${fd}, which is not open in the derived table.`);
  }
  if (isWait(record) && ret >= 0) checkAnswer(state, record, say);
}

/** The fds that a call used with success, and so were open. */
function usedFds(record: CallRecord): number[] {
  const { fd, epfd, errno, call } = record;
  if (errno === 'EBADF' || record.by === 'library') return [];
  const used = [fd, epfd].filter((one) => one !== undefined && one >= 0) as number[];
  return call === 'select' && record.ret >= 0
    ? [...used, ...askedFds(record).map(([n]) => n)]
    : used;
}

function checkAnswer(state: State, record: CallRecord, say: Report): void {
  const { call, ret } = record;
  const bits =
    call === 'select'
      ? (record.out as FdLists).reduce((sum, list) => sum + new Set(list ?? []).size, 0)
      : answeredFds(record).length;
  if (bits !== ret) say(`${call} answers ${ret}, and its answer has ${bits}.`);
  const asked =
    call === 'epoll_wait'
      ? setOf(state, record.epfd)?.interest.map(({ fd, events }) => [fd, events] as const)
      : askedFds(record);
  if (asked === undefined) return;
  const masks = new Map<number, number>();
  for (const [fd, events] of asked) masks.set(fd, (masks.get(fd) ?? 0) | events);
  for (const [fd, events] of answeredFds(record)) {
    const mask = masks.get(fd);
    if (mask === undefined) say(`${call} answers fd ${fd}, which it was not asked about.`);
    else if (hasBit(events & ~(mask | UNASKED), ~0)) {
      say(
        `${call} answers 0x${(events >>> 0).toString(16)} for fd ${fd}, asked 0x${mask.toString(16)}.`,
      );
    }
  }
}

function checkList(state: State, { epfd, entries }: ListRecord, say: Report): void {
  const set = setOf(state, epfd);
  if (set === undefined) return;
  const shown = (fd: number, events: number, inode: number | undefined) =>
    `${fd} ${events >>> 0}${inode === undefined ? '' : ` ${inode}`}`;
  const derived = set.interest.map(({ fd, events, armed, file }) =>
    shown(fd, armed ? events | ALWAYS : events & FLAGS, state.files[file]?.inode),
  );
  const kernel = entries.map(({ fd, events, inode }) => {
    const known = set.interest.some(
      (one) => one.fd === fd && state.files[one.file]?.inode === inode,
    );
    return shown(fd, events, known ? inode : undefined);
  });
  if (derived.sort().join() !== kernel.sort().join()) {
    say(`the interest list of fd ${epfd} is [${derived}]; the kernel says [${kernel}].`);
  }
}
