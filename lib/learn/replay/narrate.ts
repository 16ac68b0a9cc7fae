/** Describes each step of a recording in a sentence or two: the call, its result and its effect. */
import { causesOf } from './cause.js';
import { count } from './count.js';
import { names } from './events.js';
import { answeredFds, askedFds, EVENT, hasBit } from './facts.js';
import type { CallRecord, FdEvents, Rec, Recording } from './format.js';
import { type FileState, fileOf, type State, setOf } from './model.js';
import { duration } from './pace.js';
import { sentenceOf } from './sentences.js';
import { stateAt, states } from './state.js';
import { isWait, type Step, stepsOf } from './steps.js';

/**
 * The sentences of a step, such as `recv takes 4 bytes from fd 19 ("abcd"); 6 bytes stay.`
 *
 * @param index - the step, from 0
 * @throws RangeError if there is no such step
 */
export function narrate(recording: Recording, index: number): string {
  const step = stepsOf(recording)[index];
  if (step === undefined) throw new RangeError(`index must be that of a step: ${index}`);
  return sentencesOf(recording, step, stateAt(recording, index), stateAt(recording, index + 1));
}

/** The sentences of every step, in order: quicker than one after the other. */
export function* narrateAll(recording: Recording): Generator<string> {
  const before = states(recording);
  const after = states(recording);
  after.next();
  for (const step of stepsOf(recording)) {
    yield sentencesOf(recording, step, before.next().value as State, after.next().value as State);
  }
}

/** The sentences of a step, where the states before and after it are known already. */
export function sentencesOf(recording: Recording, step: Step, before: State, after: State): string {
  const { record } = step;
  if (record.k === 'cut') return `The recording ends here: ${record.reason}.`;
  const said = isWait(record)
    ? waitSentences(recording, step, record, after)
    : [sentenceOf(record, step.phase, before, after)];
  return [
    ...step.before.flatMap(introduction),
    ...said,
    ...extras(record, step.phase),
    ...step.after.flatMap(addition),
  ].join(' ');
}

function introduction(record: Rec): string[] {
  if (record.k === 'begin') return [`Callback ${record.what}${on(record.fd)}:`];
  if (record.k !== 'async') return [];
  if (record.what === 'ready') return ['The event loop reports that a wait may be ready.'];
  return record.what === 'end' ? ['A wait is taken back from the event loop.'] : [];
}

function addition(record: Rec): string[] {
  if (record.k === 'child') return ['A child process is started: it may have copies of fds.'];
  if (record.k !== 'async' || record.what !== 'wait') return [];
  const fds = (record.fds ?? []).map(([fd]) => fd);
  return [`The event loop is given a wait${fds.length > 0 ? ` for fd ${fds.join(', ')}` : ''}.`];
}

const on = (fd: number | undefined) => (fd === undefined ? '' : ` on fd ${fd}`);

function extras({ by, via, restarts }: CallRecord, phase: Step['phase']): string[] {
  const said: string[] = [];
  if (by === 'library') said.push('The library answers this itself; the kernel is not asked.');
  else if (by !== undefined) said.push(`(Called by ${by}.)`);
  if (via !== undefined) said.push(`It was called ${via}.`);
  if (restarts !== undefined && phase !== 'enter') {
    said.push(`Signals interrupted it ${times(restarts)}; the library called it again.`);
  }
  return said;
}

const times = (n: number) => (n === 1 ? 'once' : `${n} times`);

function waitSentences(
  recording: Recording,
  step: Step,
  record: CallRecord,
  state: State,
): string[] {
  if (step.phase === 'enter')
    return [`${question(record, state)} Nothing is ready yet: it sleeps.`];
  const answer = record.ret <= 0 ? [nothing(record, state)] : found(record, state);
  if (step.phase === 'whole') return [question(record, state), ...answer];
  const slept = `${record.call} wakes after ${duration(record.d / 1e6)}.`;
  return [slept, ...answer, ...(record.ret > 0 ? [cause(recording, step)] : [])];
}

function question(record: CallRecord, state: State): string {
  const { call, epfd, timeout } = record;
  const how = timeout === 0 ? ' without waiting' : '';
  if (call !== 'epoll_wait') {
    const fds = askedFds(record).filter(([fd]) => fd >= 0);
    return `${call} asks about ${count(fds.length, 'fd')}${how}.`;
  }
  const watched = setOf(state, epfd)?.interest.length;
  const about = watched === undefined ? '' : `, which watches ${count(watched, 'fd')}`;
  return `epoll_wait asks the set of fd ${epfd}${about}${how}.`;
}

function nothing(record: CallRecord, state: State): string {
  if (record.ret < 0) return `It fails: ${record.errno}.`;
  const told = record.timeout === 0 ? 'Nothing is ready.' : 'The time is over; nothing was ready.';
  const silent = setOf(state, record.epfd)?.interest.find(
    ({ file }) => (state.files[file]?.inbox.bytes ?? 0) > 0,
  );
  if (silent === undefined) return told;
  const { bytes } = (state.files[silent.file] as FileState).inbox;
  return `${told} ${count(bytes, 'byte')} can be read from fd ${silent.fd} all the same.`;
}

function found(record: CallRecord, state: State): string[] {
  const ready = answeredFds(record);
  const list = ready.slice(0, 8).map((one) => answered(record.call, one));
  const more = ready.length > 8 ? `, and ${ready.length - 8} more` : '';
  const said = [`Ready: ${list.join(', ')}${more}.`];
  if (record.call === 'select') {
    const rest = askedFds(record).length - ready.length;
    if (rest > 0) said.push(`The call has cleared the bits of the other ${count(rest, 'fd')}.`);
  }
  if (record.call === 'epoll_wait' && ready.length === 1) {
    said.push(...readyList(record, ready[0] as FdEvents, state));
  }
  return said;
}

function answered(call: string, [fd, events]: FdEvents): string {
  if (call !== 'select') return `fd ${fd} (${names(events)})`;
  const words = [
    hasBit(events, EVENT.IN) ? 'read' : '',
    hasBit(events, EVENT.OUT) ? 'write' : '',
    hasBit(events, EVENT.PRI) ? 'exceptional' : '',
  ];
  return `fd ${fd} (${words.filter((word) => word !== '').join(', ')})`;
}

function readyList(record: CallRecord, [fd]: FdEvents, state: State): string[] {
  const entry = setOf(state, record.epfd)?.interest.find((one) => one.fd === fd);
  if (entry === undefined) return [];
  const said: string[] = [];
  const { events } = entry;
  if (hasBit(events, EVENT.ONESHOT)) said.push('It is disarmed until EPOLL_CTL_MOD.');
  else if (hasBit(events, EVENT.ET)) said.push('Told once; it leaves the ready list.');
  else said.push('It stays on the ready list.');
  if (fileOf(state, fd)?.id !== entry.file) {
    said.push(`The set watches the file that number ${fd} stood for before.`);
  }
  return said;
}

function cause(recording: Recording, step: Step): string {
  const causes = causesOf(recording, step).map(({ record }) => {
    const { call, fd, th } = record as CallRecord;
    return `${call}${on(fd)} in thread ${th}`;
  });
  return causes.length === 0 ? 'Ended from outside.' : `Ended by ${causes.join(' and ')}.`;
}
