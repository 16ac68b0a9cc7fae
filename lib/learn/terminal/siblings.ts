/** The variants of a scenario lie side by side in a folder: the columns of the player. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Recording } from '../replay/format.js';
import { parse, RecordingError } from '../replay/parse.js';
import { type Column, columnOf } from './view.js';

/** The order in which a reader compares them. */
const ORDER = ['select', 'poll', 'epoll'];
const MOST = 3;

/** The recording, and up to two more of the same scenario. */
export function columnsOf(file: string, recording: Recording): Column[] {
  const { scenario, variant } = recording.header;
  const found = [columnOf(recording, variant ?? scenario ?? file)];
  if (scenario === undefined) return found;
  for (const name of readdirSync(dirname(file)).filter((one) => one.endsWith('.jsonl'))) {
    const other = recordingIn(join(dirname(file), name));
    const { header } = other ?? {};
    if (other === null || header?.scenario !== scenario || header.variant === variant) continue;
    if (whatIfOf(header.variant) !== whatIfOf(variant)) continue;
    if (found.length < MOST) found.push(columnOf(other, header.variant ?? name));
  }
  const place = ({ name }: Column) => ORDER.indexOf(name) + 1 || ORDER.length + 1;
  return found.sort((a, b) => place(a) - place(b));
}

/** A variant is `COLUMN` or `COLUMN, WHAT-IF`. */
const whatIfOf = (variant: string | undefined) => variant?.split(', ')[1];

/** Null where the file is another one, or damaged: it is not the one that was asked for. */
function recordingIn(path: string): Recording | null {
  try {
    return parse(readFileSync(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof RecordingError || (error as NodeJS.ErrnoException).syscall) return null;
    throw error;
  }
}
