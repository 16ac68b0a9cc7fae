/**
 * A student's progress, in a file of `$XDG_STATE_HOME`: lessons that were read, tried and solved.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** The progress in one lesson. */
export interface LessonProgress {
  read?: boolean;
  /** How often the exercise was checked. */
  checks?: number;
  /** How many hints were shown. */
  hints?: number;
  passed?: boolean;
}

/** The last successful proof of a claim: system and date. */
export interface Held {
  os: string;
  runtime: string;
  on: string;
}

/** The content of the file. */
export interface Progress {
  lessons: Record<string, LessonProgress>;
  claims: Record<string, Held>;
}

/** `$XDG_STATE_HOME/fdselect/learn.json`; the variable's default is `~/.local/state`. */
function progressFile(): string {
  const { XDG_STATE_HOME: home } = process.env;
  // The specification says to ignore a relative path.
  const state = home?.startsWith('/') ? home : join(homedir(), '.local/state');
  return join(state, 'fdselect/learn.json');
}

/** Reads the file; a damaged one is renamed, because lessons must be readable even then. */
export function readProgress(): Progress {
  const file = progressFile();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return { lessons: {}, claims: {} }; // nothing was done yet
  }
  try {
    const { lessons, claims } = JSON.parse(text);
    return { lessons: { ...lessons }, claims: { ...claims } };
  } catch {
    renameSync(file, `${file}.damaged`);
    process.stderr.write(`fdselect: ${file} was damaged; it is now ${file}.damaged\n`);
    return { lessons: {}, claims: {} };
  }
}

/** Changes the file. If it cannot be written, prints that and continues. */
export function saveProgress(change: (progress: Progress) => void): void {
  const file = progressFile();
  try {
    const progress = readProgress();
    change(progress);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, `${JSON.stringify(progress, null, 1)}\n`);
    renameSync(`${file}.new`, file);
  } catch (error) {
    const { message } = error as Error;
    process.stderr.write(`fdselect: your progress could not be saved: ${message}\n`);
  }
}

/** Changes the progress in one lesson. */
export function saveLesson(folder: string, change: (lesson: LessonProgress) => void): void {
  saveProgress(({ lessons }) => {
    lessons[folder] ??= {};
    change(lessons[folder]);
  });
}
