/** `fdselect replay`: shows a recording, or turns it into something that other programs show. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { pageOf } from '../page/page.js';
import { pageScenarioOf } from '../page/scenario.js';
import { castOf } from '../replay/cast.js';
import type { Recording } from '../replay/format.js';
import { parse, RecordingError } from '../replay/parse.js';
import { perfettoOf } from '../replay/perfetto.js';
import { plainLines, stateLines } from '../replay/plain.js';
import { stepsOf } from '../replay/steps.js';
import { verify } from '../replay/verify.js';

const FAILURE = 1;

export interface ReplayOptions {
  plain?: boolean;
  step?: number;
  verify?: boolean;
  page?: string;
  perfetto?: string;
  cast?: string;
}

export function replayCommand(): Command {
  const command = new Command()
    .description('show a recording')
    .argument('<file>', 'what `fdselect record` has written')
    .option('--plain', 'print a sentence for each step; without a terminal this is the default')
    .option('--step <number>', 'print what is open, watched and ready after a step', stepNumber)
    .option('--verify', 'prove that the recording agrees with itself')
    .option('--page <file>', 'write a page for the browser: one HTML file that needs no network')
    .option('--perfetto <file>', 'write a trace for ui.perfetto.dev')
    .option('--cast <file>', 'write a terminal session for asciinema')
    .action((file: string, options: ReplayOptions) => replay(command, file, options));
  return command;
}

function stepNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('A step is a number from 1 on.');
  return Number(text);
}

async function replay(command: Command, file: string, options: ReplayOptions): Promise<void> {
  try {
    const text = readFileSync(file, 'utf8');
    const recording = parse(text, file);
    const last = stepsOf(recording).length;
    const { step } = options;
    if (step !== undefined && (step < 1 || step > last)) {
      command.error(`error: option '--step': ${file} has the steps 1 to ${last}, not ${step}`);
    }
    if (options.page !== undefined) {
      const scenario = pageScenarioOf(basename(file), text);
      writeFileSync(options.page, pageOf({ scenarios: [scenario] }));
    }
    await show(recording, file, options);
  } catch (error) {
    if (!(error instanceof RecordingError) && !isSystemError(error)) throw error;
    process.stderr.write(`fdselect: ${error.message}\n`);
    process.exitCode = FAILURE;
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

async function show(recording: Recording, file: string, options: ReplayOptions): Promise<void> {
  const { page, perfetto, cast, step } = options;
  if (perfetto !== undefined) writeFileSync(perfetto, JSON.stringify(perfettoOf(recording)));
  if (cast !== undefined) writeFileSync(cast, castOf(recording, file));
  if (options.verify) report(recording, file);
  if (step !== undefined) print(stateLines(recording, step));
  const isWritten = [page, perfetto, cast, step].some((option) => option !== undefined);
  if (isWritten || options.verify) return;
  const hasTerminal = process.stdin.isTTY && process.stdout.isTTY;
  if (options.plain || !hasTerminal) return print(plainLines(recording));
  // The player needs the addon; the other outputs do not.
  const { play } = await import('../terminal/player.js');
  const { storyOfFile } = await import('../terminal/story.js');
  play(storyOfFile(file, recording));
}

function report(recording: Recording, file: string): void {
  const problems = verify(recording);
  if (problems.length > 0) process.exitCode = FAILURE;
  for (const { step, sentence } of problems) {
    process.stderr.write(`fdselect: ${file}: step ${step}: ${sentence}\n`);
  }
  const { length } = stepsOf(recording);
  if (problems.length === 0) print([`${file}: ${length} steps agree with each other`]);
}

function print(lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
