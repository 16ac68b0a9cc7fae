/** The choices: between sets of recordings, and which columns are shown. */
import type { Replay } from './replay.js';

/** Above the picture; on a narrow screen the sets of recordings are below it. */
export function Choices({ replay }: { replay: Replay }) {
  return (
    <div class="choices-row">
      {replay.isNarrow ? null : <WhatIfs replay={replay} />}
      <Columns replay={replay} />
    </div>
  );
}

/** The sets of recordings, with the lines of the program that differ. */
export function WhatIfs({ replay }: { replay: Replay }) {
  const { scenario, whatIf, change } = replay;
  if (scenario.whatIfs.length < 2) return null;
  return (
    <fieldset class="what-ifs">
      <legend>What if</legend>
      {scenario.whatIfs.map(({ name, title }) => (
        <label key={name}>
          <input
            type="radio"
            name="what-if"
            checked={name === whatIf.name}
            onChange={() => change({ whatIf: name })}
          />
          {title}
        </label>
      ))}
      {whatIf.change === undefined ? null : (
        <pre class="diff">
          <del>- {whatIf.change.from}</del>
          {'\n'}
          <ins>+ {whatIf.change.to}</ins>
        </pre>
      )}
    </fieldset>
  );
}

/** Which columns are shown. */
function Columns({ replay }: { replay: Replay }) {
  const { timeline, shown, toggleColumn } = replay;
  if (timeline.columns.length < 2) return null;
  return (
    <fieldset class="segments">
      <legend class="hidden">Columns</legend>
      {timeline.columns.map(({ name }, n) => (
        <button
          key={name}
          type="button"
          title={String(n + 1)}
          aria-pressed={shown.some((one) => one.name === name)}
          onClick={() => toggleColumn(name)}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}
