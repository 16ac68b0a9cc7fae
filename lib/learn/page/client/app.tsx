/** The page as a whole: what is shown, and what each key and button does. */
import { useEffect, useMemo } from 'preact/hooks';
import type { PageData } from '../data.js';
import { Choices, WhatIfs } from './choices.js';
import { CodePanel } from './code.js';
import { ColumnView } from './column.js';
import { Controls } from './controls.js';
import { Frame } from './frame.js';
import { Help } from './help.js';
import { useKeys, useSwipe } from './keys.js';
import { Lanes } from './lanes.js';
import { Narration } from './narration.js';
import { useReplay } from './replay.js';
import { TextView } from './text.js';

export function App({ data }: { data: PageData }) {
  const replay = useReplay(data.scenarios);
  const { view, scenario, shown, timeline } = replay;
  useKeys(replay);
  const swipe = useSwipe(replay);
  useEffect(() => {
    document.title = `${scenario.title} · fdselect replay`;
  }, [scenario.title]);
  const classes = useMemo(() => `columns columns-${shown.length}`, [shown.length]);
  return (
    <Frame replay={replay}>
      <main {...swipe}>
        {view.embed || scenario.intro === undefined ? null : <p class="intro">{scenario.intro}</p>}
        <Choices replay={replay} />
        <Narration replay={replay} />
        <div class={classes}>
          {shown.map((column) => (
            <ColumnView key={column.name} column={column} replay={replay}>
              <Lanes column={column} replay={replay} />
            </ColumnView>
          ))}
        </div>
        {replay.isNarrow ? <WhatIfs replay={replay} /> : null}
        {view.code ? <CodePanel replay={replay} /> : null}
        <TextView timeline={timeline} isShown={view.text} />
      </main>
      <Controls replay={replay} />
      <Help replay={replay} />
    </Frame>
  );
}
