/** A named channel: any component may publish to it, and any may subscribe to it. */
import { KeyError, typeError } from '../values/index.js';
import { Box } from './box.js';
import { Component, type Main } from './component.js';
import { NoSpaceInBox } from './errors.js';
import { type ProducerFinished, ShutdownMicroprocess } from './messages.js';
import type { Scheduler } from './scheduler.js';

/** The backplanes that are active, by their names. */
const backplanes = new WeakMap<Scheduler, Map<string, Backplane>>();

function backplanesOf(scheduler: Scheduler): Map<string, Backplane> {
  const map = backplanes.get(scheduler) ?? new Map<string, Backplane>();
  backplanes.set(scheduler, map);
  return map;
}

/** @throws TypeError for a value that is not a name */
function checkName(name: unknown): asserts name is string {
  if (typeof name !== 'string') throw typeError('name', 'a string', name);
}

/**
 * Passes the messages of every `PublishTo(name)` of the same scheduler on to every
 * `SubscribeTo(name)` that exists at that moment, in the same order to all.
 *
 * A subscriber with no room for a message, because its messages are not taken, is dropped: it ends,
 * and `onError` gets the error. The others are not affected. When the backplane ends, so do its
 * subscribers. `activate` throws a KeyError `ERR_ALREADY_REGISTERED` if the scheduler has another
 * backplane of that name.
 *
 * Mirrors Kamaelia's `Backplane`.
 * @platform POSIX
 */
export class Backplane extends Component {
  readonly #name: string;
  readonly #subscribers = new Map<Component, Box>();
  /** Published messages arrive here; for {@link PublishTo} only. */
  readonly hub: Box = new Hub(this.#subscribers, (subscriber, error) => {
    this.#drop(subscriber, error);
  });
  /** The subscribers get this on `control` at the end. */
  #end: ProducerFinished | ShutdownMicroprocess = new ShutdownMicroprocess(this);

  /**
   * @param name - by which components find it; unique in its scheduler
   * @throws TypeError for a name that is not a string
   */
  constructor(name: string) {
    super();
    checkName(name);
    this.#name = name;
    this.boxOf([this, 'inbox'], 'inbox').linkTo(this.hub);
  }

  /** The number of subscribers. */
  get subscribers(): number {
    return this.#subscribers.size;
  }

  /** From now on every message goes to `box`, until `subscriber` ends; for {@link SubscribeTo} only. */
  subscribe(subscriber: Component, box: Box): void {
    this.#subscribers.set(subscriber, box);
  }

  /** Undoes {@link subscribe} of `subscriber`. */
  unsubscribe(subscriber: Component): void {
    this.#subscribers.delete(subscriber);
  }

  override *main(): Main {
    this.#end = yield* this.untilShutdown();
    this.send(this.#end, 'signal');
  }

  /** @throws KeyError `ERR_ALREADY_REGISTERED` for a name that is taken */
  protected override activated(): void {
    const names = backplanesOf(this.scheduler);
    if (names.has(this.#name)) throw new KeyError(this.#name, 'ERR_ALREADY_REGISTERED');
    names.set(this.#name, this);
  }

  protected override ended(): void {
    backplanesOf(this.scheduler).delete(this.#name);
    for (const subscriber of this.#subscribers.keys()) subscriber.deliver(this.#end, 'control');
    this.#subscribers.clear();
  }

  #drop(subscriber: Component, error: NoSpaceInBox): void {
    this.unsubscribe(subscriber);
    this.scheduler.report(error, subscriber);
    subscriber.deliver(new ShutdownMicroprocess(this, error), 'control');
  }
}

/** Passes each message to all subscribers at once; a later subscriber gets only later messages. */
class Hub extends Box {
  readonly #subscribers: ReadonlyMap<Component, Box>;
  readonly #drop: (subscriber: Component, error: NoSpaceInBox) => void;

  constructor(
    subscribers: ReadonlyMap<Component, Box>,
    drop: (subscriber: Component, error: NoSpaceInBox) => void,
  ) {
    super('the backplane');
    this.#subscribers = subscribers;
    this.#drop = drop;
  }

  override receive(message: unknown): void {
    for (const [subscriber, box] of this.#subscribers) {
      try {
        box.put(message);
      } catch (error) {
        if (!(error instanceof NoSpaceInBox)) throw error;
        this.#drop(subscriber, error);
      }
    }
  }
}

/** A component that joins a backplane. */
abstract class AtBackplane extends Component {
  readonly #name: string;
  #backplane: Backplane | null = null;

  /**
   * @param name - that of the backplane
   * @throws TypeError for a name that is not a string
   */
  constructor(name: string) {
    super();
    checkName(name);
    this.#name = name;
  }

  /** Called once, when the `backplane` is found. */
  protected abstract join(backplane: Backplane): void;
  /** Undoes {@link join}, at the end. */
  protected abstract leave(backplane: Backplane): void;

  protected override activated(): void {
    this.#join(); // at once, to get all messages from now on
  }

  override *main(): Main {
    if (this.#backplane === null) this.#join();
    if (this.#backplane === null) throw new KeyError(this.#name);
    this.send(yield* this.untilShutdown(), 'signal');
  }

  protected override ended(): void {
    if (this.#backplane !== null) this.leave(this.#backplane);
  }

  #join(): void {
    this.#backplane = backplanesOf(this.scheduler).get(this.#name) ?? null;
    if (this.#backplane !== null) this.join(this.#backplane);
  }
}

/**
 * Publishes the messages of its inbox at the backplane of that name, which must be active when this
 * component begins; otherwise it ends with a KeyError. Its end does not end the backplane.
 *
 * Mirrors Kamaelia's `PublishTo`.
 * @platform POSIX
 */
export class PublishTo extends AtBackplane {
  protected override join(backplane: Backplane): void {
    this.boxOf([this, 'inbox'], 'inbox').linkTo(backplane.hub);
  }

  protected override leave(backplane: Backplane): void {
    this.boxOf([this, 'inbox'], 'inbox').unlinkFrom(backplane.hub);
  }
}

/**
 * Sends the messages that are published at the backplane of that name from now on. The backplane
 * must be active when this component begins; otherwise it ends with a KeyError. Messages in its own
 * inbox are discarded.
 *
 * Mirrors Kamaelia's `SubscribeTo`.
 * @platform POSIX
 */
export class SubscribeTo extends AtBackplane {
  protected override join(backplane: Backplane): void {
    backplane.subscribe(this, this.boxOf([this, 'outbox'], 'outbox'));
  }

  protected override leave(backplane: Backplane): void {
    backplane.unsubscribe(this);
  }
}
