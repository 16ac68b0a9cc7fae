/** Every step as a sentence: the same as `fdselect replay --plain`. This is what is printed. */
import { useMemo } from 'preact/hooks';
import { plainText } from '../../replay/plain.js';
import type { Column, Timeline } from '../../replay/timeline.js';

/** Up to this many steps the sentences are there also while they are hidden, for printing. */
const MAX_HIDDEN = 400;

export function TextView({ timeline, isShown }: { timeline: Timeline; isShown: boolean }) {
  // The same element again: Preact does not compare the thousands of rows at each step.
  return useMemo(
    () => (
      <section class="text" aria-label="Text view" hidden={!isShown}>
        <h2>Every step</h2>
        {timeline.columns.map((column) => (
          <Steps key={column.name} column={column} isShown={isShown} />
        ))}
      </section>
    ),
    [timeline, isShown],
  );
}

function Steps({ column, isShown }: { column: Column; isShown: boolean }) {
  const { recording } = column;
  const isWanted = isShown || recording.records.length <= MAX_HIDDEN;
  const { title, rows } = isWanted ? plainText(recording) : { title: '', rows: [] };
  const hasThreads = rows.some(({ thread }) => thread !== null);
  return (
    <table>
      <caption>
        <b>{column.name}</b> {title}
      </caption>
      <thead>
        <tr>
          <th scope="col">Step</th>
          <th scope="col">ms</th>
          {hasThreads ? <th scope="col">Thread</th> : null}
          <th scope="col">What happens</th>
        </tr>
      </thead>
      <tbody>
        {rows.flatMap(({ step, ms, thread, sentence, beat }) => [
          beat === null ? null : (
            <tr key={`beat ${step}`} class="beat">
              <th scope="colgroup" colSpan={hasThreads ? 4 : 3}>
                {beat}
              </th>
            </tr>
          ),
          <tr key={step}>
            <td>{step}</td>
            <td>{ms}</td>
            {hasThreads ? <td>{thread}</td> : null}
            <td>{sentence}</td>
          </tr>,
        ])}
      </tbody>
    </table>
  );
}
