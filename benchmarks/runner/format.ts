/** Formats numbers for readers. */
import { median } from 'simple-statistics';
import type { Metric } from './results.js';
import type { Estimate } from './statistics.js';

const STEPS: Record<Metric['unit'], [limit: number, divisor: number, suffix: string][]> = {
  ns: [
    [1e3, 1, 'ns'],
    [1e6, 1e3, 'µs'],
    [1e9, 1e6, 'ms'],
    [Infinity, 1e9, 's'],
  ],
  bytes: [
    [1024, 1, 'B'],
    [1024 ** 2, 1024, 'KiB'],
    [Infinity, 1024 ** 2, 'MiB'],
  ],
  '/s': [
    [1e3, 1, '/s'],
    [1e6, 1e3, 'k/s'],
    [Infinity, 1e6, 'M/s'],
  ],
  '%': [[Infinity, 1, '%']],
  calls: [[Infinity, 1, '']],
};

/** Three significant digits. */
function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return value.toFixed(2);
}

/** A value with its unit, such as `1.23 µs`. */
export function formatValue(value: number, unit: Metric['unit']): string {
  const steps = STEPS[unit];
  const [, divisor, suffix] =
    steps.find(([limit]) => Math.abs(value) < limit) ?? (steps.at(-1) as [number, number, string]);
  return `${digits(value / divisor)} ${suffix}`.trim();
}

/** The text instead of a value that is zero or less in some round. */
export const NOISE = 'not above the noise';

/** The median of a metric's values; a text if they are not above the noise. */
export function formatMedian(values: readonly number[], { unit, isAbsolute }: Metric): string {
  const isNoise = isAbsolute !== true && values.some((value) => value <= 0);
  return isNoise ? NOISE : formatValue(median([...values]), unit);
}

/** A ratio, such as `1.23x`. */
export function formatRatio(value: number): string {
  return `${digits(value)}x`;
}

/** A ratio with its interval, such as `1.23x (1.20-1.25)`. */
export function formatEstimate({ value, low, high, isSure }: Estimate): string {
  const doubt = isSure ? '' : ', unsure';
  return `${formatRatio(value)} (${digits(low)}-${digits(high)}${doubt})`;
}
