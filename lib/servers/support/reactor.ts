/** What the programs on the reactor do first and last: they listen, say so, and run. */
import { CannotListenError, type Factory, type Port, Reactor } from 'fdselect/reactor';
import { BACKLOG } from 'fdselect/stream';
import type { Say } from './output.js';
import { announce, type ServeOptions } from './start.js';

/**
 * Serves a factory's protocols until SIGINT or SIGTERM.
 * @throws OSError such as `EADDRINUSE`
 */
export function serveFactory(factory: Factory & { say: Say }, options: ServeOptions): void {
  factory.maxConnections = options.maxClients ?? Infinity;
  const reactor = new Reactor({ selector: options.selector });
  const { host, port } = listen(reactor, factory, options).getHost();
  // When it runs, it stops at a signal; what `announce` opens makes sure of the time after that.
  let failure: unknown = null;
  reactor.callWhenRunning(() => {
    try {
      factory.say = announce(options, [host, port]).say;
    } catch (error) {
      failure = error; // no fd is left
      reactor.stop();
    }
  });
  reactor.run();
  if (failure !== null) throw failure;
}

function listen(reactor: Reactor, factory: Factory, { host, port }: ServeOptions): Port {
  try {
    return reactor.listenTCP(port, factory, BACKLOG, host);
  } catch (error) {
    throw error instanceof CannotListenError ? error.socketError : error;
  }
}
