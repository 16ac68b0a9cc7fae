/** The results of a run, in the form of the JSON file. */
import { readFileSync } from 'node:fs';
import type { Mechanism } from './contender.js';
import { flawOf } from './flaw.js';
import type { Header } from './header.js';
import { hasRatios, type Pair } from './statistics.js';

/** Incremented when older files can no longer be read. */
const FORMAT = 1;

export interface Metric {
  label: string;
  unit: 'ns' | 'bytes' | '/s' | '%' | 'calls';
  better: 'lower' | 'higher';
  /** Shown as an absolute value; others are shown as ratios. */
  isAbsolute?: boolean;
  /** Not shown in the terminal. */
  isDetail?: boolean;
}

export interface Cell {
  /** Without spaces, such as `100x64`. */
  id: string;
  label: string;
}

/** A contender's values in one cell. */
export interface Row {
  cell: string;
  contender: string;
  /** One value per round for each metric. */
  values: Record<string, number[]>;
  /** Pairs of a delay in nanoseconds and the share of delays up to it; the medians of all rounds. */
  curve?: [number, number][];
}

export interface ContenderInfo {
  name: string;
  label: string;
  family: string;
  /** The call that it waits with, where that is one of fdselect's. */
  mechanism?: Mechanism;
  isOnNode26?: boolean;
  /** The contender that it is compared with in the tables. */
  base: string;
}

export interface ScenarioResult {
  name: string;
  title: string;
  text: string;
  metrics: Record<string, Metric>;
  cells: Cell[];
  contenders: ContenderInfo[];
  rows: Row[];
  /** Remarks on this run, for the reader. */
  notes: string[];
}

export interface Unavailable {
  label: string;
  /** How to get it. */
  how: string;
}

export interface Refusal {
  scenario: string;
  contender: string;
  reason: string;
}

export interface Results {
  format: typeof FORMAT;
  header: Header;
  scenarios: ScenarioResult[];
  unavailable: Unavailable[];
  /** Contenders that were not measured because they gave wrong answers or none. */
  refused: Refusal[];
}

export function newResults(header: Header): Results {
  return { format: FORMAT, header, scenarios: [], unavailable: [], refused: [] };
}

/** @throws Error that names the file if it holds no results of this format */
export function readResults(file: string): Results {
  let results: unknown;
  try {
    results = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
  const flaw = flawOf(results, FORMAT);
  if (flaw === null) return results as Results;
  throw new Error(`${file} does not hold results of this version of the benchmarks: ${flaw}`);
}

export function findScenario(results: Results, name: string): ScenarioResult | undefined {
  return results.scenarios.find((scenario) => scenario.name === name);
}

/** A contender's values of a metric in a cell; undefined where it did not take part. */
export function valuesOf(
  scenario: ScenarioResult,
  contender: string,
  cell: string,
  metric: string,
): number[] | undefined {
  return scenario.rows.find((row) => row.contender === contender && row.cell === cell)?.values[
    metric
  ];
}

/** Two contenders' values in a cell; null if one of them did not take part. */
export function valuesOfBoth(
  scenario: ScenarioResult,
  [of, to]: [string, string],
  cell: string,
  metric: string,
): Pair | null {
  const [mine, theirs] = [of, to].map((name) => valuesOf(scenario, name, cell, metric));
  return mine === undefined || theirs === undefined ? null : { of: mine, to: theirs };
}

/**
 * Two contenders' values in a cell, as far as they have ratios.
 * @returns null if one of them did not take part or is not above the noise
 */
export function pairOf(
  scenario: ScenarioResult,
  names: [string, string],
  cell: string,
  metric: string,
): Pair | null {
  const pair = valuesOfBoth(scenario, names, cell, metric);
  return pair !== null && hasRatios(pair) ? pair : null;
}
