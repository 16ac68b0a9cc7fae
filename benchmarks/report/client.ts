/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * What runs in the browser: draws the figures of the page, in its colors, as wide as there is room.
 * It becomes a part of the page as it is, so it imports types only.
 */
import type * as Echarts from 'echarts';
import type { BarChart, Chart, Figure, LineChart, StackChart } from './chart.js';

declare const echarts: typeof Echarts;

const ROW_HEIGHT = 26;
const LINES_HEIGHT = 420;
const MARGIN = 50;
const STACK_LEGEND = 32;
/** Below this, in pixels, it is a phone. */
const NARROW = 600;
const LEGEND_LINE = 24;
const LEGEND_SYMBOL = 66;
const LETTER = 7;
const SYMBOLS_PER_LINE = 12;

/** The same color for a family everywhere, readable on white and on black. */
const COLORS: Record<string, string> = {
  fdselect: '#2f81f7',
  'fdselect, examples': '#15aabf',
  'fdselect, tuned': '#79b8ff',
  'node:net': '#e8590c',
  libuv: '#c2255c',
  C: '#868e96',
  CPython: '#2b9348',
  'CPython, one thread': '#8fbc5a',
  Bun: '#b08968',
  Deno: '#7048e8',
  koffi: '#d19a00',
  'node:ffi': '#e64980',
  io_uring: '#f03e3e',
  'npm epoll': '#0c8599',
};
const STACK_COLORS = ['#2f81f7', '#2b9348', '#e8590c', '#868e96'];

/** Epoll, poll, select, and then whoever else has the same color; numbers are dashes and gaps. */
const STYLES: { type: 'solid' | number[]; symbol: string }[] = [
  { type: 'solid', symbol: 'circle' },
  { type: [7, 4], symbol: 'rect' },
  { type: [2, 3], symbol: 'triangle' },
  { type: [14, 4], symbol: 'diamond' },
  { type: [9, 3, 2, 3], symbol: 'emptyCircle' },
  { type: [9, 3, 2, 3, 2, 3], symbol: 'emptyRect' },
  { type: [4, 7], symbol: 'emptyTriangle' },
  { type: [14, 3, 5, 3], symbol: 'emptyDiamond' },
];

interface Theme {
  text: string;
  faint: string;
  line: string;
  back: string;
}

function theme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return { text: color('text'), faint: color('faint'), line: color('line'), back: color('back') };
}

const ON_NODE_26 = ', Node 26';
/** Of the same color, but paler: two hexadecimal digits. */
const PALE = '99';

function colorOf(family: string): string {
  const color = COLORS[family.replace(ON_NODE_26, '')] ?? '#888888';
  return family.endsWith(ON_NODE_26) ? `${color}${PALE}` : color;
}

/** 1,200,000 ns as 1.2 ms. */
function formatNumber(value: number, unit: 'number' | 'nines' | 'ns' | '/s'): string {
  if (unit === 'nines') return `${Number((100 * (1 - 1 / value)).toPrecision(6))} %`;
  if (unit === 'ns') {
    const steps = [
      [1e9, 's'],
      [1e6, 'ms'],
      [1e3, 'µs'],
      [1, 'ns'],
    ] as const;
    const [size, name] = steps.find(([limit]) => value >= limit) ?? ([1, 'ns'] as const);
    return `${Number((value / size).toPrecision(3))} ${name}`;
  }
  const suffix = unit === '/s' ? '/s' : '';
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M${suffix}`;
  if (value >= 1e3) return `${Number((value / 1e3).toPrecision(3))}k${suffix}`;
  return `${Number(value.toPrecision(3))}${suffix}`;
}

function valueAxis({ faint, line }: Theme) {
  return {
    axisLabel: { color: faint, hideOverlap: true },
    axisLine: { lineStyle: { color: line } },
    splitLine: { lineStyle: { color: line } },
  };
}

function categoryAxis(labels: string[], { text, line }: Theme, width: number) {
  return {
    type: 'category' as const,
    data: labels,
    inverse: true,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: line } },
    axisLabel: {
      color: text,
      interval: 0,
      width: Math.min(210, width * 0.42),
      overflow: 'break' as const,
      lineHeight: 12,
    },
  };
}

function tooltip({ text, back, line }: Theme) {
  return {
    backgroundColor: back,
    borderColor: line,
    textStyle: { color: text },
    confine: true,
  };
}

/** Whiskers from the low to the high end of each interval, and the value behind them. */
function whiskers({ bars }: BarChart, { text, faint, back }: Theme): Echarts.CustomSeriesOption {
  return {
    type: 'custom',
    silent: true,
    z: 6, // above the line with which everything is compared
    data: bars.map(({ low, high }, i) => [low, high, i]),
    encode: { x: [0, 1], y: 2 },
    renderItem(_, api) {
      const row = api.value(2);
      const [left = 0, y = 0] = api.coord([api.value(0), row]);
      const [right = 0] = api.coord([api.value(1), row]);
      const line = (x1: number, y1: number, x2: number, y2: number) => ({
        type: 'line' as const,
        shape: { x1, y1, x2, y2 },
        style: { stroke: text, lineWidth: 1.2 },
      });
      return {
        type: 'group',
        children: [
          line(left, y, right, y),
          line(left, y - 4, left, y + 4),
          line(right, y - 4, right, y + 4),
          {
            type: 'text' as const,
            style: {
              x: right + 6,
              y,
              text: (bars[Number(row)]?.value ?? 0).toFixed(2),
              fill: faint,
              stroke: back,
              lineWidth: 3,
              fontSize: 11,
              verticalAlign: 'middle' as const,
            },
          },
        ],
      };
    },
  };
}

function barOption(chart: BarChart, colors: Theme, width: number): Echarts.EChartsOption {
  const { bars, reference } = chart;
  return {
    grid: { left: 8, right: 56, top: 8, bottom: 8, containLabel: true },
    tooltip: {
      ...tooltip(colors),
      formatter(params) {
        const index = (Array.isArray(params) ? params[0] : params)?.dataIndex ?? 0;
        const bar = bars[index];
        if (bar === undefined) return '';
        const [value, low, high] = [bar.value, bar.low, bar.high].map((n) => n.toFixed(2));
        return `${bar.label}<br><b>${value}x</b> (${low} to ${high})`;
      },
    },
    xAxis: { type: 'value', min: 0, ...valueAxis(colors) },
    yAxis: categoryAxis(
      bars.map(({ label }) => label),
      colors,
      width,
    ),
    series: [
      {
        type: 'bar',
        barMaxWidth: 16,
        data: bars.map(({ value, family }) => ({ value, itemStyle: { color: colorOf(family) } })),
        markLine: {
          symbol: 'none',
          silent: true,
          label: { show: false },
          lineStyle: { color: colors.faint, type: 'dashed' },
          data: [{ xAxis: reference }],
        },
      },
      whiskers(chart, colors),
    ],
  };
}

function stackOption(chart: StackChart, colors: Theme, width: number): Echarts.EChartsOption {
  const { rows, parts } = chart;
  return {
    color: STACK_COLORS,
    grid: { left: 8, right: 24, top: 40, bottom: 8, containLabel: true },
    legend: { textStyle: { color: colors.text }, type: 'scroll', top: 0 },
    tooltip: { ...tooltip(colors), trigger: 'axis', axisPointer: { type: 'shadow' } },
    xAxis: { type: 'value', ...valueAxis(colors) },
    yAxis: categoryAxis(
      rows.map(({ label }) => label),
      colors,
      width,
    ),
    series: parts.map((name, i) => ({
      type: 'bar' as const,
      name,
      stack: 'all',
      barMaxWidth: 16,
      data: rows.map(({ values }) => values[i] as number),
    })),
  };
}

function lineOption(chart: LineChart, colors: Theme, width: number): Echarts.EChartsOption {
  const { lines, xAxis, yAxis, x, y } = chart;
  const isNarrow = width < NARROW;
  const legend = {
    textStyle: { color: colors.text },
    top: 0,
    itemWidth: isNarrow ? 34 : LEGEND_SYMBOL - 16,
  };
  return {
    grid: {
      left: 24,
      right: 44,
      top: 40 + legendHeight(chart, width),
      bottom: 48,
      containLabel: true,
    },
    legend: { ...legend, type: isNarrow ? 'scroll' : 'plain' },
    tooltip: {
      ...tooltip(colors),
      formatter(params) {
        const { seriesName = '', value } = Array.isArray(params) ? (params[0] ?? {}) : params;
        const [at, amount] = value as [number, number];
        return `${seriesName}<br>${formatNumber(at, x)}: <b>${formatNumber(amount, y)}</b>`;
      },
    },
    xAxis: {
      type: 'log',
      ...valueAxis(colors),
      name: xAxis,
      nameLocation: 'middle' as const,
      nameGap: 30,
      nameTextStyle: { color: colors.faint },
      axisLabel: {
        color: colors.faint,
        hideOverlap: true,
        formatter: (value: number) => formatNumber(value, x),
      },
    },
    yAxis: {
      type: 'log',
      ...niceRange(lines.flatMap(({ points }) => points.map(([, amount]) => amount))),
      ...valueAxis(colors),
      name: yAxis,
      nameLocation: 'end' as const,
      nameGap: 12,
      nameTextStyle: { color: colors.faint, align: 'left' },
      axisLabel: {
        color: colors.faint,
        formatter: (value: number) => formatNumber(value, y),
      },
    },
    series: lines.map(({ label, family, style, points }) => {
      const { type, symbol } = STYLES[style % STYLES.length] as (typeof STYLES)[number];
      return {
        type: 'line' as const,
        name: label,
        data: withSymbols(points, symbol),
        symbol,
        symbolSize: 6,
        lineStyle: { type, width: family === 'fdselect' ? 2.5 : 1.5 },
        color: colorOf(family),
        emphasis: { focus: 'series' as const },
      };
    }),
  };
}

/** Curves of many points show their symbol at some of them. */
function withSymbols(points: LineChart['lines'][number]['points'], symbol: string) {
  const step = Math.ceil(points.length / SYMBOLS_PER_LINE);
  return points.map((value, i) => ({ value, symbol: i % step === 0 ? symbol : 'none' }));
}

/** From and to a power of ten, or twice or five times one: a logarithmic axis has no others. */
function niceRange(values: number[]): { min: number; max: number } {
  const steps = (value: number) =>
    [1, 2, 5, 10].map((n) => n * 10 ** Math.floor(Math.log10(value)));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return {
    min: steps(low).findLast((step) => step <= low) ?? low,
    max: steps(high).find((step) => step >= high) ?? high,
  };
}

/** About as high as the names in it make it: where there is no room for all it is one line. */
function legendHeight({ lines }: LineChart, width: number): number {
  if (width < NARROW) return LEGEND_LINE;
  const widths = lines.map(({ label }) => LEGEND_SYMBOL + LETTER * label.length);
  const total = widths.reduce((sum, one) => sum + one, 0);
  return LEGEND_LINE * Math.ceil((1.1 * total) / width);
}

function optionOf(chart: Chart, colors: Theme, width: number): Echarts.EChartsOption {
  const base = { animation: false, textStyle: { fontFamily: 'system-ui, sans-serif' } };
  if (chart.kind === 'bars') return { ...base, ...barOption(chart, colors, width) };
  if (chart.kind === 'stack') return { ...base, ...stackOption(chart, colors, width) };
  return { ...base, ...lineOption(chart, colors, width) };
}

function heightOf(chart: Chart, width: number): number {
  if (chart.kind === 'lines') return LINES_HEIGHT + legendHeight(chart, width);
  if (chart.kind === 'bars') return MARGIN + chart.bars.length * ROW_HEIGHT;
  return MARGIN + STACK_LEGEND + chart.rows.length * ROW_HEIGHT;
}

function itemsOf(chart: Chart): readonly { isMain: boolean }[] {
  if (chart.kind === 'lines') return chart.lines;
  return chart.kind === 'bars' ? chart.bars : chart.rows;
}

/** The chart without what is not main. */
function mainPart(chart: Chart): Chart {
  const only = <T extends { isMain: boolean }>(all: T[]) => all.filter(({ isMain }) => isMain);
  if (chart.kind === 'lines') return { ...chart, lines: only(chart.lines) };
  if (chart.kind === 'bars') return { ...chart, bars: only(chart.bars) };
  return { ...chart, rows: only(chart.rows) };
}

/** A box to tick, with what it is for. */
function checkbox(): { label: HTMLLabelElement; box: HTMLInputElement; text: Text } {
  const label = document.createElement('label');
  const box = document.createElement('input');
  box.type = 'checkbox';
  const text = document.createTextNode('');
  label.append(box, text);
  return { label, box, text };
}

/** One figure: what is chosen is drawn, anew whenever the width or the colors change. */
function show(element: HTMLElement, { choices }: Figure): void {
  const box = document.createElement('div');
  box.className = 'chart';
  const menu = document.createElement('select');
  menu.setAttribute('aria-label', 'what is shown');
  for (const { label } of choices) menu.append(new Option(label));
  const all = checkbox();
  const controls = document.createElement('p');
  controls.className = 'controls';
  if (choices.length > 1) controls.append(menu);
  controls.append(all.label);
  element.append(controls);
  // As text of the page, not of the chart, it is wrapped where there is little room.
  const caption = document.createElement('p');
  caption.className = 'axis';
  element.append(caption, box);
  const picture = echarts.init(box, null, { renderer: 'svg' });
  const draw = () => {
    const chart = choices[menu.selectedIndex < 0 ? 0 : menu.selectedIndex]?.chart;
    if (chart === undefined) return;
    const items = itemsOf(chart);
    all.label.hidden = items.every(({ isMain }) => isMain);
    all.text.data = ` all ${items.length}`;
    const shown = all.box.checked ? chart : mainPart(chart);
    caption.textContent = chart.kind === 'lines' ? '' : chart.axis;
    box.style.height = `${heightOf(shown, box.clientWidth)}px`;
    picture.resize();
    picture.setOption(optionOf(shown, theme(), box.clientWidth), { notMerge: true });
  };
  menu.addEventListener('change', draw);
  all.box.addEventListener('change', draw);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  let width = 0;
  new ResizeObserver(() => {
    if (box.clientWidth === width) return;
    width = box.clientWidth;
    draw();
  }).observe(box);
  draw();
}

const figures = JSON.parse(document.getElementById('figures')?.textContent ?? '[]') as Figure[];
for (const element of document.querySelectorAll<HTMLElement>('figure[data-figure]')) {
  const figure = figures[Number(element.dataset.figure)];
  if (figure !== undefined) show(element, figure);
}
