/** The common part of charts: axes, their numbers, and the tooltip. */
import type { Theme } from './theme.js';

/** 1,200,000 ns as 1.2 ms. */
export function formatNumber(value: number, unit: 'number' | 'nines' | 'ns' | '/s'): string {
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

export function valueAxis({ faint, line }: Theme) {
  return {
    axisLabel: { color: faint, hideOverlap: true },
    axisLine: { lineStyle: { color: line } },
    splitLine: { lineStyle: { color: line } },
  };
}

export function categoryAxis(labels: string[], { text, line }: Theme, width: number) {
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

export function tooltip({ text, back, line }: Theme) {
  return {
    backgroundColor: back,
    borderColor: line,
    textStyle: { color: text },
    confine: true,
  };
}
