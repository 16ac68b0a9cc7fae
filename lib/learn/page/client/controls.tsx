/** The buttons that move, always at the same place, and the scrubber with the beats as its stops. */
import { useMemo } from 'preact/hooks';
import { SPEEDS, type Speed } from '../../replay/pace.js';
import {
  densityOf,
  heightsOf,
  isTime,
  MAX_BEATS,
  placeAt,
  positionsOf,
} from '../../replay/scrubber.js';
import type { Timeline } from '../../replay/timeline.js';
import { type ICONS, Icon } from './icons.js';
import type { Replay } from './replay.js';

const SPEED_NAMES: Record<Speed, string> = { step: 'by step', '0.1x': '0.1×', '1x': '1×' };

/** More beats than this do not get a button each. */
const MAX_BUTTONS = 12;
/** The finest difference that the scrubber makes. */
const FINE = 10_000;
/** The bars of the density. */
const BARS = 120;

export function Controls({ replay }: { replay: Replay }) {
  const { view, change, place, timeline } = replay;
  const last = timeline.stops.length - 1;
  return (
    <footer class="controls">
      <Scrubber replay={replay} />
      <div class="buttons">
        <Move name="First step" icon="first" keys="Home" act={replay.first} isOff={place === 0} />
        <Move
          name="Previous beat"
          icon="previous"
          keys="Shift+←"
          act={replay.previousBeat}
          isOff={place === 0}
        />
        <Move name="Step back" icon="back" keys="←" act={replay.back} isOff={place === 0} />
        <button
          type="button"
          class="primary"
          title="Space"
          onClick={() => change({ isPlaying: !view.isPlaying })}
        >
          <Icon name={view.isPlaying ? 'pause' : 'play'} />
          <span class="hidden">{view.isPlaying ? 'Pause' : 'Play'}</span>
        </button>
        <Move name="Step" icon="step" keys="→" act={replay.next} isOff={place === last} />
        <Move
          name="Next beat"
          icon="next"
          keys="Shift+→"
          act={replay.nextBeat}
          isOff={place === last}
        />
        <Move name="Last step" icon="last" keys="End" act={replay.last} isOff={place === last} />
        <span class="views">
          <label class="choice speed">
            <span class="hidden">Speed</span>
            <select
              value={view.speed}
              onChange={({ currentTarget }) => change({ speed: currentTarget.value as Speed })}
            >
              {SPEEDS.map((speed) => (
                <option key={speed} value={speed}>
                  {SPEED_NAMES[speed]}
                </option>
              ))}
            </select>
          </label>
          <Toggle name="Code" keys="c" isOn={view.code} act={() => change({ code: !view.code })} />
          <Toggle name="Text" keys="t" isOn={view.text} act={() => change({ text: !view.text })} />
          {replay.scenario.predictions.length === 0 ? null : (
            <Toggle
              name="Predict"
              keys="p"
              isOn={replay.predicts}
              act={() => replay.setPredicts(!replay.predicts)}
            />
          )}
          <button type="button" title="?" onClick={() => change({ help: true })}>
            Help
          </button>
        </span>
      </div>
    </footer>
  );
}

interface MoveProps {
  name: string;
  icon: keyof typeof ICONS;
  keys: string;
  act: () => void;
  isOff: boolean;
}

function Move({ name, icon, keys, act, isOff }: MoveProps) {
  return (
    <button type="button" title={`${name} (${keys})`} aria-disabled={isOff} onClick={act}>
      <Icon name={icon} />
      <span class="hidden">{name}</span>
    </button>
  );
}

interface ToggleProps {
  name: string;
  keys: string;
  isOn: boolean;
  act: () => void;
}

function Toggle({ name, keys, isOn, act }: ToggleProps) {
  return (
    <button type="button" title={keys} aria-pressed={isOn} onClick={act}>
      {name}
    </button>
  );
}

function Scrubber({ replay }: { replay: Replay }) {
  const { timeline, place, stop, go } = replay;
  const { beats, stops } = timeline;
  const last = stops.length - 1;
  const at = beats.findIndex(({ beat }) => beat === stop.beat);
  const say = beats[at]?.say ?? '';
  const hasNames = beats.length <= MAX_BEATS;
  const beginOf = (beat: number) => stops.findIndex((one) => one.beat === beat && one.i > 0);
  return (
    <div class="scrubber">
      <input
        type="range"
        min={0}
        max={FINE}
        value={FINE * (positionsOf(timeline)[place] as number)}
        aria-label="Step"
        aria-valuetext={`Step ${place} of ${last}, beat ${at + 1} of ${beats.length}: ${say}`}
        onInput={({ currentTarget }) => go(placeAt(timeline, Number(currentTarget.value) / FINE))}
      />
      {isTime(timeline) ? <Density timeline={timeline} /> : null}
      {beats.length <= MAX_BUTTONS ? (
        <ol class="beats" aria-label="Beats">
          {beats.map(({ beat, say: name }, n) => (
            <li key={beat}>
              <button
                type="button"
                aria-current={n === at ? 'step' : undefined}
                title={name}
                onClick={() => go(beginOf(beat))}
              >
                <span class="number">{n + 1}</span> <span class="name">{name}</span>
              </button>
            </li>
          ))}
        </ol>
      ) : hasNames ? (
        <label class="choice">
          <span>Beat</span>
          <select
            value={stop.beat}
            onChange={({ currentTarget }) => go(beginOf(Number(currentTarget.value)))}
          >
            {beats.map(({ beat, say: name }, n) => (
              <option key={beat} value={beat}>
                {n + 1} {name}
              </option>
            ))}
          </select>
        </label>
      ) : (
        <p class="where">
          step {place} of {last}
        </p>
      )}
    </div>
  );
}

/** A bar for each part of the time: the more steps, the higher. */
function Density({ timeline }: { timeline: Timeline }) {
  return useMemo(() => {
    const heights = heightsOf(densityOf(timeline, BARS));
    const busiest = 1 + heights.indexOf(Math.max(...heights));
    return (
      <svg
        class="density"
        viewBox={`0 0 ${BARS} 20`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`The density of the steps over the time; most are in part ${busiest} of ${BARS}.`}
      >
        {heights.map((height, n) => (
          <rect key={n} x={n} y={20 - 20 * height} width={0.8} height={20 * height} />
        ))}
      </svg>
    );
  }, [timeline]);
}
