/** The lessons as files: finds them, reads them, and puts proofs, code and output into the text. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LEARN } from '../place.js';
import type { Claim } from './claim.js';

/** The folder of the lessons. */
const LESSONS = new URL('lessons/', LEARN);

/** The head of a `lesson.md`, and its text. */
export interface Lesson {
  readonly number: number;
  /** Without the number, such as `level-edge`. */
  readonly name: string;
  /** The folder's name, such as `09-level-edge`. */
  readonly folder: string;
  readonly title: string;
  /** The time to read it and to try its programs. */
  readonly minutes: number;
  /** The numbers of the lessons to read before. */
  readonly needs: readonly number[];
  /** Man pages, such as `epoll(7)`. */
  readonly man: readonly string[];
  /** The names that the program takes as its argument, in the order of the lesson. */
  readonly runs: readonly string[];
  /** More such names, whose output is measured, so that the lesson does not show it. */
  readonly measures: readonly string[];
  /** The text after the head, with its `{{...}}`. */
  readonly text: string;
}

/** The path of a file of a lesson. */
export function fileOf({ folder }: Pick<Lesson, 'folder'>, name: string): string {
  return fileURLToPath(new URL(`${folder}/${name}`, LESSONS));
}

/** All lessons, by number. */
export function lessons(): Lesson[] {
  return readdirSync(LESSONS)
    .filter((folder) => /^\d\d-/.test(folder) && existsSync(fileOf({ folder }, 'lesson.md')))
    .sort()
    .map(readLesson);
}

/** The lesson with this number or name. */
export function findLesson(word: string): Lesson | undefined {
  return lessons().find(
    ({ number, name, folder }) =>
      word === name || word === folder || (/^\d{1,2}$/.test(word) && Number(word) === number),
  );
}

function readLesson(folder: string): Lesson {
  const source = readFileSync(fileOf({ folder }, 'lesson.md'), 'utf8');
  const [, head = '', text = ''] = /^---\n(.*?)\n---\n(.*)$/s.exec(source) ?? [];
  const fields = new Map(
    head.split('\n').map((line) => {
      const [, key = '', value = ''] = /^(\w+): *(.*)$/.exec(line) ?? [];
      // Quoted if it has a colon, as in YAML.
      return [key, value.trim().replace(/^"(.*)"$/, '$1')];
    }),
  );
  const list = (key: string) => (fields.get(key) ?? '').split(/, */).filter((item) => item !== '');
  const title = fields.get('title');
  const minutes = Number(fields.get('minutes'));
  if (title === undefined || !(minutes > 0)) {
    throw new Error(`${folder}/lesson.md: the head needs a title and minutes`);
  }
  return {
    number: Number(folder.slice(0, 2)),
    name: folder.slice(3),
    folder,
    title,
    minutes,
    needs: list('needs').map(Number),
    man: list('man'),
    runs: list('runs'),
    measures: list('measures'),
    text,
  };
}

/** The claims of a lesson. */
export async function claimsOf(lesson: Pick<Lesson, 'folder'>): Promise<readonly Claim[]> {
  const { claims } = await import(new URL(`${lesson.folder}/claims.js`, LESSONS).href);
  return claims;
}

/** A recording that a text refers to. */
export interface ReplayLink {
  readonly scenario: string;
  /** One of its columns. */
  readonly column: string | undefined;
  /** The number of one of its beats. */
  readonly beat: number | undefined;
}

/** The command that plays a recording. */
function replayCommand(lesson: Lesson, { scenario, column, beat }: ReplayLink): string {
  const place = [column && `column ${column}`, beat && `beat ${beat}`].filter(Boolean).join(', ');
  const where = place === '' ? '' : ` (${place})`;
  return `▶ Watch it${where}: \`fdselect learn ${lesson.number} --replay ${scenario}\`; in the browser: \`--page FILE\``;
}

/** The command that records a run of the lesson's program, for lessons without recordings. */
function recordCommand({ number }: Lesson, name: string): string {
  const record = `fdselect record --data all --sites -- fdselect learn ${number} --run ${name}`;
  return `▶ Record it, and watch it; in the browser: \`--page FILE\`\n\n\`\`\`\n$ ${record}\n$ fdselect replay recording.jsonl\n\`\`\``;
}

/** Splits the text of a lesson at its `{{word argument...}}`. */
export const DIRECTIVE = /\{\{(\w+) ?([^}]*)\}\}/g;

/** Claims with nothing between them. */
const CLAIMS = /(?:\{\{claim [^}]+\}\}\s*)+/g;
/** The head of the readiness table of lesson 6. */
const HEAD = ['situation', 'select', 'poll', 'unasked'];

/**
 * The text of a lesson as Markdown: each `{{...}}` is replaced.
 *
 * - `{{claim ID}}`: the sentence with a badge; rows of the readiness table become a table.
 * - `{{run NAME}}`: the output of the program with this argument from when the lesson was written.
 * - `{{code PART}}`, `{{code FILE PART}}`: lines of `program.ts` or of another file. A part is the
 *   name of a function, the name of a run (the block of `if (run === 'NAME')`), the beginning of the
 *   first line of a block, or the beginnings of two lines of the same indentation: `FIRST ... LAST`.
 * - `{{replay SCENARIO}}`, `{{replay SCENARIO COLUMN beat=N}}`: where to see a recording.
 * - `{{record NAME}}`: how to record the program with this argument.
 *
 * @param badge - the text before the sentence of a claim
 * @param replay - the text for a recording; default: the command that plays it
 */
export async function expand(
  lesson: Lesson,
  badge: (claim: Claim) => string,
  replay: (link: ReplayLink) => string = (link) => replayCommand(lesson, link),
): Promise<string> {
  const claims = new Map((await claimsOf(lesson)).map((claim) => [claim.id, claim]));
  const text = lesson.text.replace(CLAIMS, (whole) => {
    const together = [...whole.matchAll(DIRECTIVE)].map(([, , id = '']) => claims.get(id));
    const rows = together.filter((one): one is Claim => one?.cells !== undefined);
    const others = together.filter((one) => one?.cells === undefined);
    if (rows.length === 0 || together.includes(undefined)) return whole;
    return [tableOf(rows, badge), ...others.map((one) => `{{claim ${one?.id}}}`), ''].join('\n\n');
  });
  return text.replace(DIRECTIVE, (whole, word: string, argument: string) => {
    if (word === 'claim') {
      const claim = claims.get(argument);
      if (claim !== undefined) return `- ${badge(claim)} ${claim.says} (\`${claim.id}\`)`;
    } else if (word === 'run') {
      const output = readFileSync(fileOf(lesson, `outputs/${argument}.txt`), 'utf8').trimEnd();
      return `\`\`\`\n$ fdselect learn ${lesson.number} --run ${argument}\n${output}\n\`\`\``;
    } else if (word === 'code') {
      return `\`\`\`ts\n${codeOf(lesson, argument)}\n\`\`\``;
    } else if (word === 'record') {
      if (lesson.runs.includes(argument)) return recordCommand(lesson, argument);
    } else if (word === 'replay') {
      const [, scenario = '', column, beat] =
        /^(\S+)(?: ((?!beat=)\S+))?(?: beat=(\d+))?$/.exec(argument) ?? [];
      if (scenario !== '') {
        return replay({ scenario, column, beat: beat === undefined ? undefined : Number(beat) });
      }
    }
    throw new Error(`${lesson.folder}/lesson.md: nothing is known for ${whole}`);
  });
}

/** Claims that stand together and have cells. */
function tableOf(claims: readonly Claim[], badge: (claim: Claim) => string): string {
  const rows = claims.map((one) => {
    const [first = '', ...rest] = one.cells ?? [];
    return [`${badge(one)} ${first}`, ...rest];
  });
  const lines = [HEAD, HEAD.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The lines of a `{{code …}}`, without their common indentation. */
function codeOf(lesson: Lesson, argument: string): string {
  const [, file = 'program.ts', what = ''] = /^(?:(\S+\.\w+) )?(.+)$/.exec(argument) ?? [];
  const lines = readFileSync(fileOf(lesson, file), 'utf8').split('\n');
  const [first, last] = part(lines, what) ?? between(lines, what);
  if (first === undefined) throw new Error(`${lesson.folder}: there is no code for '${argument}'`);
  const chosen = lines.slice(first - 1, last);
  const indents = chosen.filter((line) => line !== '').map((line) => line.search(/\S/));
  return chosen.map((line) => line.slice(Math.min(...indents))).join('\n');
}

/** The first and the last line of `function NAME`, or of the block of `if (run === 'NAME')`. */
function part(lines: readonly string[], name: string): number[] | null {
  const head = lines.findIndex(
    (line) =>
      line.startsWith(`if (run === '${name}')`) ||
      /^ *(?:async )?function\*? (\w+)\(/.exec(line)?.[1] === name,
  );
  if (head === -1) return null;
  const indent = (lines[head] ?? '').search(/\S/);
  const end = lines.indexOf(`${' '.repeat(indent)}}`, head);
  return lines[head]?.startsWith('if') ? [head + 2, end] : [head + 1, end + 1];
}

/** The first and the last line of `FIRST ... LAST`, or of the block that FIRST begins. */
function between(lines: readonly string[], what: string): number[] {
  const [first = '', last = '}'] = what.split(' ... ');
  const head = lines.findIndex((line) => line.trimStart().startsWith(first));
  if (head === -1) return [];
  const indent = (lines[head] ?? '').search(/\S/);
  const end = lines.findIndex((line, n) => n > head && line.startsWith(' '.repeat(indent) + last));
  return end === -1 ? [] : [head + 1, end + 1];
}
