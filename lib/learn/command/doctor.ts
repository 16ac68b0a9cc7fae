/** `fdselect doctor`: what a recorded program does wrong. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Command } from 'commander';
import { examine, type Finding } from '../check/rules.js';
import { pageOf } from '../page/page.js';
import { pageScenarioOf } from '../page/scenario.js';
import type { Recording } from '../replay/format.js';
import { parse, RecordingError } from '../replay/parse.js';
import { columnOf, stopOf } from '../replay/timeline.js';

const FAILURE = 1;

export function doctorCommand(): Command {
  return new Command()
    .description('say what a recorded program does wrong; exit code 1 where there is something')
    .argument('<file>', 'what `fdselect record` has written')
    .option('--json', 'print an array of { rule, sentence, steps, lesson }')
    .option('--page <file>', 'write a page for the browser, and print where it shows each step')
    .action(doctor);
}

interface DoctorOptions {
  json?: boolean;
  page?: string;
}

function doctor(file: string, { json = false, page }: DoctorOptions): void {
  try {
    const content = readFileSync(file, 'utf8');
    const recording = parse(content, file);
    const findings = examine(recording);
    if (page !== undefined) {
      writeFileSync(page, pageOf({ scenarios: [pageScenarioOf(basename(file), content)] }));
    }
    print(json ? JSON.stringify(findings, null, 2) : text(file, recording, findings, page));
    if (findings.length > 0) process.exitCode = FAILURE;
  } catch (error) {
    const isSystemError = error instanceof Error && 'syscall' in error;
    if (!(error instanceof RecordingError) && !isSystemError) throw error;
    process.stderr.write(`fdselect: ${error.message}\n`);
    process.exitCode = FAILURE;
  }
}

function text(
  file: string,
  recording: Recording,
  findings: readonly Finding[],
  page: string | undefined,
): string {
  if (findings.length === 0) return `${file}: nothing found`;
  const column = columnOf(file, recording);
  return findings
    .map(({ rule, sentence, steps, lesson }) => {
      const where = steps.map((step) => {
        const { beat, i } = stopOf(column, step);
        const shown = page === undefined ? '' : `\n    ${page}#b=${beat}&i=${i}`;
        return `fdselect replay ${file} --step ${step}${shown}`;
      });
      return `${rule}: ${sentence}\n    ${where.join('\n    ')}\n    fdselect learn ${lesson}`;
    })
    .join('\n');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
