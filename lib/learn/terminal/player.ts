/** The terminal player: keys, time and signals on an event loop; the terminal is left as it was found. */

import { OSError, select } from 'fdselect';
import { writeAll } from 'fdselect/io';
import { type DelayedCall, EventLoop } from 'fdselect/loop';
import { read } from 'fdselect/os';
import { setcbreak, TCSADRAIN, tcgetattr, tcgetwinsize, tcsetattr } from 'fdselect/tty';
import { gapAfter } from '../replay/pace.js';
import { KeyReader } from './keys.js';
import { lookOf } from './look.js';
import { screen } from './screen.js';
import type { Story } from './story.js';
import { forward, press, timelineAt, viewOf } from './view.js';

const STDIN = 0;
const STDOUT = 1;
/** Seconds after which the rest of a key is not waited for any more. */
const KEY_SECONDS = 0.1;
/** Where the terminal does not know its size. */
const [ROWS, COLUMNS] = [24, 80];

/** The alternate screen, without a cursor; and back. */
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';

/** Plays a story until the user leaves. A signal ends the process, once the terminal is restored. */
export function play(story: Story): void {
  const view = viewOf(story);
  const look = lookOf(process.env);
  const before = tcgetattr(STDIN);
  const loop = new EventLoop();
  let signal: NodeJS.Signals | undefined;

  const enter = () => {
    setcbreak(STDIN);
    writeAll(STDOUT, ENTER);
  };
  const restore = () => {
    try {
      tcsetattr(STDIN, TCSADRAIN, before);
      writeAll(STDOUT, LEAVE);
    } catch (error) {
      // The terminal is gone: there is nothing to restore.
      if (!(error instanceof OSError) || error.code !== 'EIO') throw error;
    }
  };
  const draw = () => writeAll(STDOUT, screen(view, size(), look));

  /** Plans the next step, in place of the one that was planned before. */
  let next: DelayedCall | null = null;
  const playOn = () => {
    next?.cancel();
    next = null;
    if (!view.isPlaying) return;
    const { ms } = gapAfter(timelineAt(view), view.place, view.speed);
    next = loop.callLater(ms / 1000, () => {
      if (!forward(view)) view.isPlaying = false;
      playOn();
      draw();
    });
  };

  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
    loop.addSignalHandler(name, () => {
      signal = name;
      loop.stop();
    });
  }
  loop.addSignalHandler('SIGWINCH', () => {
    writeAll(STDOUT, '\x1b[2J');
    draw();
  });
  // Ctrl-Z: the shell gets its terminal as it was, and the player has it again afterwards.
  loop.addSignalHandler('SIGTSTP', () => {
    restore();
    process.kill(process.pid, 'SIGSTOP');
    enter();
    draw();
  });
  const reader = new KeyReader();
  let pause: DelayedCall | undefined;
  const pressAll = (keys: string[]) => {
    const [, width] = size();
    if (!keys.every((key) => press(view, key, width))) {
      loop.stop();
      return;
    }
    playOn();
    draw();
  };
  const endKey = () => {
    // The rest is there, but this process has not run for a while.
    if (select([STDIN], [], [], 0)[0].length === 0) pressAll(reader.rest());
  };
  loop.watch(STDIN, 'r', () => {
    const bytes = read(STDIN, 256);
    pause?.cancel();
    pressAll(reader.keys(bytes));
    if (bytes.length === 0) loop.stop();
    else if (reader.isUnfinished) pause = loop.callLater(KEY_SECONDS, endKey);
  });

  enter();
  try {
    draw();
    loop.run();
  } finally {
    restore();
    loop.close();
  }
  if (signal !== undefined) process.kill(process.pid, signal);
}

function size(): [rows: number, columns: number] {
  const [rows, columns] = tcgetwinsize(STDOUT);
  return [rows || ROWS, columns || COLUMNS];
}
