/** `npm run bench:report [FILE]`: the page with the charts and, only with `--readme`, the summary for readers. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { fromBenchmarks, root } from '../runner/paths.js';
import { type Results, readResults } from '../runner/results.js';
import { renderPage } from './page.js';
import { renderHead, renderSummary, withSummary } from './summary.js';

/** The page to which README.md links. */
const SUMMARY_FILE = join(root, 'docs/benchmarks.md');
/** It has the head of the summary. */
const HEAD_FILE = join(root, 'README.md');

interface Options {
  output: string;
  /** true: the package's own texts. */
  readme?: string | true;
}

/** @throws Error if the file has no place for a summary, or the results are those of a quick run */
function changeReadme(readme: string, results: Results, render = renderSummary): void {
  if (results.header.isQuick) {
    throw new Error(`a quick run does not go into ${readme}: it has too few rounds`);
  }
  const changed = withSummary(readFileSync(readme, 'utf8'), render(results));
  if (changed === null) {
    throw new Error(
      `${readme} has no place for a summary (<!-- bench:begin --> to <!-- bench:end -->)`,
    );
  }
  writeFileSync(readme, changed);
  console.log(`changed the summary in ${readme}`);
}

async function report(file: string, { output, readme }: Options): Promise<void> {
  const results = readResults(file);
  writeFileSync(output, await renderPage(results));
  console.log(`wrote ${output}`);
  if (typeof readme === 'string') changeReadme(readme, results);
  if (readme !== true) return;
  changeReadme(SUMMARY_FILE, results);
  changeReadme(HEAD_FILE, results, renderHead);
}

const program = new Command('npm run bench:report --')
  .description('Make the page with the charts and, where told to, the summary for readers')
  .argument('[file]', 'results of npm run bench', fromBenchmarks('results/latest.json'))
  .option('--output <file>', 'where the page goes', fromBenchmarks('results/report.html'))
  .option(
    '--readme [file]',
    'put the summary into docs/benchmarks.md and its head into README.md, or all into this file',
  );
program.action(async (file: string, options: Options) => {
  try {
    await report(file, options);
  } catch (error) {
    program.error(`error: ${(error as Error).message}`);
  }
});
await program.parseAsync();
