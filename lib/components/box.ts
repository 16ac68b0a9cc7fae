/** Boxes: an outbox passes messages on, an inbox holds them until its component takes them. */
import { BoxAlreadyLinkedToDestination, emptyBoxError, NoSpaceInBox } from './errors.js';

/**
 * From this size on, the components that feed an inbox should wait, and a socket is not read for it.
 */
const HIGH_WATER = { messages: 1000, bytes: 65536 };
/**
 * An inbox with this many messages, or this many bytes in buffers and strings, takes no more.
 */
const LIMIT = { messages: 65536, bytes: 1048576 };

/** The number of messages that are taken before the memory of their places is freed. */
const MANY = 1024;

/** Anything that a message can be put into. */
export abstract class Box {
  /** For error messages: `inbox 'control' of Pipeline_3`. */
  name: string;
  /** While it {@link isHigh}, the components that feed it are not continued. */
  holdsBack = false;
  #next: Box | null = null;
  readonly #feeders = new Set<Box>();

  constructor(name: string) {
    this.name = name;
  }

  /** The box where a message arrives that is put here. */
  get sink(): Box {
    let box: Box = this;
    while (box.#next !== null) box = box.#next;
    return box;
  }

  /**
   * Sends a message to the {@link sink}.
   * @throws NoSpaceInBox if there is no room; then the message was not delivered
   */
  put(message: unknown): void {
    const { sink } = this;
    if (sink.isFull) throw new NoSpaceInBox(`${sink.name} is full: ${sink}`);
    sink.receive(message);
  }

  /**
   * From now on messages that are put here go to `next`, and so do those that already wait here.
   * @throws BoxAlreadyLinkedToDestination; RangeError for a circle
   */
  linkTo(next: Box): void {
    if (this.#next !== null) {
      throw new BoxAlreadyLinkedToDestination(`${this.name} is linked to ${this.#next.name}`);
    }
    if (next.sink === this) throw new RangeError(`${this.name} would be linked to itself`);
    this.#next = next;
    next.#feeders.add(this);
  }

  /** Undoes {@link linkTo}. */
  unlinkFrom(next: Box): void {
    if (this.#next !== next) return;
    this.#next = null;
    next.#feeders.delete(this);
  }

  /** A message has arrived here. */
  abstract receive(message: unknown): void;

  /** Whether nothing more can arrive here. */
  get isFull(): boolean {
    return false;
  }

  /** Whether so many messages wait here that the components that feed it should wait. */
  get isHigh(): boolean {
    return false;
  }

  /** A message that was put here was taken. */
  protected onTaken(): void {}

  protected tellFeeders(): void {
    for (const feeder of this.#feeders) {
      feeder.onTaken();
      feeder.tellFeeders();
    }
  }
}

/** The messages of a component come out here; without a link they are discarded. */
export class Outbox extends Box {
  readonly #whenTaken: () => void;

  /** @param whenTaken - called when a message that came out here was taken */
  constructor(name: string, whenTaken: () => void) {
    super(name);
    this.#whenTaken = whenTaken;
  }

  override receive(): void {}

  protected override onTaken(): void {
    this.#whenTaken();
  }
}

/** Messages for a component wait here. */
export class Inbox extends Box {
  readonly #whenArrived: () => void;
  #maxMessages = LIMIT.messages;
  #messages: unknown[] = [];
  /** The index of the first waiting message. */
  #first = 0;
  #bytes = 0;
  #isClosed = false;

  /** @param whenArrived - called when a message has arrived */
  constructor(name: string, whenArrived: () => void) {
    super(name);
    this.#whenArrived = whenArrived;
  }

  /** The number of waiting messages. */
  get size(): number {
    return this.#messages.length - this.#first;
  }

  /** The number of messages that may wait. */
  set maxMessages(count: number) {
    this.#maxMessages = count;
  }

  override get isFull(): boolean {
    return this.size >= this.#maxMessages || this.#bytes >= LIMIT.bytes;
  }

  override get isHigh(): boolean {
    return this.isFull || this.size >= HIGH_WATER.messages || this.#bytes >= HIGH_WATER.bytes;
  }

  override receive(message: unknown): void {
    if (this.#isClosed) return;
    this.#messages.push(message);
    this.#bytes += sizeOf(message);
    this.#whenArrived();
  }

  /** @throws Error `ERR_BOX_EMPTY` */
  take(): unknown {
    if (this.size === 0) throw emptyBoxError(this.name);
    const message = this.#messages[this.#first];
    this.#messages[this.#first++] = undefined;
    this.#bytes -= sizeOf(message);
    if (this.size === 0) this.#empty();
    else if (this.#first >= MANY && this.#first >= this.size) this.#compact();
    this.tellFeeders();
    return message;
  }

  override linkTo(next: Box): void {
    super.linkTo(next);
    const waiting = this.#messages.slice(this.#first);
    this.#empty();
    for (const message of waiting) next.sink.receive(message);
  }

  /** Its component has ended: waiting and later messages are discarded. */
  close(): void {
    this.#isClosed = true;
    this.#empty();
    this.tellFeeders();
  }

  override toString(): string {
    return `${this.size} messages, ${this.#bytes} bytes`;
  }

  #empty(): void {
    this.#messages.length = 0;
    this.#first = 0;
    this.#bytes = 0; // a buffer may have changed its size meanwhile
  }

  #compact(): void {
    this.#messages = this.#messages.slice(this.#first);
    this.#first = 0;
  }
}

/** The cost of a small one, in bytes: a Buffer is two objects and memory outside of the heap. */
const MIN_BUFFER = 512;
const MIN_STRING = 32;

/** The bytes that a message keeps in memory, as far as they are known. */
function sizeOf(message: unknown): number {
  if (typeof message === 'string') return Math.max(message.length, MIN_STRING);
  if (ArrayBuffer.isView(message) || message instanceof ArrayBuffer) {
    return Math.max(message.byteLength, MIN_BUFFER);
  }
  return 0;
}
