/** Reactors for tests, in each mode of `SOME_LOOPS`. */
import { type Factory, Reactor, type ReactorOptions } from 'fdselect/reactor';
import type { Socket } from 'fdselect/socket';
import { onTestFinished } from 'vitest';
import type { LoopMode } from './loops.ts';
import { closing, connectedTo } from './sandbox.ts';

export { type LoopMode, SOME_LOOPS } from './loops.ts';

/** A limit for failing tests; no test waits for it to pass. */
const DEADLINE_SECONDS = 15;

/**
 * A reactor that is closed at the end of the test. Without an `onError` of the test's own, an error
 * that is reported fails the test.
 */
export function openReactor(
  { selector }: Pick<LoopMode, 'selector'>,
  options: ReactorOptions = {},
): Reactor {
  const errors: unknown[] = [];
  onTestFinished(() => {
    if (errors.length > 0) throw errors[0];
  });
  return closing(new Reactor({ onError: (error) => errors.push(error), ...options, selector }));
}

/** Runs until the test calls `stop`. */
export async function runReactor({ run }: LoopMode, reactor: Reactor): Promise<void> {
  let isLate = false;
  const deadline = reactor.callLater(DEADLINE_SECONDS, () => {
    isLate = true;
    reactor.stop();
  });
  await run(reactor);
  if (isLate) throw new Error(`not stopped within ${DEADLINE_SECONDS} s`);
  deadline.cancel();
}

/** Calls `next` once the condition is true; checks it repeatedly, also while the reactor stops. */
export function when(reactor: Reactor, condition: () => boolean, next: () => void): void {
  reactor.loop.callLater(0.002, () => {
    if (condition()) next();
    else when(reactor, condition, next);
  });
}

/** Stops once the condition is true. */
export function stopWhen(reactor: Reactor, condition: () => boolean): void {
  when(reactor, condition, () => reactor.stop());
}

/** A raw, non-blocking client of a factory. */
export function clientOf(reactor: Reactor, factory: Factory): Socket {
  const { host, port } = reactor.listenTCP(0, factory).getHost();
  const client = connectedTo([host, port]);
  client.setblocking(false);
  return client;
}
