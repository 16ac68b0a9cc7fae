/** A recording as text: a sentence for each step, and the state after a step. */
import { count } from './count.js';
import { names } from './events.js';
import type { Recording } from './format.js';
import type { FileState, State } from './model.js';
import { narrate, narrateAll } from './narrate.js';
import { stateAt } from './state.js';
import { beatsOf, stepsOf } from './steps.js';

/** A step as a row of text. */
export interface PlainRow {
  /** From 1. */
  step: number;
  /** Milliseconds since the header, with three digits. */
  ms: string;
  /** Null if the recording has only one thread. */
  thread: number | null;
  sentence: string;
  /** The beat that begins with this step, such as `Beat 1: the client speaks`; else null. */
  beat: string | null;
}

/** A title and a row for each step, for `--plain` and the page's text view. */
export function plainText(recording: Recording): { title: string; rows: PlainRow[] } {
  const { header, records } = recording;
  const steps = stepsOf(recording);
  const hasMarks = records.some(({ k }) => k === 'mark');
  const beats = new Map(hasMarks ? beatsOf(recording).map((beat) => [beat.step, beat]) : []);
  const threads = new Set(steps.map(({ record }) => record.th)).size;
  const name = [header.scenario, header.variant].filter((part) => part !== undefined).join(', ');
  const sentences = [...narrateAll(recording)];
  const rows = steps.map(({ index, t, record }) => {
    const beat = beats.get(index);
    return {
      step: index + 1,
      ms: (t / 1e6).toFixed(3),
      thread: threads > 1 ? record.th : null,
      sentence: sentences[index] ?? '',
      beat: beat === undefined ? null : `Beat ${beat.beat}: ${beat.say}`,
    };
  });
  const title = `${name === '' ? 'Recording' : name}: ${steps.length} steps, by ${header.by}, ${header.runtime}, ${header.os}`;
  return { title, rows };
}

/** The output of `replay --plain`. Steps count from 1. */
export function plainLines(recording: Recording): string[] {
  const { title, rows } = plainText(recording);
  const width = String(rows.length).length;
  return [
    title,
    ...rows.flatMap(({ step, ms, thread, sentence, beat }) => {
      const who = thread === null ? '' : `thread ${thread}: `;
      const line = `${String(step).padStart(width)}  ${ms.padStart(10)} ms  ${who}${sentence}`;
      return beat === null ? [line] : [beat, line];
    }),
  ];
}

/** The output of `replay --step N`: the sentence, and the state after it. */
export function stateLines(recording: Recording, step: number): string[] {
  const state = stateAt(recording, step);
  return [
    `Step ${step} of ${stepsOf(recording).length}: ${narrate(recording, step - 1)}`,
    ...section('Open file descriptors', fdLines(state)),
    ...section('Epoll sets', setLines(state)),
    ...section('Threads', threadLines(state)),
    ...section('So far', counterLines(state)),
  ];
}

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];
}

function fdLines({ fds, files }: State): string[] {
  return Object.entries(fds).map(([fd, id]) => `${fd}: ${fileText(files[id] as FileState)}`);
}

function fileText(file: FileState): string {
  const ends = [file.local, file.peer].filter((end) => end !== undefined).join(' to ');
  const { bytes, text } = file.inbox;
  return [
    `file ${file.id}, ${file.type}`,
    ...(ends === '' ? [] : [ends]),
    ...(file.listening ? ['listening'] : []),
    ...(bytes > 0 ? [`${bytes} bytes to receive${text ? ` (${JSON.stringify(text)})` : ''}`] : []),
    ...(file.ended ? ['the other end has ended'] : []),
  ].join(', ');
}

function setLines({ sets, files }: State): string[] {
  return Object.entries(sets).flatMap(([id, { interest, ready }]) => {
    const fds = files[id]?.fds ?? [];
    if (fds.length === 0) return [];
    const entries = interest.map(({ fd, events, armed }) =>
      armed ? `${fd} (${names(events)})` : `${fd} (disarmed)`,
    );
    const list = ready.map((key) => key.split(' ')[0]);
    const watched = entries.length === 0 ? 'nothing' : entries.join(', ');
    return [`fd ${fds.join(', ')} watches ${watched}; ready list, computed: [${list.join(' ')}]`];
  });
}

function threadLines({ threads }: State): string[] {
  return Object.entries(threads).map(([th, { asleep, stack }]) => {
    const callbacks = stack.map(({ what }) => what).join(' > ');
    const doing = asleep === null ? 'runs' : `sleeps in ${asleep.call.call}`;
    return `thread ${th} ${doing}${callbacks === '' ? '' : `, in ${callbacks}`}`;
  });
}

function counterLines({ counters }: State): string[] {
  const { calls, waits, wakeUps, errors, received, sent, bytesIn, bytesOut, lookedAt } = counters;
  return [
    `${count(calls, 'call')}, ${errors} of them failed; ${count(waits, 'wait')}, ${wakeUps} of them found something`,
    `${count(received, 'byte')} received, ${count(sent, 'byte')} sent`,
    `computed: ${count(bytesIn, 'byte')} copied to the kernel for waits, ${bytesOut} back, ${count(lookedAt, 'file')} looked at`,
  ];
}
