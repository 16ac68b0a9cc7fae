/** The differences between two runs, as ratios: absolute values depend on the machine and the day. */
import { pairOf, type Results, type ScenarioResult } from '../runner/results.js';
import { areApart, type Estimate, ratio } from '../runner/statistics.js';
import { type Goal, judge } from './goal.js';

/** A value that both runs have measured. */
export interface Change {
  text: string;
  before: Estimate;
  after: Estimate;
  /** Whether the difference is larger than the noise. */
  isChange: boolean;
}

function change(text: string, before: Estimate, after: Estimate): Change {
  return { text, before, after, isChange: areApart(before, after) };
}

/** The goals, before and now. */
export function goalChanges(goals: readonly Goal[], before: Results, after: Results): Change[] {
  return goals.flatMap((goal) => {
    const [old, now] = [judge(goal, before).estimate, judge(goal, after).estimate];
    return old === null || now === null ? [] : [change(goal.text, old, now)];
  });
}

/** The ratios of fdselect to its base that have changed by more than the noise. */
export function cellChanges(before: Results, after: Results): Change[] {
  return after.scenarios.flatMap((scenario) => {
    const old = before.scenarios.find(({ name }) => name === scenario.name);
    return old === undefined ? [] : scenarioChanges(old, scenario);
  });
}

function scenarioChanges(before: ScenarioResult, after: ScenarioResult): Change[] {
  const metrics = Object.keys(after.metrics).filter((metric) => !after.metrics[metric]?.isAbsolute);
  return after.contenders
    .filter(({ name, base, family }) => family.startsWith('fdselect') && name !== base)
    .flatMap(({ name, base, label }) =>
      after.cells.flatMap((cell) =>
        metrics.flatMap((metric) => {
          const [old, now] = [before, after].map((one) =>
            pairOf(one, [name, base], cell.id, metric),
          );
          if (!old || !now) return [];
          const text = `${after.name}, ${cell.label}, ${label}: ${after.metrics[metric]?.label}`;
          return [change(text, ratio(old), ratio(now))].filter(({ isChange }) => isChange);
        }),
      ),
    );
}
