/** Scenarios: small programs of the lessons that are recorded, to be shown on the replay page. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileOf } from '../course/lesson.js';
import type { PageScenario } from '../page/data.js';
import { LEARN } from '../place.js';
import type { Header } from '../replay/format.js';
import type { Prediction } from '../replay/predictions.js';
import type { Stage } from './stage.js';
import type { Waiter } from './waiters.js';

/** The export of a lesson's `scenario.ts`. */
export interface Scenario {
  /** Unique, in kebab-case: its name for `--replay` and in the page's address. */
  readonly name: string;
  readonly title: string;
  readonly intro: string;
  /** The lessons that it belongs to. */
  readonly lessons: readonly number[];
  /** The columns that are shown side by side; each has its own recording. */
  readonly columns: readonly string[];
  /** The columns that are shown first; default: all. */
  readonly shown?: readonly string[];
  /** The variants; the first has an empty name. */
  readonly whatIfs: readonly {
    readonly name: string;
    readonly title: string;
    readonly change?: { readonly from: string; readonly to: string };
    /** Too many fds for `/proc` to be read after each `epoll_ctl`. */
    readonly isLarge?: boolean;
  }[];
  readonly predictions: readonly Prediction[];
  /** The names of the threads, from the main thread on; default: server, and client if there is one. */
  readonly actors?: readonly string[];
  /** `head`: only the beginning of what is sent and received is kept. */
  readonly data?: 'head';
  /** It is played with at most so many file descriptors. */
  readonly maxFds?: number;
  /** The program, in the main thread. */
  readonly server: (stage: Stage, column: string, whatIf: string) => void | Promise<void>;
  /** The client, in a worker. */
  readonly client?: (stage: Stage, column: string, whatIf: string) => void | Promise<void>;
  /** One of several waiters, each in a worker; the server starts them with `Waiters`. */
  readonly waiter?: (waiter: Waiter, column: string) => void;
}

/** A scenario and its folder. */
export interface FoundScenario {
  readonly scenario: Scenario;
  /** The folder of its lesson, and the name of its file without the extension. */
  readonly folder: string;
  readonly file: string;
}

/** The folder of the lessons. */
const LESSONS = new URL('lessons/', LEARN);

/** All scenarios, by lesson. */
export async function scenarios(): Promise<FoundScenario[]> {
  const files = readdirSync(LESSONS, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\/scenario(-\w+)?\.js$/.test(path))
    .sort();
  return Promise.all(
    files.map(async (path) => ({
      scenario: ((await import(new URL(path, LESSONS).href)) as { scenario: Scenario }).scenario,
      folder: dirname(path),
      file: basename(path, '.js'),
    })),
  );
}

/** The name of the file of a recording, in the folder `recordings` of the lesson. */
export function recordingName(scenario: Scenario, column: string, whatIf: string): string {
  return `${[scenario.name, column, whatIf].filter((part) => part !== '').join('.')}.jsonl`;
}

/** A scenario with its recordings, for the replay page. */
export function pageScenario({ scenario, folder }: FoundScenario): PageScenario {
  const { name, title, intro, columns, shown, predictions, client } = scenario;
  const actors = scenario.actors ?? (client && ['server', 'client']);
  let source: Record<string, string> = {};
  const textOf = (column: string, whatIf: string) => {
    const path = fileOf({ folder }, `recordings/${recordingName(scenario, column, whatIf)}`);
    const [head = '', ...lines] = readFileSync(path, 'utf8').split('\n');
    // The page holds the program once, and not in each of its recordings.
    const header = JSON.parse(head) as Header;
    source = { ...source, ...header.source };
    return [JSON.stringify({ ...header, source: undefined }), ...lines].join('\n');
  };
  const whatIfs = scenario.whatIfs.map(({ isLarge: _, ...whatIf }) => ({
    ...whatIf,
    columns: columns.map((column) => ({ name: column, text: textOf(column, whatIf.name) })),
  }));
  return {
    ...{ name, title, intro, predictions: [...predictions] },
    ...(shown && { shown: [...shown] }),
    ...(actors && { actors: [...actors] }),
    source,
    whatIfs: whatIfs as unknown as PageScenario['whatIfs'],
  };
}

/** The program that plays a scenario, in a separate process with the recorder. */
export const PLAY = fileURLToPath(new URL('play/play.js', LEARN));
