/** The common part of the servers on the reactor: they listen, print where, and run. */
import { CannotListenError, type Factory, type Port, Reactor } from 'fdselect/reactor';
import { BACKLOG } from 'fdselect/stream';
import type { Say } from './output.js';
import { announce, type ServeOptions, type Stop } from './start.js';

/**
 * Serves a factory's protocols until SIGINT or SIGTERM.
 * @throws OSError such as `EADDRINUSE`
 */
export function serveFactory(factory: Factory & { say: Say }, options: ServeOptions): void {
  factory.maxConnections = options.maxClients ?? Infinity;
  const reactor = new Reactor({ selector: options.selector });
  const { host, port } = listen(reactor, factory, options).getHost();
  const isInWorker = options.worker !== undefined;
  // While it runs, the reactor handles signals itself. The signal pipe that `announce` opens keeps a
  // signal that arrives after that from ending the process.
  let failure: unknown = null;
  reactor.callWhenRunning(() => {
    try {
      const { say, stop } = announce(options, [host, port]);
      factory.say = say;
      if (isInWorker) stopAt(stop, reactor);
    } catch (error) {
      failure = error; // no fd is left
      reactor.stop();
    }
  });
  reactor.run({ installSignalHandlers: !isInWorker });
  if (failure !== null) throw failure;
}

/** The first signal stops the reactor gracefully, the second one at once. */
function stopAt(stop: Stop, reactor: Reactor): void {
  const watch = reactor.loop.watch(stop, 'r', () => {
    const count = stop.read().length;
    if (reactor.running && count === 1) reactor.stop();
    else if (count > 0) reactor.close();
  });
  watch.unref();
}

function listen(reactor: Reactor, factory: Factory, options: ServeOptions): Port {
  const { host, port, worker } = options;
  try {
    if (worker !== undefined) return reactor.adoptStreamPort(worker.listener, factory);
    return reactor.listenTCP(port, factory, BACKLOG, host);
  } catch (error) {
    throw error instanceof CannotListenError ? error.socketError : error;
  }
}
