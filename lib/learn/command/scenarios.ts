/** `fdselect learn --page` and `--replay`: the recordings of the scenarios. */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Lesson } from '../course/lesson.js';
import { pageOf } from '../page/page.js';
import { type FoundScenario, pageScenario, scenarios } from '../play/scenario.js';
import { parse } from '../replay/parse.js';
import { plainLines } from '../replay/plain.js';

interface Options {
  page?: string;
  replay?: string | true;
}

/** Writes the page, or prints the recordings as text: of a lesson's scenarios, of one, or of all. */
export async function showScenarios(
  lesson: Lesson | undefined,
  { page, replay }: Options,
  command: Command,
): Promise<void> {
  const name = typeof replay === 'string' ? replay : undefined;
  const all = await scenarios();
  const chosen = all.filter(
    ({ scenario }) =>
      (lesson === undefined || scenario.lessons.includes(lesson.number)) &&
      (name === undefined || scenario.name === name),
  );
  if (chosen.length === 0) command.error(nothingFound(lesson, name, all));
  if (page !== undefined) writePage(page, chosen);
  if (replay !== undefined) await replayAll(chosen);
}

/** One after the other: in the terminal player, or without a terminal as text. */
async function replayAll(chosen: readonly FoundScenario[]): Promise<void> {
  const hasTerminal = process.stdin.isTTY && process.stdout.isTTY;
  for (const scenario of chosen.map(pageScenario)) {
    if (hasTerminal) {
      const { play } = await import('../terminal/player.js');
      const { storyOf } = await import('../terminal/story.js');
      play(storyOf(scenario));
    } else {
      for (const { name, text } of scenario.whatIfs[0].columns) {
        process.stdout.write(`${plainLines(parse(text, name)).join('\n')}\n\n`);
      }
    }
  }
}

function nothingFound(
  lesson: Lesson | undefined,
  name: string | undefined,
  all: readonly FoundScenario[],
): string {
  if (name === undefined) return `error: lesson ${lesson?.number} has no scenario`;
  const names = all.map(({ scenario }) => scenario.name).join(', ');
  return `error: unknown scenario '${name}' (there are: ${names})`;
}

function writePage(file: string, chosen: readonly FoundScenario[]): void {
  try {
    writeFileSync(file, pageOf({ scenarios: chosen.map(pageScenario) }));
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    process.stderr.write(`fdselect: ${error.message}\n`);
    process.exitCode = 1;
  }
}
