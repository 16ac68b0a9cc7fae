/** The process in which the claims of one lesson are proved: `prove-child.js FOLDER ID...`. */
import { whySkipped } from './claim.js';
import { claimsOf } from './lesson.js';
import type { Outcome } from './prove.js';

const [folder = '', ...ids] = process.argv.slice(2);
const claims = new Map((await claimsOf({ folder })).map((claim) => [claim.id, claim]));

for (const id of ids) {
  const claim = claims.get(id);
  if (claim === undefined) throw new Error(`${folder} has no claim ${id}`);
  const why = whySkipped(claim);
  if (why !== null) {
    tell({ id, result: 'skipped', why });
    continue;
  }
  try {
    await claim.prove();
    tell({ id, result: 'held' });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    tell({ id, result: 'false', why: reason.trim().replace(/\s+/g, ' ') });
  }
}
process.disconnect?.();

function tell(outcome: Outcome): void {
  process.send?.(outcome);
}
