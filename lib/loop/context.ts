/** The AsyncLocalStorage context of callbacks: each runs in that of the call that registered it. */
import { AsyncResource } from 'node:async_hooks';

/** Remembers a context; `runInAsyncScope` calls a function in it. About 10 ns each, and 40 bytes. */
export type Context = Pick<AsyncResource, 'runInAsyncScope'>;

/** Without this, each resource gets a weak callback for the hook 'destroy', which takes 9 us. */
const OPTIONS = { requireManualDestroy: true };

/** The context of the code that runs now. */
export function currentContext(): Context {
  return new AsyncResource('FDSELECT', OPTIONS);
}

/** A function that calls `callback` with these arguments in the context of now, as `setTimeout` does. */
export function bind<A extends unknown[]>(callback: (...args: A) => void, args: A): () => void {
  const context = currentContext();
  return () => context.runInAsyncScope(callback, undefined, ...args);
}
