/** The help: the meaning of the keys and signs. */
import { useEffect, useRef } from 'preact/hooks';
import type { Replay } from './replay.js';

const KEYS = [
  ['→ ←', 'a step forward or back'],
  ['Shift+→ Shift+←', 'a beat forward or back'],
  ['Home End', 'the first and the last step'],
  ['Space', 'play, pause'],
  ['1 2 3', 'show or hide a column'],
  ['w', 'the next what-if'],
  ['c', 'the code'],
  ['t', 'the text view: every step as a sentence'],
  ['p', 'predictions on or off'],
  ['?', 'this help'],
  ['Esc', 'close what is open'],
] as const;

export function Help({ replay }: { replay: Replay }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { help } = replay.view;
  useEffect(() => {
    if (help) dialog.current?.showModal();
    else dialog.current?.close();
  }, [help]);
  return (
    <dialog ref={dialog} aria-labelledby="help" onClose={() => replay.change({ help: false })}>
      <h2 id="help">Help</h2>
      <p>
        Everything here is a recording of a program that really ran. A step is one call of the
        kernel; a call that sleeps is two, its begin and its return. A beat is a part of the story:
        in each, the columns make as many steps as they need.
      </p>
      <dl class="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <ul class="marks">
        <li>● recorded: what was asked and what was answered</li>
        <li>◆ read from the kernel, in /proc</li>
        <li>○ computed from the rules of the kernel; no program can see it</li>
      </ul>
      <button type="button" class="primary" onClick={() => replay.change({ help: false })}>
        Close
      </button>
    </dialog>
  );
}
