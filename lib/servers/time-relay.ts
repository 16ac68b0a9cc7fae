/** Sends everything that clients of one port send to all clients of another port. */
import { Backplane, PublishTo, Scheduler, SimpleServer, SubscribeTo } from 'fdselect/components';
import { runUntilStopped } from './support/run-components.js';
import { announce, hostAndPort, type ServeOptions } from './support/start.js';

export function serve(options: ServeOptions): void {
  const { host, port, publishPort, selector, maxClients: maxConnections } = options;
  const scheduler = new Scheduler({ selector });
  new Backplane('EVENTS').activate(scheduler);
  const [subscribers, publishers] = [
    new SimpleServer({ protocol: () => new SubscribeTo('EVENTS'), host, port, maxConnections }),
    new SimpleServer({
      protocol: () => new PublishTo('EVENTS'),
      host,
      port: publishPort,
      maxConnections,
    }),
  ];
  subscribers.activate(scheduler);
  publishers.activate(scheduler);
  const { stop, say } = announce(options, [subscribers.host, subscribers.port], 2);
  say(`publishers on ${hostAndPort([publishers.host, publishers.port])}`);
  runUntilStopped(scheduler, stop);
}
