/** AsyncLocalStorage contexts: each callback runs in the context of the call that registered it. */
const { AsyncResource } = process.getBuiltinModule('node:async_hooks');

/** A stored context; `runInAsyncScope` calls a function in it. Costs about 10 ns and 40 bytes. */
export type Context = Pick<InstanceType<typeof AsyncResource>, 'runInAsyncScope'>;

/** Otherwise each resource gets a weak callback for the hook 'destroy', which takes 9 µs. */
const OPTIONS = { requireManualDestroy: true };

/** The context of the code that runs now. */
export function currentContext(): Context {
  return new AsyncResource('FDSELECT', OPTIONS);
}

/** A function that calls `callback` with these arguments in the current context, as `setTimeout`. */
export function bind<A extends unknown[]>(callback: (...args: A) => void, args: A): () => void {
  const context = currentContext();
  return () => context.runInAsyncScope(callback, undefined, ...args);
}
