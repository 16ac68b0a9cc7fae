/** One mechanism: the program above, the kernel below, and what crosses the boundary between them. */
import type { ComponentChildren } from 'preact';
import { count } from '../../replay/count.js';
import { notation } from '../../replay/notation.js';
import { isWait } from '../../replay/steps.js';
import type { Column } from '../../replay/timeline.js';
import { Asked } from './asked.js';
import { Kernel } from './kernel.js';
import { type Moment, momentOf } from './moment.js';
import { sentence } from './narration.js';
import type { Replay } from './replay.js';

interface Props {
  column: Column;
  replay: Replay;
  children: ComponentChildren;
}

export function ColumnView({ column, replay, children }: Props) {
  const moment = momentOf(column, replay.stop);
  const isWaiting = moment.step === null && moment.count > 0;
  return (
    <section class={`column ${isWaiting ? 'waiting' : ''}`} aria-label={column.name}>
      <div class="said">
        <h2>{column.name}</h2>
        <p aria-live="polite">{sentence(moment, replay.stop, replay.timeline)}</p>
      </div>
      <p class={`call ${moment.call && moment.call.ret < 0 ? 'error' : ''}`}>
        <code>
          {moment.step && moment.call ? notation(moment.call, moment.step.phase) : '\u00a0'}
        </code>
      </p>
      <div class="program">
        <h3>Program</h3>
        <Threads moment={moment} actors={replay.scenario.actors ?? []} />
        <Asked moment={moment} />
      </div>
      <Boundary moment={moment} />
      <div class="kernel">
        <h3>Kernel</h3>
        <Kernel moment={moment} />
      </div>
      <div class="figures">
        <Counters moment={moment} />
        {children}
      </div>
    </section>
  );
}

/** `, the server,` and `, waiter 2,`. */
function who(actor: string | undefined): string {
  if (actor === undefined) return '';
  return /\d$/.test(actor) ? `, ${actor},` : `, the ${actor},`;
}

/** What each thread does. */
function Threads({ moment: { before, after }, actors }: { moment: Moment; actors: string[] }) {
  const threads = Object.entries(after.threads);
  const slept = (th: string) => before.threads[Number(th)]?.asleep != null;
  return (
    <ul class="threads">
      {threads.map(([th, { asleep, wchan, stack }]) => {
        const inside = stack.map(({ what }) => what).join(' > ');
        return (
          <li key={th} class={asleep !== null ? 'asleep' : slept(th) ? 'woken' : 'awake'}>
            {threads.length > 1 ? `Thread ${th}${who(actors[Number(th)])} ` : 'It '}
            {asleep !== null ? `sleeps in ${asleep.call.call}` : slept(th) ? 'wakes' : 'runs'}
            {inside === '' ? '' : `, in ${inside}`}
            {wchan === null ? null : (
              <span class="where">
                {' '}
                {wchan} <abbr title="read from the kernel">◆</abbr>
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

const ARROWS = { in: '↓', out: '↑' };
const RECEIVING = /^(recv|read|accept)/;

/** What crosses from the program to the kernel and back in this step. */
function Boundary({ moment: { call, step, crossing } }: { moment: Moment }) {
  const said: { arrow: string; text: string; isComputed: boolean }[] = [];
  for (const way of ['in', 'out'] as const) {
    const bytes = crossing[way];
    if (bytes > 0) said.push({ arrow: ARROWS[way], text: `${bytes} B`, isComputed: true });
  }
  if (call !== null && step?.phase !== 'enter' && call.ret > 0 && call.size !== undefined) {
    const arrow = RECEIVING.test(call.call) ? ARROWS.out : ARROWS.in;
    const shown = call.text === undefined ? '' : ` ${JSON.stringify(call.text.slice(0, 16))}`;
    said.push({ arrow, text: `${call.ret} B${shown}`, isComputed: false });
  }
  if (call !== null && call.ret < 0 && step?.phase !== 'enter') {
    said.push({ arrow: ARROWS.out, text: call.errno ?? '', isComputed: false });
  }
  return (
    <div class="boundary">
      <h3 class="hidden">What crosses the boundary</h3>
      <ul>
        {said.map(({ arrow, text, isComputed }) => (
          <li key={arrow + text} class={isComputed ? 'computed' : ''}>
            <span aria-hidden="true">{arrow}</span>
            <span class="hidden">{arrow === ARROWS.in ? 'to the kernel' : 'to the program'}</span>{' '}
            {text} {isComputed ? <abbr title="computed">○</abbr> : null}
          </li>
        ))}
        {crossing.lookedAt > 0 ? (
          <li class="computed">
            looks at {count(crossing.lookedAt, 'file')} <abbr title="computed">○</abbr>
          </li>
        ) : null}
        {said.length === 0 && crossing.lookedAt === 0 ? (
          <li class="nothing">{call !== null && isWait(call) ? 'nothing crosses' : '\u00a0'}</li>
        ) : null}
      </ul>
    </div>
  );
}

function Counters({ moment: { after } }: { moment: Moment }) {
  const { counters } = after;
  const figures: [string, number, boolean][] = [
    ['calls', counters.calls, false],
    ['waits', counters.waits, false],
    ['wake-ups', counters.wakeUps, false],
    ['bytes in', counters.bytesIn, true],
    ['bytes out', counters.bytesOut, true],
    ['looked at', counters.lookedAt, true],
  ];
  return (
    <dl class="counters" aria-label="So far">
      {figures.map(([name, value, isComputed]) => (
        <div key={name}>
          <dt>
            {name} {isComputed ? <abbr title="computed">○</abbr> : null}
          </dt>
          <dd>{value.toLocaleString('en')}</dd>
        </div>
      ))}
    </dl>
  );
}
