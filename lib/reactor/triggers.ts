/** Functions that run when a reactor starts and when it stops. */
import { KeyError, rangeError, typeError } from '../values/index.js';

const PHASES = ['before', 'during', 'after'] as const;
const EVENTS = ['startup', 'shutdown'] as const;

/** In which order. */
export type Phase = (typeof PHASES)[number];
export type SystemEvent = (typeof EVENTS)[number];

/** One call that is to come; what `addSystemEventTrigger` returns. */
export interface SystemEventTrigger {
  readonly phase: Phase;
  readonly event: SystemEvent;
  readonly callback: () => void;
}

/** Each is called once, and forgotten before. */
export class Triggers {
  readonly #triggers = new Set<SystemEventTrigger>();

  add(phase: Phase, event: SystemEvent, callback: () => void): SystemEventTrigger {
    if (!PHASES.includes(phase)) throw rangeError('phase', PHASES.join(', '), phase);
    if (!EVENTS.includes(event)) throw rangeError('event', EVENTS.join(', '), event);
    if (typeof callback !== 'function') throw typeError('callback', 'a function', callback);
    const trigger = { phase, event, callback };
    this.#triggers.add(trigger);
    return trigger;
  }

  /** @throws KeyError for one that was called or removed already */
  remove(trigger: SystemEventTrigger): void {
    if (!this.#triggers.delete(trigger)) throw new KeyError(trigger);
  }

  /** Takes those of a phase out, one after the other: each may add or remove others. */
  *take(phase: Phase, event: SystemEvent): Generator<() => void> {
    for (const trigger of this.#triggers) {
      if (trigger.phase !== phase || trigger.event !== event) continue;
      this.#triggers.delete(trigger);
      yield trigger.callback;
    }
  }
}
