/** The screen of the player: one string for the whole screen. */
import { narrate } from '../replay/narrate.js';
import { gapAfter } from '../replay/pace.js';
import { verdict } from '../replay/predictions.js';
import { stepsOf } from '../replay/steps.js';
import type { Column } from '../replay/timeline.js';
import { ended, fitted, type Look, wrap } from './look.js';
import { picture } from './picture.js';
import { scrubber } from './scrubber.js';
import { columnsOf, indexIn, stopOf, timelineAt, type View, WIDE, whatIfOf } from './view.js';

const BAR = 3;
/** The lines below the picture: a line, the scrubber, the place, the keys. */
const FOOT = 4;

const HELP = [
  'right, l          one step on',
  'left, h           one step back',
  'shift-right, n    the next beat',
  'shift-left, b     the beat before',
  'home, end         the first step, the last step',
  'space             play, pause',
  's                 the speed: by step, a tenth of real time, real time',
  '1 2 3             show or hide a column; in a narrow terminal, show this one',
  'w                 the next what-if: another recording, at the same beat',
  'p                 predictions on or off',
  't                 the steps as text',
  'c                 the line of the program',
  '?                 this help',
  'q, escape         leave',
];

/** @param size - of the terminal, in characters */
export function screen(view: View, [rows, width]: readonly [number, number], look: Look): string {
  const columns = columnsOf(view, width);
  const top = [...heading(view, width, look), ...question(view, width, look)];
  const body = [...top, ...bodyOf(view, columns, width, look)].slice(0, Math.max(rows - FOOT, 1));
  while (body.length < rows - FOOT) body.push(' '.repeat(width));
  const lines = [
    ...body,
    look.line.repeat(width),
    scrubber(timelineAt(view), view.place, width, look),
    footer(view, width, look),
    keys(view, width, look),
  ];
  return `\x1b[H${lines.slice(0, rows).join('\r\n')}`;
}

/** The what-ifs, and the lines of the program that differ. */
function heading(view: View, width: number, look: Look): string[] {
  const { story } = view;
  if (story.whatIfs.length < 2 || view.mode !== 'picture') return [];
  const { title, change } = whatIfOf(view);
  const place = `${view.whatIf + 1} of ${story.whatIfs.length}`;
  return [
    look.title(fitted(`What if (${place}): ${title}`, width)),
    ...(change === undefined
      ? []
      : [fitted(`  - ${change.from}`, width), fitted(`  + ${change.to}`, width)]),
    ' '.repeat(width),
  ];
}

/** The prediction that is asked now. */
function question({ question: asked, mode }: View, width: number, look: Look): string[] {
  if (asked === null || mode !== 'picture') return [];
  const { prediction, choice } = asked;
  const answered = choice !== null;
  const choices = prediction.choices.flatMap(({ text, isRight }, n) => {
    const mark = answered && isRight ? look.yes : n === choice ? look.no : ' ';
    const [first = '', ...more] = wrap(text, width - 6);
    return [` ${mark} ${n + 1}  ${first}`, ...more.map((line) => `      ${line}`)];
  });
  const next = answered ? 'right: see it' : '1 2 3: choose   right: skip';
  return [
    ...wrap(`Before you see it: ${prediction.question}`, width).map((line) =>
      look.strong(fitted(line, width)),
    ),
    ...choices.map((line) => fitted(line, width)),
    ...(answered ? wrap(verdict(asked), width) : []).map((line) => fitted(line, width)),
    look.dim(fitted(next, width)),
    ' '.repeat(width),
  ];
}

function bodyOf(view: View, columns: readonly Column[], width: number, look: Look): string[] {
  const [first] = columns as [Column];
  if (view.mode === 'help') return HELP.map((line) => fitted(`  ${line}`, width));
  if (view.mode === 'text') return text(first, view, width);
  if (view.mode === 'code') return code(first, view, width);
  const each = Math.floor((width - BAR * (columns.length - 1)) / columns.length);
  const sides = columns.map((column) => picture(column, view, each, look));
  const height = Math.max(...sides.map(({ length }) => length));
  const rows = Array.from({ length: height }, (_, row) => {
    // A title has its colours already, and its width.
    const cells = sides.map((lines) =>
      row === 0 ? (lines[0] as string) : fitted(lines[row] ?? '', each),
    );
    const used = each * columns.length + BAR * (columns.length - 1);
    return cells.join(` ${look.bar} `) + ' '.repeat(width - used);
  });
  return [...tabs(view, first, width, look), ...rows];
}

/** In a narrow terminal: the columns that its keys show. */
function tabs(view: View, shown: Column, width: number, look: Look): string[] {
  const { columns } = timelineAt(view);
  if (width >= WIDE || columns.length < 2) return [];
  const names = columns.map(({ name }, n) =>
    name === shown.name ? `[${n + 1} ${name}]` : ` ${n + 1} ${name} `,
  );
  return [look.dim(fitted(names.join(' '), width)), ' '.repeat(width)];
}

/** The steps around the one that is shown. */
function text(column: Column, view: View, width: number): string[] {
  const index = indexIn(column, view);
  const first = Math.max(index - 5, 0);
  return stepsOf(column.recording)
    .slice(first, first + 40)
    .flatMap(({ index: i }) => {
      const number = `${i === index ? '>' : ' '} ${String(i + 1).padStart(5)}  `;
      const [head = '', ...more] = wrap(narrate(column.recording, i), width - number.length);
      return [
        fitted(number + head, width),
        ...more.map((line) => fitted(' '.repeat(number.length) + line, width)),
      ];
    });
}

/** The line of the program that made the call, where the recording has it. */
function code(column: Column, view: View, width: number): string[] {
  const { record } = stepsOf(column.recording)[indexIn(column, view)] ?? {};
  const source = view.story.source ?? column.recording.header.source ?? {};
  const [, name = '', line = ''] =
    /^(.*?):(\d+)/.exec((record?.k === 'call' && record.site) || '') ?? [];
  if (name === '')
    return [fitted('The recording has no places in the program: record it with --sites.', width)];
  const lines = source[name]?.split('\n');
  if (lines === undefined) return [fitted(`${name}, line ${line}`, width)];
  const first = Math.max(Number(line) - 8, 1);
  return lines.slice(first - 1, first + 15).map((content, i) => {
    const number = first + i;
    return fitted(
      `${number === Number(line) ? '>' : ' '} ${String(number).padStart(3)}  ${content}`,
      width,
    );
  });
}

function footer(view: View, width: number, look: Look): string {
  const { beats, stops } = timelineAt(view);
  const { beat, i } = stopOf(view);
  const at = Math.max(
    beats.findIndex((one) => one.beat === beat),
    0,
  );
  const steps = stops.filter((one) => one.beat === beat && one.i > 0).length;
  const place = `beat ${at + 1} of ${Math.max(beats.length, 1)}, step ${i} of ${steps}`;
  const say = [place, beats[at]?.say ?? ''].join(` ${look.dot} `);
  const pause = view.isPlaying
    ? (gapAfter(timelineAt(view), view.place, view.speed).says ?? '')
    : '';
  return ended(say, width - pause.length, look) + pause;
}

const GAP = '   ';
const SPEED_NAMES = { step: 'by step', '0.1x': '0.1x', '1x': '1x' };

/** As many keys as fit; those that lead to the others come first. */
function keys({ isPlaying, speed, story }: View, width: number, look: Look): string {
  const all = [
    ...['q: leave', '?: help', 'left, right: step'],
    ...[`space: ${isPlaying ? 'pause' : 'play'}`, `s: ${SPEED_NAMES[speed]}`, 'shift: beat'],
    ...(story.whatIfs.length > 1 ? ['w: what if'] : []),
  ];
  const fits = (count: number) => all.slice(0, count).join(GAP).length <= width;
  const count = all.findLastIndex((_, n) => fits(n + 1)) + 1;
  return ended(all.slice(0, Math.max(count, 1)).join(GAP), width, look);
}
