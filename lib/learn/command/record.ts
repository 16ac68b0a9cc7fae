/** `fdselect record`: runs a program that uses fdselect, and records its calls. */
import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';

const COMMAND_NOT_FOUND = 127;
const SIGNALED = 128;
const FAILURE = 1;

interface RecordOptions {
  output: string;
  data: string;
  sites: boolean;
  kernel: boolean;
  limit: number;
}

/** Bytes; K, M and G are powers of 1024. */
export function byteCount(text: string): number {
  const [, number, unit = ''] = /^(\d+)([KMG]?)$/i.exec(text) ?? [];
  const bytes = Number(number) * 1024 ** ' KMG'.indexOf(unit.toUpperCase() || ' ');
  if (!(bytes > 0)) throw new InvalidArgumentError('A limit is a number of bytes, such as 64M.');
  return bytes;
}

export function recordCommand(): Command {
  return new Command()
    .description('run a program that uses fdselect, and record its calls')
    .argument('<program...>', 'the command, after --')
    .option('-o, --output <file>', 'where the recording goes', 'recording.jsonl')
    .addOption(
      new Option('--data <amount>', 'how much of the bytes that are sent and received')
        .choices(['none', 'size', 'head', 'all'])
        .default('size'),
    )
    .option('--sites', 'where in the program each call is, and its text', false)
    .option('--kernel', "epoll's interest lists, read from /proc", false)
    .option('--limit <bytes>', 'the recording ends there', byteCount, byteCount('64M'))
    .action(record);
}

async function record(program: [string, ...string[]], options: RecordOptions): Promise<void> {
  const path = resolve(options.output);
  try {
    rmSync(path, { force: true });
  } catch (error) {
    process.stderr.write(`fdselect: ${(error as Error).message}\n`);
    process.exitCode = FAILURE;
    return;
  }
  const { code, signal } = await finished(program, environment(path, options));
  process.exitCode = code;
  if (code === COMMAND_NOT_FOUND) return;
  if (!existsSync(path)) {
    process.stderr.write(`fdselect: nothing was recorded: ${program[0]} did not load fdselect\n`);
  } else if (signal !== null) {
    process.stderr.write(
      `fdselect: ${signal} has ended the program: its last calls may be missing in ${options.output}\n`,
    );
  }
}

function environment(path: string, options: RecordOptions): NodeJS.ProcessEnv {
  const { FDSELECT_RECORD_OWNER: _, ...inherited } = process.env;
  return {
    ...inherited,
    FDSELECT_RECORD: path,
    FDSELECT_RECORD_DATA: options.data,
    FDSELECT_RECORD_LIMIT: String(options.limit),
    ...(options.sites && { FDSELECT_RECORD_SITES: '1' }),
    ...(options.kernel && { FDSELECT_RECORD_KERNEL: '1' }),
  };
}

/** How a program has ended. */
interface Ended {
  /** As in a shell: 128 plus its number for a signal. */
  code: number;
  signal: NodeJS.Signals | null;
}

function finished([file, ...args]: [string, ...string[]], env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((settle) => {
    const child = spawn(file, args, { env, stdio: 'inherit' });
    // A terminal sends SIGINT to both. The program decides what it means.
    const pass = (signal: NodeJS.Signals) => () => void child.kill(signal);
    const passed = (['SIGTERM', 'SIGHUP'] as const).map((name) => [name, pass(name)] as const);
    const ignored = () => {};
    for (const [name, listener] of passed) process.on(name, listener);
    process.on('SIGINT', ignored);
    const end = (code: number, signal: NodeJS.Signals | null = null) => {
      for (const [name, listener] of passed) process.off(name, listener);
      process.off('SIGINT', ignored);
      settle({ code, signal });
    };
    child.on('error', (error) => {
      process.stderr.write(`fdselect: ${error.message}\n`);
      end(COMMAND_NOT_FOUND);
    });
    child.on('exit', (code, signal) => {
      end(code ?? SIGNALED + constants.signals[signal as NodeJS.Signals], signal);
    });
  });
}
