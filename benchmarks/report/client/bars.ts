/** A chart of bars, each with its interval and its value. */
import type * as Echarts from 'echarts';
import type { BarChart } from '../chart.js';
import { categoryAxis, tooltip, valueAxis } from './axes.js';
import { colorOf, type Theme } from './theme.js';

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

export function barOption(chart: BarChart, colors: Theme, width: number): Echarts.EChartsOption {
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
