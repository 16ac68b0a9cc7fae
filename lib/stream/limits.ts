/** The options of a connection that limit its memory, and their check. */
import { integer, typeError } from '../values/index.js';
import { HIGH_WATER, MAX_UNSENT } from './policy.js';

/**
 * The options of every connection, accepted or connected. A function that takes them throws TypeError
 * or RangeError for one of the wrong type or out of range.
 */
export interface ConnectionOptions {
  /** Bytes, at least 1; while so many are unsent, nothing is read from this peer. Default: 65536. */
  highWater?: number | undefined;
  /**
   * Default: true. False: unsent bytes do not stop reading from this peer; for programs that send its
   * input elsewhere and pause it themselves.
   */
  pausesReading?: boolean | undefined;
  /**
   * Default: false: `data` may keep the bytes it gets. True: their memory is reused after `data` has
   * returned, which is quicker; for programs that only inspect or write them.
   */
  reusesInput?: boolean | undefined;
  /**
   * Bytes, less than `highWater`; when at most so many are unsent, there is room again. Default: half of
   * `highWater`.
   */
  lowWater?: number | undefined;
  /**
   * Bytes; when more are unsent, the connection is lost with ENOBUFS. Default: 1 MiB; Infinity: no
   * limit.
   */
  maxBuffer?: number | undefined;
  /** Stays open for writing after the peer's end of file. Default: false: flush, then close. */
  allowHalfOpen?: boolean | undefined;
  /**
   * Sets TCP_NODELAY of tcp(7) on TCP connections, so that a small message is sent at once. Default:
   * true.
   */
  noDelay?: boolean | undefined;
}

/** The checked options, with defaults for those that are absent. */
export class Limits implements ConnectionOptions {
  readonly highWater: number;
  readonly lowWater: number;
  readonly maxBuffer: number;
  readonly pausesReading: boolean;
  readonly reusesInput: boolean;
  readonly allowHalfOpen: boolean;
  readonly noDelay: boolean;

  /** @throws RangeError, TypeError for an option of the wrong type or out of range */
  constructor(options: ConnectionOptions) {
    const max = Number.MAX_SAFE_INTEGER;
    this.highWater = integer('highWater', options.highWater ?? HIGH_WATER, 1, max);
    const lowWater = options.lowWater ?? Math.floor(this.highWater / 2);
    this.lowWater = integer('lowWater', lowWater, 0, this.highWater - 1);
    const maxBuffer = options.maxBuffer ?? MAX_UNSENT;
    this.maxBuffer = maxBuffer === Infinity ? max : integer('maxBuffer', maxBuffer, 1, max);
    this.pausesReading = flag('pausesReading', options.pausesReading ?? true);
    this.reusesInput = flag('reusesInput', options.reusesInput ?? false);
    this.allowHalfOpen = flag('allowHalfOpen', options.allowHalfOpen ?? false);
    this.noDelay = flag('noDelay', options.noDelay ?? true);
  }
}

function flag(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw typeError(name, 'a boolean', value);
  return value;
}
