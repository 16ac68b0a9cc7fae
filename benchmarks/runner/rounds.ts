/** Measures a scenario: contenders in turns (A B C A B C), so that what disturbs one disturbs all. */
import type { Contender } from './contender.js';
import type { Progress } from './progress.js';
import type { Cell, Refusal, Row, ScenarioResult } from './results.js';
import type { Context, Entry, Measurement, Scale, Scenario } from './scenario.js';
import { medianCurve } from './statistics.js';

export interface Outcome {
  /** null: it could not start. */
  result: ScenarioResult | null;
  refused: Refusal[];
}

/** How many measurements of each contender and cell come before those that count. */
function warmUpsOf({ needsNoWarmUp }: Scenario): number {
  return needsNoWarmUp === true ? 0 : 1;
}

/** How long a scenario takes, in milliseconds. */
export function estimate(
  scenario: Scenario,
  contenders: readonly Contender[],
  scale: Scale,
): number {
  return scenario
    .cells(scale)
    .map((cell) => {
      const count = contenders.filter((contender) => scenario.takesPart(contender, cell)).length;
      return count * scenario.cost(cell, scale) * (roundsOf(scenario, scale) + warmUpsOf(scenario));
    })
    .reduce((sum, cost) => sum + cost, 0);
}

function roundsOf(scenario: Scenario, scale: Scale): number {
  return scenario.rounds?.(scale) ?? scale.rounds;
}

/** The contenders that take part in at least one cell. */
function participants(
  scenario: Scenario,
  contenders: readonly Contender[],
  cells: readonly Cell[],
): Contender[] {
  return contenders.filter((contender) =>
    cells.some((cell) => scenario.takesPart(contender, cell)),
  );
}

class Run {
  readonly #scenario: Scenario;
  readonly #context: Context;
  readonly #progress: Progress;
  readonly #entries = new Map<Contender, Entry<Cell>>();
  readonly refused: Refusal[] = [];

  constructor(scenario: Scenario, context: Context, progress: Progress) {
    this.#scenario = scenario;
    this.#context = context;
    this.#progress = progress;
  }

  async open(contender: Contender): Promise<void> {
    this.#progress.show(`${this.#scenario.name}: ${contender.label}`);
    try {
      this.#entries.set(contender, await this.#scenario.open(contender, this.#context));
    } catch (error) {
      this.#refuse(contender, error);
    }
  }

  /** All rounds of one cell. */
  async measure(cell: Cell): Promise<Row[]> {
    const scale = this.#context.scale;
    const cost = this.#scenario.cost(cell, scale);
    const measured = new Map<Contender, Measurement[]>();
    const all = [...this.#entries.keys()].filter((c) => this.#scenario.takesPart(c, cell));
    for (const contender of all) {
      measured.set(contender, []);
      await this.#guarded(contender, (entry) => entry.prepare?.(cell));
    }
    const rounds = roundsOf(this.#scenario, scale);
    for (let round = -warmUpsOf(this.#scenario); round < rounds; round++) {
      for (const contender of all) {
        this.#progress.show(`${this.#scenario.name} ${cell.id}: ${contender.label}`);
        const one = await this.#guarded(contender, async (entry) => {
          const measurement = await entry.measure(cell);
          checkFinite(measurement);
          return measurement;
        });
        this.#progress.add(cost);
        if (one !== undefined && round >= 0) measured.get(contender)?.push(one);
      }
    }
    // The values of a contender that was refused during the scenario are dropped.
    return [...measured]
      .filter(([contender]) => this.#entries.has(contender))
      .map(([contender, rounds]) => rowOf(cell.id, contender.name, rounds));
  }

  async close(): Promise<void> {
    for (const entry of this.#entries.values()) await entry.close();
  }

  async #guarded<T>(
    contender: Contender,
    use: (entry: Entry<Cell>) => Promise<T> | undefined,
  ): Promise<T | undefined> {
    const entry = this.#entries.get(contender);
    if (entry === undefined) return undefined;
    try {
      return await use(entry);
    } catch (error) {
      this.#entries.delete(contender);
      this.#refuse(contender, error);
      await entry.close();
      return undefined;
    }
  }

  #refuse({ name }: Contender, error: unknown): void {
    this.refused.push({ scenario: this.#scenario.name, contender: name, reason: reasonOf(error) });
  }
}

/**
 * JSON has no NaN or Infinity: such results could not be read again.
 * @throws Error if a value is not a finite number
 */
function checkFinite({ values }: Measurement): void {
  const wrong = Object.entries(values).find(([, value]) => !Number.isFinite(value));
  if (wrong !== undefined) throw new Error(`${wrong[0]} is ${wrong[1]}`);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function rowOf(cell: string, contender: string, rounds: readonly Measurement[]): Row {
  const names = Object.keys(rounds[0]?.values ?? {});
  const values = names.map((name) => [name, rounds.map((round) => round.values[name] as number)]);
  const curves = rounds.flatMap(({ curve }) => (curve === undefined ? [] : [curve]));
  const row: Row = { cell, contender, values: Object.fromEntries(values) };
  if (curves.length > 0) row.curve = medianCurve(curves);
  return row;
}

/** Measures all cells of a scenario. A contender that answers wrongly is refused, with the reason. */
export async function measure(
  scenario: Scenario,
  context: Omit<Context, 'note'>,
  progress: Progress,
): Promise<Outcome> {
  const notes: string[] = [];
  const cells = scenario.cells(context.scale);
  const contenders = participants(scenario, context.contenders, cells);
  const run = new Run(scenario, { ...context, note: (text) => notes.push(text) }, progress);
  const rows: Row[] = [];
  try {
    await scenario.begin?.({ ...context, note: (text) => notes.push(text) });
  } catch (error) {
    const refusal = { scenario: scenario.name, contender: 'all', reason: reasonOf(error) };
    return { result: null, refused: [refusal] };
  }
  try {
    for (const contender of contenders) await run.open(contender);
    for (const cell of cells) rows.push(...(await run.measure(cell)));
  } finally {
    await run.close();
  }
  const { name, title, text, metrics } = scenario;
  const measured = new Set(rows.map(({ contender }) => contender));
  const result: ScenarioResult = {
    ...{ name, title, text, metrics, rows, notes },
    cells: cells.map(({ id, label }) => ({ id, label })),
    contenders: contenders
      .filter((contender) => measured.has(contender.name))
      .map((contender) => ({
        name: contender.name,
        label: contender.label,
        family: contender.family,
        ...(contender.mechanism !== undefined && { mechanism: contender.mechanism }),
        ...(contender.isOnNode26 === true && { isOnNode26: true }),
        base: scenario.base(contender),
      })),
  };
  notes.push(...(scenario.conclude?.(result) ?? []));
  return { result, refused: run.refused };
}
