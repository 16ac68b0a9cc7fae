/** `fdselect doctor`: what a recorded program does wrong. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { examine, type Finding } from '../check/rules.js';
import { parse, RecordingError } from '../replay/parse.js';

const FAILURE = 1;

export function doctorCommand(): Command {
  return new Command()
    .description('say what a recorded program does wrong; exit code 1 where there is something')
    .argument('<file>', 'what `fdselect record` has written')
    .option('--json', 'print an array of { rule, sentence, steps, lesson }')
    .action(doctor);
}

function doctor(file: string, { json = false }: { json?: boolean }): void {
  try {
    const findings = examine(parse(readFileSync(file, 'utf8'), file));
    print(json ? JSON.stringify(findings, null, 2) : text(file, findings));
    if (findings.length > 0) process.exitCode = FAILURE;
  } catch (error) {
    const isSystemError = error instanceof Error && 'syscall' in error;
    if (!(error instanceof RecordingError) && !isSystemError) throw error;
    process.stderr.write(`fdselect: ${error.message}\n`);
    process.exitCode = FAILURE;
  }
}

function text(file: string, findings: readonly Finding[]): string {
  if (findings.length === 0) return `${file}: nothing found`;
  return findings
    .map(({ rule, sentence, steps, lesson }) => {
      const where = steps.map((step) => `fdselect replay ${file} --step ${step}`);
      return `${rule}: ${sentence}\n    ${where.join('\n    ')}\n    fdselect learn ${lesson}`;
    })
    .join('\n');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
