/** Components linked in any way. */
import { rangeError, toOptions, typeError } from '../values/index.js';
import { type BoxAddress, Component, checkComponent, type Main } from './component.js';
import { isShutdown, ProducerFinished, ShutdownMicroprocess } from './messages.js';

/** One end of a link: the name of a component, or 'self', and that of a box. */
export type GraphlineEnd = readonly [component: string, box: string];

/** The options of a {@link Graphline}. */
export interface GraphlineOptions {
  /** The components by their names. */
  components: Readonly<Record<string, Component>>;
  /**
   * The links: pairs of a name and a box, or an object such as
   * `{ 'source.outbox': 'sink.inbox' }`. The name 'self', or '', is the graphline.
   */
  links: Iterable<readonly [GraphlineEnd, GraphlineEnd]> | Readonly<Record<string, string>>;
}

/**
 * Components with the given links; it ends when all of them have ended. Its own boxes need not be
 * declared. Kamaelia's `Graphline`.
 *
 * If no link begins at its `control`, a shutdown on it goes to every component to whose `control` no
 * link leads. If no link leads to its `signal`, it sends there that it has ended.
 *
 * Mirrors Kamaelia's `Graphline`.
 * @platform POSIX
 * @example
 * new Graphline({
 *   components: { source, sink },
 *   links: { 'source.outbox': 'sink.inbox', 'source.signal': 'sink.control' },
 * }).run();
 */
export class Graphline extends Component {
  readonly #components: ReadonlyMap<string, Component>;
  /** Components whose `control` a link leads to. */
  readonly #controlled = new Set<Component>();
  #isControlLinked = false;
  #isSignalLinked = false;

  /**
   * @param options - see {@link GraphlineOptions}
   * @throws TypeError, RangeError for something other than a component, name or box;
   *   BoxAlreadyLinkedToDestination for two links from one box
   */
  constructor(options: GraphlineOptions) {
    super();
    const { components, links } = toOptions(options);
    this.#components = new Map(Object.entries(components));
    for (const [name, component] of this.#components) {
      checkComponent(`components.${name}`, component);
    }
    this.addChildren(...this.#components.values());
    for (const [source, sink] of pairs(links)) this.#link(source, sink);
  }

  protected override activated(): void {
    for (const component of this.#components.values()) component.activate(this.scheduler);
  }

  override *main(): Main {
    let end = new ProducerFinished(this) as ProducerFinished | ShutdownMicroprocess;
    while (!this.childrenDone()) {
      while (!this.#isControlLinked && this.dataReady('control')) {
        const message = this.recv('control');
        if (message instanceof ShutdownMicroprocess) end = new ShutdownMicroprocess(this);
        if (isShutdown(message)) this.#shutDown(message);
      }
      this.pause();
      yield;
    }
    if (!this.#isSignalLinked) this.send(end, 'signal');
  }

  #shutDown(message: unknown): void {
    for (const child of this.childComponents) {
      if (!this.#controlled.has(child)) child.deliver(message, 'control');
    }
  }

  #link(from: GraphlineEnd, to: GraphlineEnd): void {
    const source = this.#find(from);
    const sink = this.#find(to);
    if (source[0] === this && sink[0] === this) {
      throw rangeError('link', 'from or to a component', `${from} to ${to}`);
    }
    if (sink[1] === 'control') this.#controlled.add(sink[0]);
    if (source[0] === this) {
      if (!this.hasInbox(source[1])) this.addInbox(source[1]);
      this.#isControlLinked ||= source[1] === 'control';
      this.link(source, sink, 1);
    } else if (sink[0] === this) {
      if (!this.hasOutbox(sink[1])) this.addOutbox(sink[1]);
      this.#isSignalLinked ||= sink[1] === 'signal';
      this.link(source, sink, 2);
    } else {
      this.link(source, sink);
    }
  }

  #find(end: GraphlineEnd): BoxAddress {
    const [name, box] = Array.isArray(end) ? end : [];
    if (typeof name !== 'string' || typeof box !== 'string') {
      throw typeError('an end of a link', '[component, box]', end);
    }
    const component = this.#components.get(name);
    if (component !== undefined) return [component, box];
    if (name === 'self' || name === '') return [this, box];
    throw rangeError('component', `self or one of ${[...this.#components.keys()]}`, name);
  }
}

function pairs(links: GraphlineOptions['links']): Iterable<readonly [GraphlineEnd, GraphlineEnd]> {
  if (Symbol.iterator in links) return links as Iterable<readonly [GraphlineEnd, GraphlineEnd]>;
  return Object.entries(links).map(([source, sink]) => [endOf(source), endOf(sink)]);
}

/** `component.box`; the name of the component may hold dots itself. */
function endOf(text: unknown): GraphlineEnd {
  const dot = typeof text === 'string' ? text.lastIndexOf('.') : -1;
  if (dot < 0) throw typeError('an end of a link', "'component.box'", text);
  return [(text as string).slice(0, dot), (text as string).slice(dot + 1)];
}
