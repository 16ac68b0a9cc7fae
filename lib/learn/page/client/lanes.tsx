/** The threads of a recording over time, and which call ended which wait. */
import { causesOf } from '../../replay/cause.js';
import { type Step, slept, stepsOf } from '../../replay/steps.js';
import { type Column, stepAt } from '../../replay/timeline.js';
import type { Replay } from './replay.js';

const STEP = 14;
const LANE = 22;
const LEFT = 54;
/** So many steps are drawn, those around the present one. */
const WINDOW = 22;
/** A wait that ends after the last step that is drawn is drawn to here. */
const RIGHT = LEFT + WINDOW * STEP;

export function Lanes({ column, replay }: { column: Column; replay: Replay }) {
  const { recording } = column;
  const steps = stepsOf(recording);
  const threads = [...new Set(steps.map(({ record }) => record.th))].sort((a, b) => a - b);
  const now = stepAt(column, replay.stop) - 1;
  const from = Math.max(0, Math.min(now - WINDOW / 2, steps.length - WINDOW));
  const shown = steps.slice(from, from + WINDOW);
  const x = (index: number) => LEFT + (index - from) * STEP;
  const y = (th: number) => threads.indexOf(th) * LANE + 4;
  const height = threads.length * LANE + 4;
  const step = steps[now];
  const causes = step === undefined ? [] : causesOf(recording, step);
  return (
    <svg
      class="lanes"
      viewBox={`0 0 ${RIGHT} ${height}`}
      role="img"
      aria-label={`Step ${now + 1} of ${steps.length}${causes.length > 0 ? `, ended by step ${causes.map(({ index }) => index + 1).join(', ')}` : ''}`}
    >
      {threads.map((th) => (
        <g key={th}>
          <text x={0} y={y(th) + 12}>
            {replay.scenario.actors?.[th] ?? `thread ${th}`}
          </text>
          <line class="lane" x1={LEFT} x2={RIGHT} y1={y(th) + 8} y2={y(th) + 8} />
        </g>
      ))}
      {shown.map((one) => (
        <Mark
          key={one.index}
          step={one}
          steps={steps}
          x={x(one.index)}
          y={y(one.record.th)}
          x2={x}
          isNow={one.index === now}
          isPast={one.index < now}
        />
      ))}
      {step === undefined
        ? null
        : causes
            .filter(({ index }) => index >= from)
            .map((one) => (
              <line
                key={one.index}
                class="cause"
                x1={x(one.index) + STEP / 2}
                y1={y(one.record.th) + 8}
                x2={x(now) + STEP / 2}
                y2={y(step.record.th) + 8}
              />
            ))}
    </svg>
  );
}

interface MarkProps {
  step: Step;
  steps: readonly Step[];
  x: number;
  y: number;
  x2: (index: number) => number;
  isNow: boolean;
  isPast: boolean;
}

function Mark({ step, steps, x, y, x2, isNow, isPast }: MarkProps) {
  const { record, phase, index } = step;
  const isError = record.k === 'call' && record.ret < 0;
  const classes = ['mark', isNow ? 'now' : isPast ? 'past' : '', isError ? 'error' : ''];
  const end =
    phase === 'enter' && record.k === 'call' && slept(record)
      ? steps.findIndex((one) => one.record === record && one.phase === 'return')
      : -1;
  const begin = x + STEP / 2;
  return (
    <g class={classes.join(' ')}>
      {end > index ? (
        <rect
          class="sleep"
          x={begin}
          y={y + 5}
          width={Math.min(x2(end) + STEP / 2, RIGHT) - begin}
          height={6}
        />
      ) : null}
      <rect x={x + 2} y={y} width={STEP - 4} height={16} rx={3} />
    </g>
  );
}
