/** The sentences of the present step, and the question before it. */
import { useEffect, useRef } from 'preact/hooks';
import { count } from '../../replay/count.js';
import { sentencesOf } from '../../replay/narrate.js';
import { verdict } from '../../replay/predictions.js';
import { type Stop, stepsIn, type Timeline } from '../../replay/timeline.js';
import type { Moment } from './moment.js';
import type { Replay } from './replay.js';

export function Narration({ replay }: { replay: Replay }) {
  const { timeline, stop, question, pause } = replay;
  const at = timeline.beats.findIndex(({ beat }) => beat === stop.beat);
  const { say = '' } = timeline.beats[at] ?? {};
  return (
    <section class="narration" aria-label="What happens">
      <div class="now">
        <p class="beat" aria-live="polite">
          {timeline.beats.length === 0 ? (
            'This recording has no calls.'
          ) : (
            <>
              <b>
                Beat {at + 1} of {timeline.beats.length}
              </b>{' '}
              {say}
            </>
          )}
        </p>
        {pause === null ? null : <p class="pause">{pause}</p>}
      </div>
      {question === null ? null : <Prediction replay={replay} />}
    </section>
  );
}

/** What happens in a column, in sentences. */
export function sentence(moment: Moment, stop: Stop, timeline: Timeline): string {
  const { column, step, before, after } = moment;
  if (timeline.beats.length === 0) {
    return 'The program made no call, or a signal killed it before the first was written.';
  }
  if (stop.i === 0) return 'Nothing has happened yet.';
  if (step !== null) return sentencesOf(column.recording, step, before, after);
  const own = stepsIn(column, stop.beat);
  const most = Math.max(...timeline.columns.map((one) => stepsIn(one, stop.beat)));
  const fewer = most - own;
  if (own === 0) return 'Nothing happens here in this beat.';
  return `Has finished this beat, with ${count(fewer, 'step')} fewer.`;
}

function Prediction({ replay }: { replay: Replay }) {
  const { question, choose, next } = replay;
  const section = useRef<HTMLElement>(null);
  // On a phone it may be below the controls.
  useEffect(() => section.current?.scrollIntoView({ block: 'nearest' }), [question]);
  if (question === null) return null;
  const { prediction, choice } = question;
  const isChosen = choice !== null;
  return (
    <section class="prediction" aria-label="Prediction" ref={section}>
      <p>
        <b>Before you see it:</b> {prediction.question}
      </p>
      <div class="choices">
        {prediction.choices.map(({ text, isRight }, n) => (
          <button
            key={text}
            type="button"
            aria-pressed={n === choice}
            class={isChosen && isRight ? 'right' : ''}
            onClick={() => choose(n)}
          >
            {text}
          </button>
        ))}
        {isChosen ? null : (
          <button type="button" class="skip" onClick={next}>
            Skip
          </button>
        )}
      </div>
      <p aria-live="polite">{verdict(question)}</p>
      {isChosen ? (
        <button type="button" class="primary" onClick={next}>
          See it
        </button>
      ) : null}
    </section>
  );
}
