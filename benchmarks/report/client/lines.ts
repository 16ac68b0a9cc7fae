/** A chart of curves on logarithmic axes. */
import type * as Echarts from 'echarts';
import type { LineChart } from '../chart.js';
import { formatNumber, tooltip, valueAxis } from './axes.js';
import { colorOf, STYLES, type Theme } from './theme.js';

/** Below this, in pixels, it is a phone. */
const NARROW = 600;
const LEGEND_LINE = 24;
const LEGEND_SYMBOL = 66;
const LETTER = 7;
const SYMBOLS_PER_LINE = 12;

export function lineOption(chart: LineChart, colors: Theme, width: number): Echarts.EChartsOption {
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

/** The height of the legend; one line if there is no room for all names. */
export function legendHeight({ lines }: LineChart, width: number): number {
  if (width < NARROW) return LEGEND_LINE;
  const widths = lines.map(({ label }) => LEGEND_SYMBOL + LETTER * label.length);
  const total = widths.reduce((sum, one) => sum + one, 0);
  return LEGEND_LINE * Math.ceil((1.1 * total) / width);
}
