/** Sends the time to all clients: a source, a backplane, and a server of its subscribers. */
import {
  Backplane,
  Pipeline,
  PublishTo,
  Scheduler,
  SimpleServer,
  SubscribeTo,
} from 'fdselect/components';
import { runUntilStopped } from './support/run-components.js';
import { announce, type ServeOptions } from './support/start.js';
import { TimeSource } from './support/time-source.js';

export function serve(options: ServeOptions): void {
  const { host, port, selector, newline, maxClients } = options;
  const scheduler = new Scheduler({ selector });
  new Backplane('TIME').activate(scheduler);
  new Pipeline(new TimeSource(newline), new PublishTo('TIME')).activate(scheduler);
  const server = new SimpleServer({
    protocol: () => new SubscribeTo('TIME'),
    host,
    port,
    maxConnections: maxClients,
  });
  server.activate(scheduler);
  const { stop } = announce(options, [server.host, server.port]);
  runUntilStopped(scheduler, stop);
}
