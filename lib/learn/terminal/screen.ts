/** The screen of the player: one string for the whole screen. */
import { narrate } from '../replay/narrate.js';
import { stepsOf } from '../replay/steps.js';
import { fitted, type Look, wrap } from './look.js';
import { picture } from './picture.js';
import { type Column, indexIn, stepsIn, type View } from './view.js';

/** From so many characters on, columns stand side by side. */
const WIDE = 120;
const BAR = 3;

const HELP = [
  'right, l          one step on',
  'left, h           one step back',
  'shift-right, n    the next beat',
  'shift-left, b     the beat before',
  'home, end         the first step, the last step',
  'space             play, pause',
  '1 2 3             show or hide a column; on a narrow screen one is shown',
  't                 the steps as text',
  'c                 the line of the program',
  '?                 this help',
  'q, escape         leave',
];

/** @param size - of the terminal, in characters */
export function screen(view: View, [rows, width]: readonly [number, number], look: Look): string {
  const columns = view.columns.filter((_, i) => view.shown[i]);
  const body = bodyOf(view, columns, width, look).slice(0, Math.max(rows - 3, 1));
  while (body.length < rows - 3) body.push(' '.repeat(width));
  const lines = [
    ...body,
    look.line.repeat(width),
    footer(view, columns, width, look),
    keys(view, width),
  ];
  return `\x1b[H${lines.slice(0, rows).join('\r\n')}`;
}

function bodyOf(view: View, columns: readonly Column[], width: number, look: Look): string[] {
  const [first] = columns as [Column];
  if (view.mode === 'help') return HELP.map((line) => fitted(`  ${line}`, width));
  if (view.mode === 'text') return text(first, view, width);
  if (view.mode === 'code') return code(first, view, width);
  const shown = width >= WIDE ? columns : columns.slice(0, 1);
  const each = Math.floor((width - BAR * (shown.length - 1)) / shown.length);
  const sides = shown.map((column) => picture(column, view, each, look));
  const height = Math.max(...sides.map(({ length }) => length));
  return Array.from({ length: height }, (_, row) => {
    // A title has its colours already, and its width.
    const cells = sides.map((lines) =>
      row === 0 ? (lines[0] as string) : fitted(lines[row] ?? '', each),
    );
    const used = each * shown.length + BAR * (shown.length - 1);
    return cells.join(` ${look.bar} `) + ' '.repeat(width - used);
  });
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
  const { source = {} } = column.recording.header;
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

function footer(view: View, columns: readonly Column[], width: number, look: Look): string {
  const counts = columns.map(({ beats }) => beats.length);
  const most = columns[counts.indexOf(Math.max(...counts))] as Column;
  const say = most.beats[view.beat]?.say ?? '';
  const steps = Math.max(...columns.map((column) => stepsIn(column, view.beat)), 1);
  const place = `beat ${view.beat + 1} of ${Math.max(...counts, 1)}, step ${view.step + 1} of ${steps}`;
  return fitted(`${place} ${look.dot} ${say}`, width);
}

function keys({ isPlaying }: View, width: number): string {
  const space = isPlaying ? 'space: pause' : 'space: play';
  return fitted(`left, right: step   shift: beat   ${space}   t: text   ?: help   q: leave`, width);
}
