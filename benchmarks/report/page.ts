/** The report: one HTML file that needs nothing else. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { rolldown } from 'rolldown';
import { judge, type Verdict, verdictText } from '../goals/goal.js';
import { goals } from '../goals/goals.js';
import { formatEstimate, formatMedian, formatRatio, formatValue } from '../runner/format.js';
import { isMarked, MARK } from '../runner/limited.js';
import { compiled, fromBenchmarks } from '../runner/paths.js';
import {
  type Metric,
  pairOf,
  type Results,
  type ScenarioResult,
  valuesOf,
} from '../runner/results.js';
import { ratio, spread } from '../runner/statistics.js';
import { headerLines, markLines } from '../runner/tables.js';
import type { Figure } from './chart.js';
import { figuresOf } from './figures.js';
import { headline, sentences } from './highlights.js';
import { escapeHtml, scriptJson, table } from './html.js';

/** The browser loads nothing, whatever the page says. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";

const METHOD = `
Every contender runs in a process of its own, on one CPU; the load generator, or the process that wakes it, has another one. (The
loops in C and on uv_poll_t of “Cost per call” run inside the process of fdselect with the same call.) All of them take turns, round by
round, after a warm-up. What is shown are medians; a ratio is the median of the ratios of each round. Its interval is that of exact
order statistics, with a confidence of at least 95 % where it is not marked “unsure”; for several cells, of the geometric mean of each round.
“serve NAME” is what fdselect serve NAME --quiet starts, an “example” is that of its documentation, and a “tuned loop” was written for
speed: it shows what can be reached, not what one gets without effort.
`;

const THREADS = `
Node has threads. In a process that has more than one, even if they all sleep, the kernel's poll and select take a
reference to every file that they look at, which makes them 1.3 to 3 times as expensive for each file descriptor. A baseline in
C or CPython without threads would measure that, and not the language: so theirs have a second thread, which sleeps.
“CPython, one thread” is shown beside them: it is CPython as one runs it without more.
`;

const GOALS = `
“C in its place” is the same comparison with the same call in bare C instead of fdselect (for the import: with an empty
file): what can be reached at all. Where the load generator has used more than 90 % of its CPU, and the server has not, it
is the limit, and what counts as throughput is the server's CPU time per message, inverted. “Within the noise”: the goal lies in the interval.
`;

/** What users start comes first, single calls after that. */
const ORDER = ['echo', 'latency', 'active', 'accept', 'memory', 'calls', 'idle', 'churn', 'wake'];

function inOrder(scenarios: readonly ScenarioResult[]): ScenarioResult[] {
  const rankOf = ({ name }: ScenarioResult) => ORDER.indexOf(name) + 1 || ORDER.length + 1;
  return [...scenarios].sort((a, b) => rankOf(a) - rankOf(b));
}

function goalSection(verdicts: readonly Verdict[]): string {
  const measured = verdicts.filter(({ estimate, noise }) => estimate !== null || noise > 0);
  const rows = measured.map((verdict) => {
    const { text, limit, measured, possible } = verdict;
    const best = possible === null ? '' : formatRatio(possible.value);
    return [text, limit, measured, verdictText(verdict), best];
  });
  const met = measured.filter(({ isMet }) => isMet).length;
  const missing = verdicts.length - measured.length;
  const rest = missing === 0 ? '' : ` ${missing} more were not measured in this run.`;
  return `<section id="goals"><h2>Goals</h2><p>${met} of ${measured.length} are met.${rest}</p><p>${GOALS}</p>
${table(['comparison', 'goal', 'measured', '', 'C in its place'], rows)}</section>`;
}

function absenceSection({ unavailable, refused }: Results): string {
  if (unavailable.length + refused.length === 0) return '';
  const rows = [
    ...unavailable.map(({ label, how }) => [label, 'not available', how]),
    ...refused.map(({ scenario, contender, reason }) => [
      contender,
      `refused in ${scenario}`,
      reason,
    ]),
  ];
  return `<section><h2>What was not measured</h2>${table(['contender', '', 'why'], rows)}</section>`;
}

/** Every number of a metric: the median, the quartiles, the ratio to the base. */
function metricTable(scenario: ScenarioResult, metric: string): string {
  const info = scenario.metrics[metric] as Metric;
  const { label: title, unit, isAbsolute } = info;
  const rows = scenario.cells.flatMap((cell) =>
    scenario.contenders.flatMap(({ name, label, base }) => {
      const values = valuesOf(scenario, name, cell.id, metric);
      if (values === undefined) return [];
      const { low, high } = spread(values);
      const pair =
        isAbsolute || name === base ? null : pairOf(scenario, [name, base], cell.id, metric);
      return [
        [
          cell.label,
          label,
          `${formatMedian(values, info)}${isMarked(scenario, name, cell.id, metric) ? MARK : ''}`,
          `${formatValue(low, unit)} – ${formatValue(high, unit)}`,
          pair === null ? '' : formatEstimate(ratio(pair)),
        ],
      ];
    }),
  );
  const head = ['', 'contender', 'median', 'quartiles', 'ratio'];
  return `<details><summary>Table: ${escapeHtml(title)}</summary>${table(head, rows)}</details>`;
}

/** The figures of a page, in the order in which they come; each has its number there. */
class Figures {
  readonly all: Figure[] = [];

  /** HTML for figures, which the script of the page draws. */
  add(...figures: readonly Figure[]): string {
    const texts = figures.map((figure) => {
      const number = this.all.push(figure) - 1;
      const title = escapeHtml(figure.title);
      return `<figure data-figure="${number}"><figcaption>${title}</figcaption></figure>`;
    });
    return texts.join('\n');
  }
}

function scenarioSection(scenario: ScenarioResult, figures: Figures): string {
  const notes = [...markLines(scenario), ...scenario.notes];
  return `<section id="${scenario.name}"><h2>${escapeHtml(scenario.title)}</h2>
<p>${escapeHtml(scenario.text)}</p>
${figures.add(...figuresOf(scenario))}
${notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`).join('\n')}
${Object.keys(scenario.metrics)
  .map((metric) => metricTable(scenario, metric))
  .join('\n')}
</section>`;
}

function methodSection({ header }: Results): string {
  return `<section id="method"><h2>Method</h2><p>${METHOD}</p><p>${THREADS}</p>
<pre>${escapeHtml(headerLines(header))}</pre></section>`;
}

/** A script element for the page. */
function chartLibrary(): string {
  const file = createRequire(import.meta.url).resolve('echarts/dist/echarts.min.js');
  return readFileSync(file, 'utf8').replaceAll('</script', '<\\/script');
}

/** The modules of the page, bundled. */
async function clientScript(): Promise<string> {
  const bundle = await rolldown({ input: compiled('report/client/main.js') });
  const { output } = await bundle.generate({ format: 'esm' });
  await bundle.close();
  return output[0].code;
}

export async function renderPage(results: Results): Promise<string> {
  const figures = new Figures();
  const first = headline(results);
  const top = first === null ? '' : figures.add(first);
  const scenarios = inOrder(results.scenarios);
  const sections = scenarios.map((scenario) => scenarioSection(scenario, figures));
  const verdicts = goals.map((goal) => judge(goal, results));
  const links = [
    { name: 'method', title: 'Method' },
    ...scenarios,
    { name: 'goals', title: 'Goals' },
  ].map(({ name, title }) => `<a href="#${name}">${escapeHtml(title)}</a>`);
  const quick = results.header.isQuick
    ? '<p class="note">A quick run: few and short rounds.</p>'
    : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>fdselect: benchmarks</title>
<style>
${readFileSync(fromBenchmarks('report/page.css'), 'utf8')}
</style>
</head>
<body>
<header><h1>What a wait costs</h1>
<p>fdselect beside C, CPython, libuv and others, measured ${escapeHtml(results.header.date.slice(0, 10))}. ${escapeHtml(sentences(results).join(' '))}</p>
${quick}
${top}
<nav>${links.join('\n')}</nav></header>
<main>
${methodSection(results)}
${sections.join('\n')}
${absenceSection(results)}
${goalSection(verdicts)}
</main>
<script type="application/json" id="figures">${scriptJson(figures.all)}</script>
<script>${chartLibrary()}</script>
<script type="module">
${await clientScript()}
</script>
</body>
</html>
`;
}
