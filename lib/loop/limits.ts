/** What bounds a connection's memory, checked once for all connections of a listener. */
import { integer, typeError } from '../values/index.js';

const DEFAULT_HIGH_WATER = 65536;
const DEFAULT_MAX_BUFFER = 1048576;

/** The options of every connection, of `listen` as of `connect`. */
export interface ConnectionOptions {
  /** Bytes; while so many wait to be sent, nothing is read from this peer. Default 65536. */
  highWater?: number | undefined;
  /**
   * Default true. False: what waits to be sent does not keep the peer from being read, for those
   * who send elsewhere what it says; they pause it themselves.
   */
  pausesReading?: boolean | undefined;
  /**
   * Default false: the bytes that `data` gets may be kept. True: their memory is used again once
   * `data` has returned, which is much quicker where they are many; for those who only look at them
   * or pass them on with `write`.
   */
  reusesInput?: boolean | undefined;
  /** Bytes; once no more wait to be sent, there is room again. Default: half of `highWater`. */
  lowWater?: number | undefined;
  /**
   * Bytes; when more wait to be sent, the connection is lost with ENOBUFS. Default 1 MiB; Infinity:
   * no limit.
   */
  maxBuffer?: number | undefined;
  /** Stay open for writing after the peer's end of file. Default false: flush, then close. */
  allowHalfOpen?: boolean | undefined;
}

/** The same with all defaults. */
export class Limits implements ConnectionOptions {
  readonly highWater: number;
  readonly lowWater: number;
  readonly maxBuffer: number;
  readonly pausesReading: boolean;
  readonly reusesInput: boolean;
  readonly allowHalfOpen: boolean;

  /** @throws RangeError, TypeError for options that are none */
  constructor(options: ConnectionOptions) {
    const max = Number.MAX_SAFE_INTEGER;
    this.highWater = integer('highWater', options.highWater ?? DEFAULT_HIGH_WATER, 1, max);
    const lowWater = options.lowWater ?? Math.floor(this.highWater / 2);
    this.lowWater = integer('lowWater', lowWater, 0, this.highWater - 1);
    const maxBuffer = options.maxBuffer ?? DEFAULT_MAX_BUFFER;
    this.maxBuffer = maxBuffer === Infinity ? max : integer('maxBuffer', maxBuffer, 1, max);
    this.pausesReading = flag('pausesReading', options.pausesReading ?? true);
    this.reusesInput = flag('reusesInput', options.reusesInput ?? false);
    this.allowHalfOpen = flag('allowHalfOpen', options.allowHalfOpen ?? false);
  }
}

function flag(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw typeError(name, 'a boolean', value);
  return value;
}
