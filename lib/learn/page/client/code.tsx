/** The program, with the line that makes the call of each column. */
import { useEffect, useRef } from 'preact/hooks';
import { stepsOf } from '../../replay/steps.js';
import { type Column, type Stop, stepAt } from '../../replay/timeline.js';
import type { Replay } from './replay.js';

/** `file:line` of the latest call whose place is known. */
function siteAt(column: Column, stop: Stop): string | undefined {
  const steps = stepsOf(column.recording);
  for (let n = stepAt(column, stop) - 1; n >= 0; n--) {
    const record = steps[n]?.record;
    if (record?.k === 'call' && record.site !== undefined) return record.site;
  }
  return undefined;
}

export function CodePanel({ replay }: { replay: Replay }) {
  const { shown, stop, scenario } = replay;
  const source = scenario.source ?? shown[0]?.recording.header.source ?? {};
  const [place = ''] = shown.flatMap((column) => siteAt(column, stop) ?? []);
  const known = Object.entries(source);
  const [name, text] = known.find(([file]) => place.startsWith(`${file}:`)) ?? known[0] ?? [];
  const lines = new Map<number, string[]>();
  for (const column of shown) {
    const [file, line] = siteAt(column, stop)?.split(':') ?? [];
    if (file === undefined || (name !== undefined && file !== name)) continue;
    lines.set(Number(line), [...(lines.get(Number(line)) ?? []), column.name]);
  }
  const here = useRef<HTMLLIElement>(null);
  const current = [...lines.keys()].join();
  useEffect(() => {
    const line = here.current;
    const list = line?.parentElement;
    if (line && list) list.scrollTop = line.offsetTop - list.clientHeight / 2;
  }, [current]);
  if (text === undefined) {
    const site = shown.map((column) => siteAt(column, stop)).find((one) => one !== undefined);
    return (
      <section class="code" aria-label="Code">
        <p>
          {site === undefined ? (
            <>
              This recording does not hold the program. <code>fdselect record --sites</code> records
              where each call is.
            </>
          ) : (
            <>
              The call is at <code>{site}</code>. The recording has the places of the calls, and not
              the text of the program.
            </>
          )}
        </p>
      </section>
    );
  }
  const firstLine = Math.min(...lines.keys());
  return (
    <section class="code" aria-label="Code">
      <h2>{name}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls takes the focus */}
      <ol tabIndex={0} aria-label="The program">
        {text
          .trimEnd()
          .split('\n')
          .map((line, n) => (
            <li
              key={n}
              ref={n + 1 === firstLine ? here : null}
              aria-current={lines.has(n + 1) ? 'true' : undefined}
            >
              <code>{line === '' ? ' ' : line}</code>
              {lines.has(n + 1) ? <b class="who">{lines.get(n + 1)?.join(', ')}</b> : null}
            </li>
          ))}
      </ol>
    </section>
  );
}
