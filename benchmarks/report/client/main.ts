/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * The script of the page: draws its figures, in its colors, as wide as the window allows.
 * The page has it as one script; the chart library comes before it.
 */
import type * as Echarts from 'echarts';
import type { Chart, Figure } from '../chart.js';
import { barOption } from './bars.js';
import { legendHeight, lineOption } from './lines.js';
import { stackOption } from './stack.js';
import { type Theme, theme } from './theme.js';

declare const echarts: typeof Echarts;

const ROW_HEIGHT = 26;
const LINES_HEIGHT = 420;
const MARGIN = 50;
const STACK_LEGEND = 32;

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

/** A check box with its label. */
function checkbox(): { label: HTMLLabelElement; box: HTMLInputElement; text: Text } {
  const label = document.createElement('label');
  const box = document.createElement('input');
  box.type = 'checkbox';
  const text = document.createTextNode('');
  label.append(box, text);
  return { label, box, text };
}

/** One figure: draws the chosen chart, and draws it again when the width or the colors change. */
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
