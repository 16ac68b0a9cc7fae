/** A component: it gets messages in its inboxes, and sends messages out of its outboxes. */

import { checkSeconds } from '../loop/internal.js';
import { integer, rangeError, typeError } from '../values/index.js';
import { type Box, Inbox, Outbox } from './box.js';
import { isShutdown, type ProducerFinished, type ShutdownMicroprocess } from './messages.js';
import type { Microprocess } from './microprocess.js';
import { defaultScheduler, Scheduler } from './scheduler.js';

/** The names of boxes, and what they are for. */
export type BoxNames = Readonly<Record<string, string>>;

/**
 * The result of `main`. Yielded values are ignored, except for `yield* sleep(…)`. The last two kinds
 * need `runAsync`.
 */
export type Main =
  | Generator<unknown, unknown, undefined>
  | AsyncGenerator<unknown, unknown, undefined>
  | Promise<unknown>;

/** One end of a link: a component and the name of one of its boxes. */
export type BoxAddress = readonly [component: Component, box: string];

/**
 * The kind of a link. 0: from an outbox to an inbox. 1: from an inbox to the inbox of a component
 * inside. 2: from the outbox of a component inside to an outbox.
 */
export type Passthrough = 0 | 1 | 2;

/** A link of two boxes. Made by `Component.link`, undone by `Component.unlink`. */
export interface Linkage {
  /** Where the messages come from. */
  readonly source: BoxAddress;
  /** Where they go. */
  readonly sink: BoxAddress;
}

interface LinkedBoxes extends Linkage {
  readonly from: Box;
  readonly to: Box;
}

let count = 0;

/**
 * The base of all components. `main` is its program: a generator, which lets the other components
 * run at each `yield`. With `runAsync` it may be an async generator or an async function.
 *
 * A box whose messages are not taken does not grow without limit: if it is full, `send` throws.
 *
 * Mirrors Axon's `component`: https://www.kamaelia.org/Docs/Axon/Axon.html
 *
 * @platform POSIX
 * @example
 * class Shout extends Component {
 *   *main() {
 *     for (;;) {
 *       while (this.dataReady()) this.send(String(this.recv()).toUpperCase());
 *       this.pause();
 *       yield;
 *     }
 *   }
 * }
 */
export abstract class Component {
  /**
   * The inboxes of this class. A class with other inboxes overrides this and names these two as
   * well.
   */
  static readonly Inboxes: BoxNames = {
    inbox: 'messages to process',
    control: 'requests to end: ProducerFinished, ShutdownMicroprocess',
  };
  /**
   * The outboxes of this class. A class with other outboxes overrides this and names these two as
   * well.
   */
  static readonly Outboxes: BoxNames = {
    outbox: 'results',
    signal: 'its end: ProducerFinished, ShutdownMicroprocess',
  };

  /** Class and number, such as `Pipeline_3`. */
  readonly name: string = `${this.constructor.name}_${++count}`;
  readonly #inboxes = new Map<string, Inbox>();
  readonly #outboxes = new Map<string, Outbox>();
  readonly #linkages = new Set<LinkedBoxes>();
  readonly #children = new Set<Component>();
  #parent: Component | null = null;
  #scheduler: Scheduler | null = null;
  #process: Microprocess | null = null;

  constructor() {
    const { Inboxes, Outboxes } = new.target;
    for (const name of Object.keys(Inboxes)) this.addInbox(name);
    for (const name of Object.keys(Outboxes)) this.addOutbox(name);
  }

  /**
   * Its program, from the beginning to the end. Called once, in the scheduler's next round. An error that
   * it throws ends the component, and is passed to `onError` of the scheduler.
   * @returns a generator; with `runAsync` also an async generator or a promise
   */
  abstract main(): Main;

  // Boxes

  /**
   * Sends a message out of an outbox, at once. Without a link it is discarded.
   * @param message - any value; not copied
   * @param outbox - its name; default: 'outbox'
   * @throws NoSpaceInBox if the inbox at the other end is full; RangeError for an unknown outbox
   */
  send(message: unknown, outbox = 'outbox'): void {
    this.#outbox(outbox).put(message);
  }

  /**
   * Takes the first message out of an inbox.
   * @param inbox - its name; default: 'inbox'
   * @returns the message
   * @throws Error `ERR_BOX_EMPTY` if there is none, so ask {@link dataReady} first; RangeError
   *   for an unknown inbox
   */
  recv(inbox = 'inbox'): unknown {
    return this.#inbox(inbox).take();
  }

  /**
   * @param inbox - its name; default: 'inbox'
   * @returns whether there is a message in the inbox
   * @throws RangeError for an unknown inbox
   */
  dataReady(inbox = 'inbox'): boolean {
    return this.#inbox(inbox).size > 0;
  }

  /** @returns whether there is a message in any inbox */
  anyReady(): boolean {
    return [...this.#inboxes.values()].some((inbox) => inbox.size > 0);
  }

  /**
   * Whether the inbox at the other end wants more: it has fewer than 1000 messages and 64 KiB. If it
   * does not, `pause` lasts until one was taken.
   * @param outbox - its name; default: 'outbox'
   * @returns true also without a link
   * @throws RangeError for an unknown outbox
   */
  hasRoom(outbox = 'outbox'): boolean {
    return !this.#outbox(outbox).sink.isHigh;
  }

  /**
   * @param outbox - its name; default: 'outbox'
   * @returns whether it leads to an inbox
   * @throws RangeError for an unknown outbox
   */
  isLinked(outbox = 'outbox'): boolean {
    return !(this.#outbox(outbox).sink instanceof Outbox);
  }

  /**
   * Puts a message into an inbox without a link, for code that is not a component.
   * @param message - any value; not copied
   * @param inbox - its name; default: 'inbox'
   * @throws NoSpaceInBox if it is full; RangeError for an unknown inbox
   */
  deliver(message: unknown, inbox = 'inbox'): void {
    this.#inbox(inbox).put(message);
  }

  /**
   * Sets how many messages an inbox takes. With 1 MiB of buffers and strings it is full in any case.
   * @param inbox - its name
   * @param size - how many messages; 65536 before this is called
   * @throws RangeError, TypeError for an unknown inbox, and for a size that is not an integer >= 1
   */
  setInboxSize(inbox: string, size: number): void {
    this.#inbox(inbox).maxMessages = integer('size', size, 1, Number.MAX_SAFE_INTEGER);
  }

  /**
   * Adds an inbox to those of the class.
   * @param name - an inbox of the same name is replaced
   */
  protected addInbox(name: string): void {
    const inbox = new Inbox(`inbox '${name}' of ${this.name}`, () => this.wake());
    this.#inboxes.set(name, inbox);
  }

  /**
   * Adds an outbox to those of the class.
   * @param name - an outbox of the same name is replaced
   */
  protected addOutbox(name: string): void {
    const outbox = new Outbox(`outbox '${name}' of ${this.name}`, () => this.wake());
    this.#outboxes.set(name, outbox);
  }

  /** @returns whether there is an inbox of that `name` */
  hasInbox(name: string): boolean {
    return this.#inboxes.has(name);
  }

  /** @returns whether there is an outbox of that `name` */
  hasOutbox(name: string): boolean {
    return this.#outboxes.has(name);
  }

  /**
   * While an inbox has 1000 messages or 64 KiB, the components that feed it are not continued,
   * unless they have a message on `control`. For chains that end at something slow; in a circle it
   * could stop all of them.
   * @param component - the component with the inbox
   * @param inbox - its name; default: 'inbox'
   * @throws RangeError for an unknown inbox
   */
  protected holdBackFeedersOf(component: Component, inbox = 'inbox'): void {
    component.#inbox(inbox).holdsBack = true;
  }

  /**
   * The box of a component by its name; for the library's own components.
   * @param kind - which of its boxes the name is looked up in
   * @throws TypeError for a value that is not a component; RangeError for an unknown box
   */
  protected boxOf([component, name]: BoxAddress, kind: 'inbox' | 'outbox'): Box {
    checkComponent('component', component);
    return kind === 'inbox' ? component.#inbox(name) : component.#outbox(name);
  }

  // Links

  /**
   * Links two boxes: from now on messages for `source` go to `sink`, at once and through any number
   * of boxes; so do those that already wait there. Any number of boxes may lead to one. The end of this
   * component undoes the link.
   *
   * @param source - the component and its box
   * @param sink - the component and its box
   * @param passthrough - 0, the default: outbox to inbox; 1: inbox to inbox of a component inside;
   *   2: outbox of a component inside to outbox
   * @returns the link, for {@link unlink}
   * @throws BoxAlreadyLinkedToDestination if `source` is linked; RangeError for a circle; RangeError,
   *   TypeError for a value that is not a box
   */
  link(source: BoxAddress, sink: BoxAddress, passthrough: Passthrough = 0): Linkage {
    integer('passthrough', passthrough, 0, 2);
    const from = this.boxOf(source, passthrough === 1 ? 'inbox' : 'outbox');
    const to = this.boxOf(sink, passthrough === 2 ? 'outbox' : 'inbox');
    from.linkTo(to);
    const linkage = { source, sink, from, to };
    this.#linkages.add(linkage);
    return linkage;
  }

  /**
   * Undoes links that this component has made.
   * @param what - a link, or a component: then all that lead from or to it
   */
  unlink(what: Linkage | Component): void {
    for (const linkage of this.#linkages) {
      const { source, sink, from, to } = linkage;
      if (linkage !== what && source[0] !== what && sink[0] !== what) continue;
      from.unlinkFrom(to);
      this.#linkages.delete(linkage);
    }
  }

  // Children

  /**
   * Makes components the children of this one: it is woken when one of them ends, and `stop` stops
   * them as well. It does not activate them.
   * @param children - one that has ended is ignored
   * @throws TypeError for a value that is not a component
   */
  addChildren(...children: Component[]): void {
    for (const child of children) {
      checkComponent('child', child);
      if (child.hasEnded) continue;
      child.#parent = this;
      this.#children.add(child);
    }
  }

  /** Undoes {@link addChildren} for `child`; does nothing if it is not a child. */
  removeChild(child: Component): void {
    if (this.#children.delete(child)) child.#parent = null;
  }

  /** The children that have not ended. */
  get childComponents(): Component[] {
    return [...this.#children];
  }

  /** @returns whether all children have ended */
  childrenDone(): boolean {
    return this.#children.size === 0;
  }

  // Life

  /**
   * Gives the component to a scheduler, which calls `main` when it runs. Does nothing if the
   * scheduler has it already.
   *
   * @param scheduler - default: {@link defaultScheduler}
   * @returns the component
   * @throws Error `ERR_ALREADY_ACTIVE` if it belongs or belonged to another scheduler; and any error
   *   that keeps a component from beginning, such as an OSError for a port in use
   */
  activate(scheduler: Scheduler = defaultScheduler()): this {
    if (!(scheduler instanceof Scheduler)) throw typeError('scheduler', 'a Scheduler', scheduler);
    if (this.#process !== null) {
      if (this.#scheduler === scheduler && !this.hasEnded) return this;
      const error = new Error(`${this.name} is or was active`);
      throw Object.assign(error, { code: 'ERR_ALREADY_ACTIVE' });
    }
    this.#scheduler = scheduler;
    try {
      this.activated();
    } catch (error) {
      for (const child of this.childComponents) child.stop();
      this.#scheduler = null;
      throw error;
    }
    this.#process = scheduler.admit({
      component: this,
      main: () => this.main(),
      isHeldBack: () => this.#isHeldBack,
      ended: () => this.#end(),
    });
    this.#process.wake();
    return this;
  }

  /**
   * Activates the component and runs the scheduler; see `Scheduler.run`. Blocks the thread.
   * @param scheduler - default: its own, or {@link defaultScheduler} if it is not active
   * @throws as {@link activate}, and Error `ERR_LOOP_RUNNING` if the scheduler runs
   */
  run(scheduler: Scheduler = this.#scheduler ?? defaultScheduler()): void {
    this.activate(scheduler);
    scheduler.run();
  }

  /**
   * Activates the component and runs the scheduler; see `Scheduler.runAsync`.
   * @param scheduler - default: its own, or {@link defaultScheduler} if it is not active
   * @returns a promise for the end; rejected with the errors of {@link run}
   */
  async runAsync(scheduler: Scheduler = this.#scheduler ?? defaultScheduler()): Promise<void> {
    this.activate(scheduler);
    await scheduler.runAsync();
  }

  /**
   * From the next `yield` on it is not continued until a message arrives, one that it has sent is
   * taken, a child ends, or `seconds` are over. If one of these has happened before the `yield`, it
   * continues.
   *
   * @param seconds - how long at most, 0 or more. Default: no limit
   * @throws RangeError, TypeError for a time that is negative or not finite
   */
  pause(seconds?: number): void {
    if (seconds !== undefined) checkSeconds(seconds, 0);
    this.#process?.pause(seconds);
  }

  /** Continues, as if a message had arrived; for events that do not come as messages. */
  wake(): void {
    this.#process?.wake();
  }

  /**
   * Ends it and its children, at its next `yield` or, if it waits, at once. Its `finally` blocks run;
   * an error in one is passed to `onError` of the scheduler. Idempotent.
   */
  stop(): void {
    for (const child of this.childComponents) child.stop();
    this.#process?.stop();
  }

  /** Whether it was active and has ended. */
  get hasEnded(): boolean {
    return this.#process?.hasEnded ?? false;
  }

  /** Whether it is paused, with all its children, and nothing has happened since. */
  get isIdle(): boolean {
    const isPaused = this.#process?.isIdle ?? true;
    return isPaused && this.childComponents.every((child) => child.isIdle);
  }

  /**
   * The scheduler that runs it.
   * @throws Error `ERR_NOT_ACTIVE` if there is none yet
   */
  get scheduler(): Scheduler {
    if (this.#scheduler !== null) return this.#scheduler;
    throw Object.assign(new Error(`${this.name} is not active`), { code: 'ERR_NOT_ACTIVE' });
  }

  /** @returns its {@link name} */
  toString(): string {
    return this.name;
  }

  /**
   * Waits for a shutdown on `control`; messages in its `inbox` are discarded meanwhile.
   * @returns the shutdown message
   */
  protected *untilShutdown(): Generator<
    undefined,
    ProducerFinished | ShutdownMicroprocess,
    undefined
  > {
    for (;;) {
      while (this.dataReady()) this.recv();
      while (this.dataReady('control')) {
        const message = this.recv('control');
        if (isShutdown(message)) return message;
      }
      this.pause();
      yield;
    }
  }

  /** Called by `activate`, before `main`; `activate` throws its errors. */
  protected activated(): void {}

  /**
   * Called once when it has ended, for any reason, before its boxes are closed. An error that it throws is
   * passed to `onError` of the scheduler.
   */
  protected ended(): void {}

  #end(): void {
    try {
      this.ended();
    } finally {
      for (const inbox of this.#inboxes.values()) inbox.close();
      for (const { from, to } of this.#linkages) from.unlinkFrom(to);
      this.#linkages.clear();
      const parent = this.#parent;
      parent?.removeChild(this);
      parent?.wake();
    }
  }

  get #isHeldBack(): boolean {
    if (this.#inboxes.get('control')?.size !== 0) return false;
    for (const { sink } of this.#outboxes.values()) {
      if (sink.holdsBack && sink.isHigh) return true;
    }
    return false;
  }

  #inbox(name: string): Inbox {
    return find('inbox', this.#inboxes, name);
  }

  #outbox(name: string): Outbox {
    return find('outbox', this.#outboxes, name);
  }
}

function find<B>(kind: string, boxes: Map<string, B>, name: string): B {
  const box = boxes.get(name);
  if (box !== undefined) return box;
  throw rangeError(kind, `one of ${[...boxes.keys()].join(', ')}`, name);
}

/** @throws TypeError for a value that is not a component */
export function checkComponent(name: string, value: unknown): asserts value is Component {
  if (!(value instanceof Component)) throw typeError(name, 'a Component', value);
}
