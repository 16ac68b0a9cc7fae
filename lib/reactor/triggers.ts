/** The functions that run when a reactor starts and stops. */
import { KeyError, rangeError, typeError } from '../values/index.js';

const PHASES = ['before', 'during', 'after'] as const;
const EVENTS = ['startup', 'shutdown'] as const;

/** The order of triggers of one event. */
export type Phase = (typeof PHASES)[number];
/** The start or the stop of a reactor. */
export type SystemEvent = (typeof EVENTS)[number];

/** A pending call; the result of `addSystemEventTrigger`. */
export interface SystemEventTrigger {
  /** Whether it runs before, during or after the event. */
  readonly phase: Phase;
  /** 'startup' or 'shutdown'. */
  readonly event: SystemEvent;
  /** Runs once. */
  readonly callback: () => void;
}

/** The pending triggers; each is called once. */
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

  /** @throws KeyError if it was already called or removed */
  remove(trigger: SystemEventTrigger): void {
    if (!this.#triggers.delete(trigger)) throw new KeyError(trigger);
  }

  /** Removes the triggers of a phase and yields them one by one: each may add or remove others. */
  *take(phase: Phase, event: SystemEvent): Generator<() => void> {
    for (const trigger of this.#triggers) {
      if (trigger.phase !== phase || trigger.event !== event) continue;
      this.#triggers.delete(trigger);
      yield trigger.callback;
    }
  }
}
