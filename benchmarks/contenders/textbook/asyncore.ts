/** The example of `docs/asyncore.md` for fdselect/asyncore, Python's textbook echo, without what it prints. */
import { Dispatcher, DispatcherWithSend, loop } from 'fdselect/asyncore';
import type { Socket } from 'fdselect/socket';
import { announce } from '../announce.js';
import type { Echo } from '../roles.js';

class EchoHandler extends DispatcherWithSend {
  override handleRead(): void {
    const data = this.recv(8192);
    if (data.length > 0) this.send(data);
  }
}

class EchoServer extends Dispatcher {
  constructor(host: string, port: number) {
    super();
    this.createSocket();
    this.setReuseAddr();
    this.bind([host, port]);
    this.listen(4096); // 5 in the example: a burst of connections would wait for seconds
  }

  get port(): number {
    const [, port] = (this.socket as Socket).getsockname() as [string, number];
    return port;
  }

  override handleAccepted(socket: Socket): void {
    new EchoHandler(socket);
  }
}

export const echo: Echo = () => {
  announce(new EchoServer('127.0.0.1', 0).port);
  // The example waits with select(), which is the default; epoll is for many connections.
  loop(30, 'epoll');
};
