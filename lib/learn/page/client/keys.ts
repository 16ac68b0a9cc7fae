/** The keyboard, and swiping on a touch screen. No key is without a button that does the same. */
import { useEffect, useRef } from 'preact/hooks';
import type { Replay } from './replay.js';

type Action = (replay: Replay) => void;

const ACTIONS: Record<string, Action> = {
  ArrowRight: (replay) => replay.next(),
  ArrowLeft: (replay) => replay.back(),
  'Shift+ArrowRight': (replay) => replay.nextBeat(),
  'Shift+ArrowLeft': (replay) => replay.previousBeat(),
  Home: (replay) => replay.first(),
  End: (replay) => replay.last(),
  ' ': (replay) => replay.change({ isPlaying: !replay.view.isPlaying }),
  w: (replay) => replay.nextWhatIf(),
  c: (replay) => replay.change({ code: !replay.view.code }),
  t: (replay) => replay.change({ text: !replay.view.text }),
  p: (replay) => replay.setPredicts(!replay.predicts),
  '?': (replay) => replay.change({ help: true }),
  Escape: (replay) => replay.change({ isPlaying: false, code: false, text: false }),
};

/** Elements that have a use for a key of their own. */
function hasOwnUse(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const dialog = target.closest('dialog');
  // One that was closed keeps the focus until the next frame.
  if (dialog !== null) return dialog.open;
  if (target instanceof HTMLInputElement && target.type !== 'range') {
    return /^(Arrow|Home|End| )/.test(key);
  }
  if (target instanceof HTMLSelectElement) return key !== 'Escape';
  return key === ' ' && target.closest('button, a, summary, label') !== null;
}

export function useKeys(replay: Replay): void {
  const latest = useRef(replay);
  latest.current = replay;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { key, target } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || hasOwnUse(target, key)) return;
      const now = latest.current;
      const name = event.shiftKey && key.startsWith('Arrow') ? `Shift+${key}` : key;
      const column = now.timeline.columns[Number(key) - 1];
      const action = ACTIONS[name] ?? (column && (() => now.toggleColumn(column.name)));
      if (action === undefined) return;
      event.preventDefault();
      action(now);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

/** So far a finger has to move, in pixels. */
const SWIPE = 60;

/** A swipe to the left is a step forward, one to the right a step back. */
export function useSwipe({ next, back }: Replay) {
  const from = useRef<{ x: number; y: number } | null>(null);
  return {
    onTouchStart: ({ touches }: TouchEvent) => {
      const touch = touches[0];
      from.current = touches.length === 1 && touch ? { x: touch.clientX, y: touch.clientY } : null;
    },
    onTouchEnd: ({ changedTouches }: TouchEvent) => {
      const touch = changedTouches[0];
      if (from.current === null || touch === undefined) return;
      const x = touch.clientX - from.current.x;
      const y = touch.clientY - from.current.y;
      from.current = null;
      if (Math.abs(x) < SWIPE || Math.abs(x) < 2 * Math.abs(y)) return;
      if (x < 0) next();
      else back();
    },
  };
}
