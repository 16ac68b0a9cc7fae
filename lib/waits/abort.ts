/** One listener on an AbortSignal, however many waits it ends. */

class Listener {
  readonly callbacks = new Set<() => void>();

  handleEvent(): void {
    for (const callback of [...this.callbacks]) callback();
  }
}

const listeners = new WeakMap<AbortSignal, Listener>();

/**
 * Calls `callback`, which is told from all others by its identity, when a signal is aborted. A
 * thousand waits may share a signal, and Node warns of a leak at the eleventh listener.
 */
export function addAbortCallback(signal: AbortSignal, callback: () => void): void {
  let listener = listeners.get(signal);
  if (listener === undefined) {
    listener = new Listener();
    listeners.set(signal, listener);
    signal.addEventListener('abort', listener);
  }
  listener.callbacks.add(callback);
}

/** Undoes {@link addAbortCallback}. */
export function removeAbortCallback(signal: AbortSignal, callback: () => void): void {
  const listener = listeners.get(signal);
  if (listener?.callbacks.delete(callback) !== true || listener.callbacks.size > 0) return;
  listeners.delete(signal);
  signal.removeEventListener('abort', listener);
}
