/** AbortSignals of waits: the check of the option, and one listener per signal for all its waits. */
import { toOptions, typeError } from '../values/index.js';

/** The options of every asynchronous wait. */
export interface WaitOptions {
  /** Ends the wait: its promise is rejected with the signal's reason. Default: none. */
  signal?: AbortSignal | undefined;
}

/**
 * The signal of `options`. Signals of other realms (node:vm, jsdom) and of polyfills are accepted if
 * they have the necessary methods.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for options that are not an object, or a signal that is not an AbortSignal
 */
export function signalOf(options: WaitOptions | undefined): AbortSignal | undefined {
  if (options === undefined) return undefined;
  const { signal } = toOptions(options);
  if (signal === undefined) return undefined;
  if (!isSignal(signal)) throw typeError('options.signal', 'an AbortSignal', signal);
  return signal;
}

function isSignal(value: unknown): value is AbortSignal {
  if (typeof value !== 'object' || value === null) return false;
  const { aborted, addEventListener, removeEventListener } = value as Record<string, unknown>;
  return (
    typeof aborted === 'boolean' &&
    typeof addEventListener === 'function' &&
    typeof removeEventListener === 'function'
  );
}

/** The error of a wait that the signal has ended. Polyfills may have no reasons. */
export function reasonOf(signal: AbortSignal): unknown {
  if (signal.reason !== undefined) return signal.reason;
  return new DOMException('This operation was aborted', 'AbortError');
}

/** Throws the reason of a signal that is already aborted, and a TypeError for a bad option. */
export function throwIfAborted(options: WaitOptions | undefined): void {
  const signal = signalOf(options);
  if (signal?.aborted === true) throw reasonOf(signal);
}

/** The only listener of a signal. */
interface Listener {
  readonly callbacks: Set<() => void>;
  readonly onAbort: () => void;
}

const listeners = new WeakMap<AbortSignal, Listener>();

function listen(signal: AbortSignal): Listener {
  const callbacks = new Set<() => void>();
  // A function, not an object with handleEvent(): some polyfills accept only functions.
  const onAbort = (): void => {
    for (const callback of [...callbacks]) callback();
  };
  signal.addEventListener('abort', onAbort);
  return { callbacks, onAbort };
}

/**
 * Calls `callback` when the signal is aborted. A thousand waits may share a signal, and Node warns
 * of a leak at the eleventh listener.
 */
export function addAbortCallback(signal: AbortSignal, callback: () => void): void {
  let listener = listeners.get(signal);
  if (listener === undefined) {
    listener = listen(signal);
    listeners.set(signal, listener);
  }
  listener.callbacks.add(callback);
}

/** Undoes {@link addAbortCallback}. */
export function removeAbortCallback(signal: AbortSignal, callback: () => void): void {
  const listener = listeners.get(signal);
  if (listener?.callbacks.delete(callback) !== true || listener.callbacks.size > 0) return;
  listeners.delete(signal);
  signal.removeEventListener('abort', listener.onAbort);
}
