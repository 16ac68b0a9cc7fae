/** The command line of the benchmarks: `npm run bench -- [options]`. */
import { constants } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { catalogue, quickCatalogue } from './contenders/catalogue.js';
import { cellChanges, goalChanges } from './goals/compare.js';
import { judge } from './goals/goal.js';
import { goals } from './goals/goals.js';
import { type Results, readResults } from './runner/results.js';
import { DEFAULT_FILE, ResultsFile } from './runner/results-file.js';
import { ENOUGH_ROUNDS } from './runner/statistics.js';
import { runSuite } from './runner/suite.js';
import {
  absenceLines,
  changeTable,
  goalTable,
  headerLines,
  scenarioText,
} from './runner/tables.js';
import { scenarios as allScenarios } from './scenarios/index.js';

const ROUNDS = 7;
const QUICK_ROUNDS = 3;
const FAILURE = 1;
/** Exit code if the results cannot be saved. */
const NO_FILE = 2;
/** Shells add it to the number of the signal that has ended a process. */
const BY_SIGNAL = 128;

interface Options {
  quick: boolean;
  only?: string[];
  contenders?: string[];
  rounds?: number;
  json: string;
  compare?: Results;
  list: boolean;
}

const scenarios = allScenarios.map((make) => make());

/** A list of names; each must exist. */
function namesOf(kind: string, known: readonly string[]) {
  return (text: string): string[] => {
    const names = text.split(',');
    const unknown = names.find((name) => !known.includes(name));
    if (unknown === undefined) return names;
    throw new InvalidArgumentError(`There is no ${kind} '${unknown}', but: ${known.join(', ')}.`);
  };
}

function positive(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It is a number from 1 on.');
  return Number(text);
}

function oldResults(file: string): Results {
  try {
    return readResults(file);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function list(): void {
  const names = [
    ['scenarios:', ...scenarios.map(({ name, title }) => `  ${name.padEnd(24)}${title}`)],
    ['contenders:', ...catalogue.map(({ name, label }) => `  ${name.padEnd(24)}${label}`)],
  ];
  console.log(names.flat().join('\n'));
}

function openFile(path: string, command: Command): ResultsFile {
  try {
    return new ResultsFile(path);
  } catch (error) {
    const text = `error: the results cannot be saved: ${(error as Error).message}`;
    return command.error(text, { exitCode: NO_FILE });
  }
}

/** Saves the results; if the disk is full, the tables are shown all the same. */
function save(file: ResultsFile, results: Results): void {
  try {
    file.save(results);
  } catch (error) {
    console.error(`error: the results were not saved: ${(error as Error).message}`);
    process.exitCode = NO_FILE;
  }
}

/** Keeps the results so far, restores the terminal, and ends; the children end with this process. */
function endOnSignals(file: ResultsFile): AbortSignal {
  const ending = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => {
      ending.abort();
      console.error(`${name}: ${file.abandon()}`);
      process.exit(BY_SIGNAL + constants.signals[name]);
    });
  }
  return ending.signal;
}

function printChanges(before: Results, after: Results): void {
  const { date, commit } = before.header;
  console.log(`\nSince ${date}, commit ${commit}: the goals`);
  console.log(changeTable(goalChanges(goals, before, after)));
  if (Math.min(before.header.rounds, after.header.rounds) < ENOUGH_ROUNDS) {
    console.log(`No change is certain: both runs need at least ${ENOUGH_ROUNDS} rounds`);
    return;
  }
  const changes = cellChanges(before, after);
  console.log(`Ratios that have changed by more than chance: ${changes.length}`);
  if (changes.length > 0) console.log(changeTable(changes));
}

async function run(options: Options, command: Command): Promise<void> {
  const { quick, only, contenders, rounds, json } = options;
  if (options.list) {
    list();
    return;
  }
  if (process.platform !== 'linux') command.error('error: the benchmarks need Linux');
  const chosen = scenarios.filter(({ name }) => only?.includes(name) ?? true);
  const file = openFile(json, command);
  // A contender that was named is measured by a quick run, too.
  const usual = quick ? quickCatalogue : catalogue;
  const wanted =
    contenders === undefined ? usual : catalogue.filter(({ name }) => contenders.includes(name));
  const leftOut = contenders === undefined ? catalogue.filter((one) => !wanted.includes(one)) : [];
  const results = await runSuite({
    scenarios: chosen,
    contenders: wanted,
    leftOut,
    scale: { rounds: rounds ?? (quick ? QUICK_ROUNDS : ROUNDS), isQuick: quick },
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    onScenario: (results) => save(file, results),
    signal: endOnSignals(file),
  });
  save(file, results);
  console.log(headerLines(results.header));
  for (const scenario of results.scenarios) console.log(scenarioText(scenario));
  console.log(`\nGoals\n${goalTable(goals.map((goal) => judge(goal, results)))}`);
  if (options.compare !== undefined) printChanges(options.compare, results);
  console.log(absenceLines(results));
  if (results.refused.length > 0) process.exitCode ??= FAILURE;
}

await new Command('npm run bench --')
  .description(
    'What a wait costs, how select, poll and epoll scale, how far all of it is from libuv',
  )
  .option('--quick', 'two minutes: fewer rounds, shorter ones, fewer sizes', false)
  .option(
    '--only <names>',
    'these scenarios, separated by commas',
    namesOf(
      'scenario',
      scenarios.map(({ name }) => name),
    ),
  )
  .option(
    '--contenders <names>',
    'these contenders, separated by commas',
    namesOf(
      'contender',
      catalogue.map(({ name }) => name),
    ),
  )
  .option('--rounds <number>', `default: ${ROUNDS}, quick: ${QUICK_ROUNDS}`, positive)
  .option('--json <file>', 'where the results go', DEFAULT_FILE)
  .option('--compare <file>', 'show what has changed since these results', oldResults)
  .option('--list', 'list the scenarios and the contenders', false)
  .action(run)
  .parseAsync();
