/**
 * Shows the Markdown of a lesson in a terminal: wrapped, and with bold text and colours if wanted.
 */
import { styleText } from 'node:util';

/** The maximum width of text: longer lines are hard to read. */
const MAX_WIDTH = 80;

/** The terminal; `plain` text has no escape sequences. */
export interface View {
  readonly columns: number;
  readonly plain: boolean;
}

/** The text as lines of at most `columns`; tables and plain code keep their own lines. */
export function render(markdown: string, view: View): string {
  const width = Math.min(view.columns, MAX_WIDTH);
  const out: string[] = [];
  for (const block of blocksOf(markdown)) {
    if (block.kind === 'code') out.push(...block.lines.flatMap((line) => codeLines(line, view)));
    else if (block.kind === 'table') out.push(...table(block.lines, view));
    else if (block.kind === 'heading') out.push(...heading(block.lines[0] ?? '', view));
    else {
      for (const item of block.lines) {
        const [, mark = ''] = /^((?:- |\d+\. |> )?)/.exec(item) ?? [];
        const hang = mark === '> ' ? '> ' : ' '.repeat(mark.length);
        out.push(...wrap(item, width, hang).map((line) => inline(line, view)));
      }
    }
    out.push('');
  }
  return `${out.join('\n').trim()}\n`;
}

interface Block {
  readonly kind: 'code' | 'table' | 'heading' | 'text';
  /** For text: one entry for each paragraph or list item. */
  readonly lines: string[];
}

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  for (const line of markdown.split('\n')) {
    if (open?.kind === 'code') {
      if (line.startsWith('```')) open = null;
      else open.lines.push(line);
      continue;
    }
    const kind = line.startsWith('```')
      ? 'code'
      : line.startsWith('|')
        ? 'table'
        : line.startsWith('#')
          ? 'heading'
          : 'text';
    if (line.trim() === '') {
      open = null;
    } else if (open === null || open.kind !== kind || kind === 'heading') {
      open = { kind, lines: kind === 'code' ? [] : [line] };
      blocks.push(open);
    } else if (kind === 'text' && !/^(- |\d+\. )/.test(line)) {
      open.lines.push(`${open.lines.pop()} ${line.replace(/^(> | +)/, '')}`);
    } else {
      open.lines.push(line);
    }
  }
  return blocks;
}

function heading(line: string, view: View): string[] {
  const [, level = '', title = ''] = /^(#+) (.*)$/.exec(line) ?? [];
  if (!view.plain) return [styleText('bold', title)];
  return [title, (level.length === 1 ? '=' : '-').repeat(title.length)];
}

/** A line of code; in a terminal, one that is too wide goes on below it, indented. */
function codeLines(line: string, view: View): string[] {
  const whole = line === '' ? '' : `    ${line}`;
  const indent = whole.search(/\S/);
  const at = whole.lastIndexOf(' ', view.columns);
  if (view.plain || whole.length <= view.columns || at <= indent) return [whole];
  return [whole.slice(0, at), ...codeLines(' '.repeat(indent) + whole.slice(at + 1), view)];
}

/** Aligns the columns of a table, and leaves out the line under its head. */
function table(lines: readonly string[], view: View): string[] {
  const rows = lines
    .filter((line) => !/^[|:\- ]+$/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const show = (row: string[]) =>
    inline(
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
      view,
    );
  return rows.map(show);
}

/** Breaks at spaces; the lines after the first begin with `hang`. */
function wrap(text: string, width: number, hang: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ +/)) {
    if (line !== '' && `${line} ${word}`.replaceAll('**', '').length > width) {
      lines.push(line);
      line = hang + word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Code spans in colour, strong text bold; plain text keeps the backticks, which mark code. */
function inline(line: string, { plain }: View): string {
  if (plain) return line.replaceAll('**', '');
  return line
    .replace(/`([^`]+)`/g, (_, code: string) => styleText('cyan', code))
    .replace(/\*\*([^*]+)\*\*/g, (_, text: string) => styleText('bold', text));
}
