/** The command line of the benchmarks: `npm run bench -- [options]`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { catalogue } from './contenders/catalogue.js';
import { cellChanges, goalChanges } from './goals/compare.js';
import { judge } from './goals/goal.js';
import { goals } from './goals/goals.js';
import { fromBenchmarks } from './runner/paths.js';
import { type Results, readResults } from './runner/results.js';
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

interface Options {
  quick: boolean;
  only?: string[];
  contenders?: string[];
  rounds?: number;
  json?: string;
  compare?: Results;
  list: boolean;
}

const scenarios = allScenarios.map((make) => make());

/** A list of names, each of which there must be. */
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

function save(file: string, results: Results): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results)}\n`);
}

function printChanges(before: Results, after: Results): void {
  const { date, commit } = before.header;
  console.log(`\nSince ${date}, commit ${commit}: the goals`);
  console.log(changeTable(goalChanges(goals, before, after)));
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
  const results = await runSuite({
    scenarios: chosen,
    contenders: catalogue.filter(({ name }) => contenders?.includes(name) ?? true),
    scale: { rounds: rounds ?? (quick ? QUICK_ROUNDS : ROUNDS), isQuick: quick },
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
  });
  console.log(headerLines(results.header));
  for (const scenario of results.scenarios) console.log(scenarioText(scenario));
  console.log(`\nGoals\n${goalTable(goals.map((goal) => judge(goal, results)))}`);
  if (options.compare !== undefined) printChanges(options.compare, results);
  console.log(absenceLines(results));
  save(json ?? fromBenchmarks('results/latest.json'), results);
  if (results.refused.length > 0) process.exitCode = FAILURE;
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
  .option('--json <file>', 'where the results go; default: benchmarks/results/latest.json')
  .option('--compare <file>', 'show what has changed since these results', oldResults)
  .option('--list', 'list the scenarios and the contenders', false)
  .action(run)
  .parseAsync();
