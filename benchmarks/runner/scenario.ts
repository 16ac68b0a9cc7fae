/** A scenario: a task for all contenders, in several sizes. */
import type { Contender } from './contender.js';
import type { Cpus } from './cpus.js';
import type { Cell, Metric, ScenarioResult } from './results.js';

/** How much is measured; a quick run has fewer and shorter rounds, and fewer cells. */
export interface Scale {
  rounds: number;
  isQuick: boolean;
}

/** The part of the run that scenarios use. */
export interface Context {
  scale: Scale;
  cpus: Cpus | null;
  /** All contenders of the run, also those that do not take part in this scenario. */
  contenders: readonly Contender[];
  /** Remarks on this run, for the reader of the results. */
  note(text: string): void;
}

/** A value for each metric, and perhaps a curve. */
export interface Measurement {
  values: Record<string, number>;
  curve?: [number, number][];
}

/** A contender, ready to be measured. */
export interface Entry<C extends Cell> {
  /** Called before the rounds of each cell. @throws Error if the contender gives a wrong answer */
  prepare?(cell: C): Promise<void>;
  /** @throws Error if it gives a wrong answer or none; then it is refused */
  measure(cell: C): Promise<Measurement>;
  close(): Promise<void>;
}

export interface Scenario<C extends Cell = Cell> {
  /** Its name for `--only`. */
  name: string;
  title: string;
  /** A paragraph: what is measured, and how. */
  text: string;
  metrics: Record<string, Metric>;
  cells(scale: Scale): C[];
  /** Whether a contender can and should be measured in a cell. */
  takesPart(contender: Contender, cell: C): boolean;
  /** The reason why it cannot be measured on this machine; null: it can. */
  obstacle?(scale: Scale): Promise<string | null>;
  /** Whether the load generator has to run at the same time as the contender; default: false. */
  needsTwoCpus?(cell: C): boolean;
  /** The name of the contender that one is compared with in the tables. */
  base(contender: Contender): string;
  /** How long one measurement takes, in milliseconds. */
  cost(cell: C, scale: Scale): number;
  /** Default: the number of the run. */
  rounds?(scale: Scale): number;
  /** No warm-up: every measurement is of a new process, or a count. */
  needsNoWarmUp?: boolean;
  /** Called once, before any contender is opened. @throws Error if it cannot be measured: it is refused then */
  begin?(context: Context): Promise<void>;
  /** @throws Error if it gives a wrong answer; then it is refused */
  open(contender: Contender, context: Context): Promise<Entry<C>>;
  /** Sentences about the results. */
  conclude?(result: ScenarioResult): string[];
}
