/** What a student has done, in a file of `$XDG_STATE_HOME`: what was read, tried and solved. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Of one lesson. */
export interface LessonProgress {
  read?: boolean;
  /** How often the exercise was checked. */
  checks?: number;
  /** How many hints were shown. */
  hints?: number;
  passed?: boolean;
}

/** Where and when a claim held last. */
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
export function progressFile(): string {
  const { XDG_STATE_HOME: home } = process.env;
  // The specification says that a relative path is to be ignored.
  const state = home?.startsWith('/') ? home : join(homedir(), '.local/state');
  return join(state, 'fdselect/learn.json');
}

/** What the file says; a damaged one is put aside, as a lesson must be readable all the same. */
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

/** Changes the file. Where it cannot be written, says so and goes on. */
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

/** Changes what is known of one lesson. */
export function saveLesson(folder: string, change: (lesson: LessonProgress) => void): void {
  saveProgress(({ lessons }) => {
    lessons[folder] ??= {};
    change(lessons[folder]);
  });
}
