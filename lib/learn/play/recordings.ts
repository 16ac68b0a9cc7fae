/** Makes new recordings of the scenarios. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileOf } from '../course/lesson.js';
import { parse } from '../replay/parse.js';
import { isWait, stepsOf } from '../replay/steps.js';
import { MILLISECOND, normalText } from './normal.js';
import { type FoundScenario, PLAY } from './scenario.js';

export { parse } from '../replay/parse.js';
export { comparable } from './normal.js';

/** A thousand clients need two file descriptors each. */
const MAX_FDS = 4096;
const PATIENCE_MS = 30_000;

/** Plays a scenario under the recorder, and returns the recording in its stored form. */
export function recordScenario(
  { scenario, folder, file }: FoundScenario,
  column: string,
  whatIf: string,
): string {
  const isLarge = scenario.whatIfs.find(({ name }) => name === whatIf)?.isLarge === true;
  const temporary = mkdtempSync(join(tmpdir(), 'fdselect-scenario-'));
  try {
    const path = join(temporary, 'run.jsonl');
    const { FDSELECT_RECORD_OWNER: _, FDSELECT_TRACE: __, ...env } = process.env;
    // Source maps: the lines of calls are those of the file that the page shows.
    const command = `ulimit -n ${scenario.maxFds ?? MAX_FDS} && exec "$0" --enable-source-maps "$@"`;
    const args = [PLAY, `${folder}/${file}`, column, whatIf];
    execFileSync('sh', ['-c', command, process.execPath, ...args], {
      env: {
        ...env,
        FDSELECT_RECORD: path,
        FDSELECT_RECORD_DATA: scenario.data ?? 'all',
        FDSELECT_RECORD_SITES: 'lines',
        ...(isLarge ? {} : { FDSELECT_RECORD_KERNEL: '1' }),
      },
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: PATIENCE_MS,
    });
    const source = { [`${file}.ts`]: readFileSync(fileOf({ folder }, `${file}.ts`), 'utf8') };
    const variant = whatIf === '' ? column : `${column}, ${whatIf}`;
    const recording = parse(readFileSync(path, 'utf8'), path);
    const about = { scenario: scenario.name, variant, source };
    return normalText(recording, about, isLarge ? MILLISECOND : undefined);
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

/**
 * Whether no call was delayed: on a busy machine a call may take long without sleeping, and then
 * looks as if it had slept.
 */
export function isCalm(text: string): boolean {
  return stepsOf(parse(text)).every(
    ({ record, phase }) => phase !== 'enter' || (record.k === 'call' && isWait(record)),
  );
}
