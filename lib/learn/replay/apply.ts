/** Applies one step to the state of a replay. */
import { applyCall, enterCall } from './calls.js';
import { applyFd } from './files.js';
import type { Rec, Recording } from './format.js';
import { type State, setOf, threadOf } from './model.js';
import type { Step } from './steps.js';

/** Changes `state` from the one before the step to the one after it. */
export function apply(recording: Recording, state: State, step: Step): void {
  state.t = step.t;
  for (const record of step.before) applyBeside(state, record);
  const { record, phase } = step;
  if (record.k === 'cut') state.cut = record.reason;
  else if (phase === 'enter') enterCall(recording.header, state, record);
  else applyCall(recording.header, state, record, phase);
  for (const record of step.after) applyBeside(state, record);
}

function applyBeside(state: State, record: Rec): void {
  const thread = threadOf(state, record.th);
  switch (record.k) {
    case 'fd':
      applyFd(state, record);
      break;
    case 'list': {
      const set = setOf(state, record.epfd);
      if (set !== undefined) set.kernel = record.entries;
      break;
    }
    case 'asleep':
      threadOf(state, record.of).wchan = record.wchan ?? record.syscall;
      break;
    case 'begin':
      thread.stack.push({ what: record.what, ...(record.fd !== undefined && { fd: record.fd }) });
      break;
    case 'end':
      thread.stack.pop();
      break;
    case 'async':
      if (record.what === 'wait') thread.pending[record.id] = record.fds ?? [];
      else delete thread.pending[record.id];
      break;
    case 'child':
      state.hasChildren = true;
      break;
    case 'mark':
      state.beat = record.beat;
      state.say = record.say;
      break;
    default:
  }
}
