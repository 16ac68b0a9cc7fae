/** How the player writes: colours or none, box drawing or ASCII, and lines that fit. */
import { stripVTControlCharacters, styleText } from 'node:util';

/** What differs between terminals. */
export interface Look {
  readonly title: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly arrow: string;
  readonly nothing: string;
  readonly line: string;
  readonly bar: string;
  readonly dot: string;
  /** The end of a line that is too long. */
  readonly more: string;
  /** The scrubber: the place, what is behind it, the begin of a beat, and how dense steps are. */
  readonly here: string;
  readonly past: string;
  readonly tick: string;
  readonly levels: string;
  /** The marks of an answer. */
  readonly yes: string;
  readonly no: string;
}

/** By `LC_ALL`, `LC_CTYPE` and `LANG` box drawing or ASCII; by `NO_COLOR` no colours. */
export function lookOf(env: NodeJS.ProcessEnv): Look {
  const isUtf8 = /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
  const isPlain = Boolean(env.NO_COLOR) || env.TERM === 'dumb';
  const same = (text: string) => text;
  return {
    title: isPlain ? same : (text) => styleText(['bold', 'cyan'], text),
    dim: isPlain ? same : (text) => styleText('dim', text),
    strong: isPlain ? same : (text) => styleText('bold', text),
    ...(isUtf8
      ? {
          ...{
            arrow: '→',
            nothing: '–',
            line: '─',
            bar: '│',
            dot: '·',
            more: '…',
            yes: '✔',
            no: '✘',
          },
          ...{ here: '●', past: '━', tick: '┼', levels: ' ▁▂▃▄▅▆▇█' },
        }
      : {
          ...{
            arrow: '->',
            nothing: '-',
            line: '-',
            bar: '|',
            dot: '-',
            more: '~',
            yes: '*',
            no: 'x',
          },
          ...{ here: 'O', past: '=', tick: '+', levels: ' .:-=+*#' },
        }),
  };
}

/** Exactly that many characters; control characters of a recording never reach the terminal. */
export function fitted(text: string, width: number): string {
  const clean = stripVTControlCharacters(text).replace(/\p{Cc}/gu, ' ');
  return [...clean].slice(0, width).join('').padEnd(width);
}

/** The same, with a mark where it is cut. */
export function ended(text: string, width: number, { more }: Look): string {
  return [...text].length <= width ? fitted(text, width) : fitted(text, width - 1) + more;
}

/** Words in lines of at most that many characters. */
export function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) as string;
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
