/** Kamaelia's textbook echo on fdselect/components: sends back what it receives. */
import { Component, SimpleServer } from 'fdselect/components';
import { announce } from '../announce.js';
import { freePort } from '../fds.js';
import type { Echo } from '../roles.js';

class EchoProtocol extends Component {
  override *main() {
    for (;;) {
      while (this.dataReady('inbox')) this.send(this.recv('inbox'), 'outbox');
      if (this.dataReady('control')) return;
      this.pause();
      yield;
    }
  }
}

export const echo: Echo = () => {
  const port = freePort();
  const server = new SimpleServer({ protocol: () => new EchoProtocol(), port });
  server.activate();
  announce(port);
  server.run();
};
