/** `npm run bench:report [FILE]`: the page with the charts, and the README's summary. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { fromBenchmarks, root } from '../runner/paths.js';
import { readResults } from '../runner/results.js';
import { renderPage } from './page.js';
import { renderSummary, withSummary } from './summary.js';

interface Options {
  output: string;
  readme: string;
}

function report(file: string, { output, readme }: Options): void {
  const results = readResults(file);
  writeFileSync(output, renderPage(results));
  console.log(`wrote ${output}`);
  const summary = renderSummary(results);
  const changed = withSummary(readFileSync(readme, 'utf8'), summary);
  if (changed === null) {
    console.log(
      `${readme} has no place for a summary (<!-- bench:begin --> to <!-- bench:end -->):\n`,
    );
    console.log(summary);
    return;
  }
  writeFileSync(readme, changed);
  console.log(`changed the summary in ${readme}`);
}

const program = new Command('npm run bench:report --')
  .description('Make the page with the charts, and the summary in README.md')
  .argument('[file]', 'results of npm run bench', fromBenchmarks('results/latest.json'))
  .option('--output <file>', 'where the page goes', fromBenchmarks('results/report.html'))
  .option('--readme <file>', 'where the summary goes', join(root, 'README.md'));
program.action((file: string, options: Options) => {
  try {
    report(file, options);
  } catch (error) {
    program.error(`error: ${(error as Error).message}`);
  }
});
await program.parseAsync();
