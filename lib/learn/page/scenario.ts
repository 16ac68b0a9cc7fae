/** A single recording, as a scenario of the replay page. */
import type { PageScenario } from './data.js';

/** @param name - such as the name of its file */
export function pageScenarioOf(name: string, text: string): PageScenario {
  const columns = [{ name: 'recording', text }];
  return { name, title: name, predictions: [], whatIfs: [{ name: '', title: name, columns }] };
}
