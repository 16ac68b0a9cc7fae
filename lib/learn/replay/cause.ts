/** Computed: which call ended a wait that slept. Marked ○ in a replay. */
import { answeredFds } from './facts.js';
import type { CallRecord, Recording } from './format.js';
import { type FileState, fileOf, type State, setOf } from './model.js';
import { stateAt } from './state.js';
import { isWait, type Step, stepsOf } from './steps.js';

/** The calls that can end a wait at the other end of a connection. */
const WAKING = [
  'send',
  'sendall',
  'sendto',
  'sendmsg',
  'sendfile',
  'splice',
  'write',
  'writev',
].concat(['close', 'shutdown', 'recv', 'recvfrom', 'read', 'readv', 'connect', 'dup2']);

/**
 * The calls that ended the wait which returns in a step: for each ready file the last call on the
 * other end while it slept. Empty if the cause is not in the recording.
 */
export function causesOf(recording: Recording, step: Step): Step[] {
  const { record, phase } = step;
  if (phase !== 'return' || !isWait(record)) return [];
  const steps = stepsOf(recording);
  const state = stateAt(recording, step.index);
  const causes = new Set<Step>();
  for (const [fd] of answeredFds(record)) {
    const file = fileOfAnswer(state, record, fd);
    const cause = file && lastCallOnTheOtherEnd(state, steps, step, file);
    if (cause) causes.add(cause);
  }
  return [...causes].sort((a, b) => a.index - b.index);
}

function fileOfAnswer(state: State, wait: CallRecord, fd: number): FileState | undefined {
  if (wait.epfd === undefined) return fileOf(state, fd);
  const set = setOf(state, wait.epfd);
  const entry = set?.interest.findLast((one) => one.fd === fd);
  return entry && state.files[entry.file];
}

function lastCallOnTheOtherEnd(
  state: State,
  steps: readonly Step[],
  wait: Step,
  file: FileState,
): Step | undefined {
  for (let i = wait.index - 1; i >= 0 && steps[i]?.record !== wait.record; i--) {
    const step = steps[i] as Step;
    const { record } = step;
    if (record.k !== 'call' || record.th === wait.record.th || record.ret < 0) {
      if (record.k !== 'call' || record.errno !== 'EINPROGRESS') continue;
    }
    if (WAKING.includes(record.call) && acts(state, record, file)) return step;
  }
  return undefined;
}

function acts(state: State, record: CallRecord, file: FileState): boolean {
  if (record.call === 'connect') return file.listening && record.address === file.local;
  const id = record.file === undefined ? undefined : (state.aliases[record.file] ?? record.file);
  return id !== undefined && id === file.other;
}
