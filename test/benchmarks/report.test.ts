/** The report of the benchmarks: its text and charts; it loads no other file. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BarChart, Figure } from '../../benchmarks/report/chart.ts';
import { figuresOf } from '../../benchmarks/report/figures.ts';
import { headline } from '../../benchmarks/report/highlights.ts';
import { MOST } from '../../benchmarks/report/main.ts';
import { renderPage } from '../../benchmarks/report/page.ts';
import { renderSummary, withSummary } from '../../benchmarks/report/summary.ts';
import { compiled, root } from '../../benchmarks/runner/paths.ts';
import type { Results, ScenarioResult } from '../../benchmarks/runner/results.ts';
import { scenarioTable } from '../../benchmarks/runner/tables.ts';
import '../support/benchmarks.ts';
import { resultsOf, scenario } from '../support/results.ts';
import { run } from '../support/server.ts';

const CHROMIUM = '/usr/bin/chromium';

const idle = scenario('idle', {
  'fdselect-poll': { 10: [300, 310, 320], 1000: [9000, 9100, 9200] },
  'fdselect-epoll': { 10: [320, 330, 340], 1000: [330, 340, 350] },
  'c-poll': { 10: [250, 260, 270], 1000: [8800, 8900, 9000] },
  'c-epoll': { 10: [250, 260, 270], 1000: [255, 265, 275] },
});
/** Of seven rounds, which are enough for an interval. */
const around = (value: number, by: number) => [-3, -2, -1, 0, 1, 2, 3].map((n) => value + n * by);
const calls = scenario('calls', {
  'fdselect-poll': { '1/1': around(130, 10 / 3), '10/10': around(1250, 50 / 3) },
  'c-poll': { '1/1': around(100, 0), '10/10': around(1000, 0) },
});
/** Servers with their CPU time per message and their messages per second beside node:net's 100. */
const SERVERS: Record<string, [cpu: number, throughput: number]> = {
  ...{ 'echo-select': [70, 130], 'echo-poll': [60, 140], 'echo-epoll': [55, 150] },
  ...{ 'echo-reactor': [90, 110], 'book-loop': [65, 135], 'tuned-epoll': [50, 180] },
  ...{ 'net-pipe': [120, 80], 'net-write': [100, 100], 'net-write-26': [98, 104] },
  ...{ libuv: [52, 182], 'c-epoll': [50, 192], 'c-poll': [50, 190], bun: [80, 140] },
  ...{ uvloop: [85, 115], 'c-uring': [48, 195] },
};
const FAMILIES: [start: RegExp, family: string][] = [
  [/^(echo|book)-/, 'fdselect'],
  [/^tuned-/, 'fdselect, tuned'],
  [/^net-/, 'node:net'],
  [/^c-/, 'C'],
  [/^bun/, 'Bun'],
  [/^uvloop/, 'CPython'],
];
const echo: ScenarioResult = {
  ...scenario('echo', {}),
  metrics: {
    throughput: { label: 'messages', unit: '/s', better: 'higher' },
    cpu: { label: 'CPU time', unit: 'ns', better: 'lower' },
    loadShare: { label: 'share', unit: '%', better: 'lower', isAbsolute: true },
  },
  cells: ['10x64', '100x64'].map((id) => ({ id, label: id.replace('x', ' x ') })),
  contenders: Object.keys(SERVERS).map((name) => ({
    ...{ name, label: `label of ${name}`, base: 'net-write' },
    family: FAMILIES.find(([start]) => start.test(name))?.[1] ?? name,
    ...(name.endsWith('-26') && { isOnNode26: true }),
  })),
  rows: Object.entries(SERVERS).flatMap(([contender, [cpu, throughput]]) =>
    ['10x64', '100x64'].map((cell) => ({
      ...{ cell, contender },
      values: {
        throughput: [throughput, throughput, throughput],
        cpu: [cpu, cpu, cpu],
        // Of one server the load generator was the limit.
        loadShare: contender === 'tuned-epoll' ? [95, 95, 95] : [60, 60, 60],
      },
    })),
  ),
};
const wake = scenario(
  'wake',
  {
    'fdselect-async': { other: [9, 9, 9] },
    'fdselect-async-thread': { other: [11, 11, 11] },
    'net-write': { other: [10, 10, 10] },
  },
  'p50',
);
for (const row of wake.rows)
  row.curve = [
    [8000, 0],
    [9000, 0.5],
    [20_000, 0.9],
    [90_000, 0.99],
  ];

const results: Results = {
  ...resultsOf(calls, idle, wake, echo),
  unavailable: [{ label: 'an absent one', how: 'apt install absent' }],
  refused: [{ scenario: 'echo', contender: 'a wrong one', reason: 'said </script> twice' }],
};
const html = await renderPage(results);
/** The scenarios as the page has them. */
const ORDER = [echo, calls, idle, wake];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fdselect-report-test-'));
  writeFileSync(join(folder, 'report.html'), html);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('the page loads nothing: no reference, and a policy that forbids it', () => {
  const withoutScripts = html.replace(/<script[\s\S]*?<\/script>/g, '');
  const references = withoutScripts.matchAll(/\b(?:src|href)\s*=\s*["']?([^"'\s>]*)/g);
  for (const [, target] of references) expect(target).toMatch(/^#/); // within the page
  expect(withoutScripts).not.toMatch(/@import|url\(|<link|<img|<iframe/);
  expect(html).not.toMatch(/<script[^>]*\bsrc/);
  expect(html).toContain("default-src 'none'");
});

test('the page has the numbers and the absent contenders, and escapes HTML', () => {
  const text = html.replace(/<script[\s\S]*?<\/script>/g, '');
  for (const part of [
    ...[
      'loop that reads its answer, 1 of 1 ready / C',
      '1.30x (1.20-1.40)',
      'met, within the noise',
    ],
    ...['an absent one', 'apt install absent', 'said &lt;/script&gt; twice', 'A &lt;note&gt;.'],
    ...['a machine', 'commit 0123456789ab', 'label of net-write'],
  ]) {
    expect(text).toContain(part);
  }
  expect(text).not.toContain('</script> twice');
});

test('losing results are in the summary like winning ones', () => {
  const summary = renderSummary(results);
  expect(summary).toMatch(/^\| label of echo-epoll \| 1\.50x \| 0\.55x \| 1\.10x \|/m);
  expect(summary).toMatch(/^\| label of echo-reactor \| 1\.10x \| 0\.90x \| 1\.80x \|/m);
  expect(summary).toMatch(/^\| label of c-uring \| 1\.95x \| 0\.48x \|/m);
  expect(summary).toContain('| label of fdselect-poll | 1.30x | 1.25x | - | - | - |');
  expect(summary).toContain('| label of fdselect-async | 0.90x | - | - | - | - | - |');
  expect(summary).toMatch(
    /^\| poll\(\) and a loop .*, 10 of 10 ready \/ C \| ≤ 1\.15x \| 1\.25x \(1\.20-1\.30\) \| missed \|/m,
  );
  expect(summary).toContain(
    'Not measured: an absent one (apt install absent); a wrong one in echo',
  );
  expect(summary).not.toMatch(/\d (?:ns|µs|ms)\b/); // ratios only
});

test('the summary: three sentences and a chart, then method and tables, goals last', () => {
  const memory = scenario(
    'memory',
    { 'echo-epoll': { m: [3, 3, 3] }, 'net-write': { m: [10, 10, 10] } },
    'spoken',
  );
  const summary = renderSummary({ ...results, scenarios: [...results.scenarios, memory] });
  const [first, chart, method] = summary.split('\n\n');
  expect(first).toBe(
    'For each message, the servers that users start take 0.55 to 0.90 of the CPU time that node:net takes, ' +
      'and 1.10 to 1.80 of what the same call takes in C. ' +
      'They echo 1.10 to 1.50 times as many messages as node:net, and 0.57 to 0.78 times as many as C. ' +
      "A connection of theirs holds 0.30 of the memory of one of node:net's.",
  );
  expect(chart).toContain('lower is better');
  expect(summary).toMatch(/^node:net, the better one {2}1\.00 {2}█{40}$/m);
  expect(summary).toMatch(/^label of c-epoll +0\.50 {2}█{20}$/m);
  expect(method).toMatch(/^Ratios of one run of 3 rounds/);
  const at = (text: string) => summary.indexOf(text);
  expect(at('Ratios of one run of 3 rounds')).toBeGreaterThan(at('█'));
  expect(at('| echo servers |')).toBeGreaterThan(at('Ratios of one run'));
  expect(at('Goals: ')).toBeGreaterThan(at('| system calls for each message |'));
});

test('in a text chart there are eight bars at the most', () => {
  const lines = renderSummary(results).match(/^.*█+$/gm) ?? [];
  expect(lines).toHaveLength(MOST);
});

test('a throughput that the load generator has limited is marked in the table', () => {
  const summary = renderSummary(results);
  expect(summary).toContain('| label of tuned-epoll | 1.80x * |');
  expect(summary).toMatch(/^\\\* The load generator was the limit/m);
  const unlimited = { ...echo, rows: echo.rows.filter((row) => row.contender !== 'tuned-epoll') };
  expect(renderSummary(resultsOf(unlimited))).not.toContain('The load generator was the limit:');
  const page = html.replace(/<script[\s\S]*?<\/script>/g, '');
  expect(page).toMatch(/<td>label of tuned-epoll<\/td><td>180 \/s\*<\/td>/);
  expect(page).toMatch(/class="note">\* The load generator was the limit/);
});

test('system calls: the row of node:net stands beside the others', () => {
  const row = (contender: string, waits: number) => ({
    ...{ cell: '1', contender },
    values: { waits: [waits], receives: [1], sends: [1], other: [0] },
  });
  const syscalls: ScenarioResult = {
    ...scenario('syscalls', {}),
    contenders: ['echo-epoll', 'net-write', 'libuv'].map((name) => ({
      ...{ name, label: name, family: name === 'echo-epoll' ? 'fdselect' : name, base: name },
    })),
    rows: [row('echo-epoll', 1), row('net-write', 2), row('libuv', 1)],
  };
  const summary = renderSummary(resultsOf(syscalls));
  expect(summary).toContain('| net-write | 2.00 | 1.00 | 1.00 | 0.00 |');
  expect(summary).toContain('| echo-epoll | 1.00 | 1.00 | 1.00 | 0.00 |');
});

test('the page begins with the sentences and their chart; method comes after, goals last', () => {
  const page = html.replace(/<script[\s\S]*?<\/script>/g, '');
  const places = [
    'For each message, the servers',
    'data-figure="0"',
    'id="method"',
    'id="echo"',
    'id="calls"',
    'id="goals"',
  ].map((part) => page.indexOf(part));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(Math.min(...places)).toBeGreaterThan(0);
  expect(page.lastIndexOf('<section')).toBe(page.indexOf('<section id="goals"'));
});

test('no chart shows more than eight at first', () => {
  const charts = results.scenarios.flatMap(figuresOf).flatMap(({ choices }) => choices);
  for (const { label, chart } of charts) {
    const items =
      chart.kind === 'lines' ? chart.lines : chart.kind === 'bars' ? chart.bars : chart.rows;
    const main = items.filter(({ isMain }) => isMain).length;
    expect(main, label).toBe(Math.min(items.length, MOST));
  }
});

test('the summary replaces the one before, and nothing else', () => {
  const readme = '# A\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nB\n';
  const changed = withSummary(readme, 'new');
  expect(changed).toBe('# A\n<!-- bench:begin -->\nnew\n<!-- bench:end -->\nB\n');
  expect(withSummary(changed ?? '', 'new')).toBe(changed);
  expect(withSummary('# no place for it\n', 'new')).toBeNull();
});

const PLACE = '<!-- bench:begin --><!-- bench:end -->';

/** Runs bench:report on results, with a README in a folder of its own. */
async function reported(some: Results, place: string, ...options: ('--readme' | 'README.md')[]) {
  const own = mkdtempSync(join(folder, 'report-'));
  const [json, page, readme] = ['results.json', 'page.html', 'README.md'].map((name) =>
    join(own, name),
  ) as [string, string, string];
  writeFileSync(json, JSON.stringify(some));
  writeFileSync(readme, place);
  const words = options.map((word) => (word === 'README.md' ? readme : word));
  const args = [compiled('report/cli.js'), json, '--output', page, ...words];
  const { code, stderr } = await run(process.execPath, args).finished();
  const read = (file: string) => readFileSync(file, 'utf8');
  return { code, stderr, page: read(page), readme: read(readme) };
}

test('the command writes the page, and the summary into the given file', async () => {
  const { code, stderr, page, readme } = await reported(results, PLACE, '--readme', 'README.md');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(page).toBe(html);
  expect(readme).toContain(renderSummary(results));
});

test('without --readme no README is changed', async () => {
  const own = ['README.md', 'docs/benchmarks.md'].map((name) =>
    readFileSync(join(root, name), 'utf8'),
  );
  const { code, stderr, page, readme } = await reported(results, PLACE);
  expect({ code, stderr, readme }).toEqual({ code: 0, stderr: '', readme: PLACE });
  expect(page).toBe(html);
  const now = ['README.md', 'docs/benchmarks.md'].map((name) =>
    readFileSync(join(root, name), 'utf8'),
  );
  expect(now).toEqual(own);
  for (const text of own) expect(withSummary(text, 'new')).not.toBeNull(); // they have the place
});

test('a quick run makes a page, but does not go into a README', async () => {
  const quick = { ...results, header: { ...results.header, isQuick: true } };
  const { code, stderr, page, readme } = await reported(quick, PLACE, '--readme', 'README.md');
  expect({ code, readme }).toEqual({ code: 1, readme: PLACE });
  expect(stderr).toMatch(/^error: a quick run does not go into .*README\.md: .*\n$/);
  expect(page).toContain('A quick run');
});

test('a README without a place for the summary is left alone, with an error', async () => {
  const { code, stderr, readme } = await reported(results, '# no place', '--readme', 'README.md');
  expect({ code, readme }).toEqual({ code: 1, readme: '# no place' });
  expect(stderr).toContain('has no place for a summary (<!-- bench:begin -->');
});

/** Of three servers one needs less memory for a connection than can be seen, in some rounds. */
function memoryBelowNoise(): Results {
  const cell = (...values: number[]) => ({ '5000': values });
  return resultsOf(
    scenario(
      'memory',
      {
        'fdselect-select': cell(300, 310, 320),
        'fdselect-poll': cell(-4, 12, -0.8),
        'net-write': cell(3000, 3100, 3200),
      },
      'memory',
    ),
  );
}

test('a figure that is not above the noise is shown as such everywhere', async () => {
  const some = memoryBelowNoise();
  const terminal = scenarioTable(some.scenarios[0] as ScenarioResult, 'memory');
  expect(terminal).toMatch(/label of fdselect-select\s+│\s+0\.10x/);
  expect(terminal).toMatch(/label of fdselect-poll\s+│\s+not above the noise/);
  const page = await renderPage(some);
  expect(page).toMatch(/<td>label of fdselect-poll<\/td><td>not above the noise<\/td>/);
  expect(figuresOf(some.scenarios[0] as ScenarioResult)[0]?.choices[0]?.chart).toMatchObject({
    bars: [{ label: 'label of fdselect-select' }, { label: 'label of net-write', value: 1 }],
  });
});

test('the command says what is wrong with a file', async () => {
  const args = [compiled('report/cli.js'), '/no/such/file.json'];
  const { code, stdout, stderr } = await run(process.execPath, args).finished();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^error: \/no\/such\/file\.json: ENOENT.*\n$/);
});

interface Drawn {
  bars: number;
  whiskerEnds: number;
  curves: number;
  looks: number;
}

const reason = existsSync(CHROMIUM) ? '' : ` [${CHROMIUM} is missing: apt install chromium]`;

describe.skipIf(reason !== '')(`in a browser${reason}`, () => {
  let address: string;
  let browser: Browser;
  /** A page costs as much as loading it anew: all tests share this one. */
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    address = pathToFileURL(join(folder, 'report.html')).href;
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        ...['--no-sandbox', '--disable-gpu', '--disable-software-rasterizer'],
        '--disable-background-networking',
      ],
    });
    page = await browser.newPage();
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== address) complaints.push(`asked for ${request.url()}`);
    });
  });
  afterAll(() => browser.close());

  /** Loads the page, and returns it with everything that it complains of or asks for from now on. */
  async function open(colorScheme: 'light' | 'dark', width: number) {
    complaints = [];
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    await page.goto(address);
    await page.waitForSelector('figure svg path', { state: 'attached' });
    return { page, complaints };
  }

  /** The numbers of drawn items in each figure; for curves, of those that can be distinguished. */
  function drawn(page: Page): Promise<Drawn[]> {
    return page.locator('figure svg').evaluateAll((all) =>
      all.map((svg) => {
        const isSeen = (path: Element) => {
          const { width, height } = path.getBoundingClientRect();
          return width + height > 5;
        };
        const isUpright = (path: Element) => {
          const { width, height } = path.getBoundingClientRect();
          return height > width;
        };
        const found = (selector: string) => [...svg.querySelectorAll(selector)].filter(isSeen);
        const curves = found('[clip-path] > path[stroke-linejoin]');
        const looks = curves.map((path) =>
          ['stroke', 'stroke-dasharray'].map((name) => path.getAttribute(name)).join(),
        );
        return {
          bars: curves.length > 0 ? 0 : found('path[fill^="#"]:not([stroke])').length,
          whiskerEnds: found('path[stroke-width="1.2"]').filter(isUpright).length,
          curves: curves.length,
          looks: new Set(looks).size,
        };
      }),
    );
  }

  /** What the first choice of each figure has at first. */
  function expected(): Drawn[] {
    const first = headline(results) as Figure;
    return [first, ...ORDER.flatMap(figuresOf)].map(({ choices }) => {
      const chart = choices[0]?.chart;
      const main = <T extends { isMain: boolean }>(all: T[]) => all.filter(({ isMain }) => isMain);
      const bars = chart?.kind === 'bars' ? main(chart.bars).length : 0;
      const curves = chart?.kind === 'lines' ? main(chart.lines).length : 0;
      return { bars, whiskerEnds: 2 * bars, curves, looks: curves };
    });
  }

  /** What is written outside of its figure; names in a legend come into view when they are asked for. */
  function cutTexts(page: Page): Promise<(string | null)[]> {
    return page.locator('figure svg text, figure .axis').evaluateAll((all) =>
      all
        .filter((text) => {
          const figure = text.closest('figure')?.getBoundingClientRect();
          const { left, right, width } = text.getBoundingClientRect();
          if (figure === undefined || width === 0 || text.closest('[clip-path]') !== null)
            return false;
          return left < figure.left - 1 || right > figure.right + 1;
        })
        .map(({ textContent }) => textContent),
    );
  }

  function background(page: Page): Promise<string> {
    return page.evaluate('getComputedStyle(document.body).backgroundColor');
  }

  test.each([
    ['light', 1280, 'rgb(255, 255, 255)'],
    ['dark', 1280, 'rgb(22, 24, 28)'],
    ['light', 360, 'rgb(255, 255, 255)'],
    ['dark', 360, 'rgb(22, 24, 28)'],
  ] as const)('%s, %i pixels wide', async (scheme, width, color) => {
    const { page, complaints } = await open(scheme, width);
    expect(await background(page)).toBe(color);
    // Every figure is drawn, as wide as there is room and no wider.
    const count = await page.locator('figure').count();
    expect(count).toBe(8);
    expect(await page.locator('figure svg').count()).toBe(count);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    const widths = await page
      .locator('figure svg')
      .evaluateAll((all) => all.map((svg) => svg.getBoundingClientRect().width));
    for (const one of widths) expect(one).toBeGreaterThan(0.8 * Math.min(width, 1056) - 40);
    expect(await drawn(page)).toEqual(expected());
    expect(await page.locator('figure .axis').allTextContents()).toContain(
      'time, beside label of c-epoll; lower is better',
    );
    expect(await cutTexts(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('the rest of a chart comes when the reader asks for all', async () => {
    const { page, complaints } = await open('light', 1000);
    const figure = page.locator('figure').first();
    const bars = (headline(results) as Figure).choices[0]?.chart as BarChart;
    expect(await drawn(page)).toMatchObject([
      { bars: MOST },
      ...ORDER.flatMap(figuresOf).map(() => ({})),
    ]);
    await figure.getByLabel(`all ${bars.bars.length}`).check();
    await expect.poll(async () => (await drawn(page))[0]?.bars).toBe(bars.bars.length);
    // With up to eight there is nothing to select.
    expect(await page.locator('#calls figure').first().getByRole('checkbox').isVisible()).toBe(
      false,
    );
    expect(complaints).toEqual([]);
  });

  test('another choice is another chart', async () => {
    const { page, complaints } = await open('light', 1000);
    const figure = page.locator('#calls figure').first();
    const before = await figure.locator('svg').innerHTML();
    await figure.locator('select').selectOption({ index: 1 });
    await expect.poll(() => figure.locator('svg').innerHTML()).not.toBe(before);
    expect(complaints).toEqual([]);
  });

  test('the colors follow the system, the width follows the window', async () => {
    const { page, complaints } = await open('light', 1000);
    const svg = page.locator('figure svg').first();
    const before = await svg.innerHTML();
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(() => svg.innerHTML()).not.toBe(before);
    await page.setViewportSize({ width: 500, height: 800 });
    await expect
      .poll(async () => (await svg.boundingBox())?.width ?? Infinity)
      .toBeLessThanOrEqual(500);
    expect(complaints).toEqual([]);
  });
});
