/** A chart of bars that are made of parts. */
import type * as Echarts from 'echarts';
import type { StackChart } from '../chart.js';
import { categoryAxis, tooltip, valueAxis } from './axes.js';
import { STACK_COLORS, type Theme } from './theme.js';

export function stackOption(
  chart: StackChart,
  colors: Theme,
  width: number,
): Echarts.EChartsOption {
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
