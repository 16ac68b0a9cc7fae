/** The example of `docs/reactor.md` for fdselect/reactor, Twisted's textbook echo, without what it prints. */
import { Factory, Protocol, reactor } from 'fdselect/reactor';
import { announce } from '../announce.js';
import type { Echo } from '../roles.js';

class EchoProtocol extends Protocol {
  override dataReceived(data: Buffer): void {
    this.transport.write(data);
  }
}

export const echo: Echo = () => {
  const port = reactor.listenTCP(0, Factory.forProtocol(EchoProtocol), 4096, '127.0.0.1');
  announce(port.getHost().port);
  reactor.run();
};
