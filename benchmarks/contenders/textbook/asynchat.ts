/** The example of `docs/asyncore.md` for fdselect/asynchat: whole lines go back. */
import { AsyncChat } from 'fdselect/asynchat';
import { Dispatcher, loopAsync } from 'fdselect/asyncore';
import type { Socket } from 'fdselect/socket';
import { announce } from '../announce.js';
import type { Echo } from '../roles.js';

class Lines extends AsyncChat {
  override terminator = '\n';

  override collectIncomingData(data: Buffer): void {
    this._collectIncomingData(data);
  }

  override foundTerminator(): void {
    this.push(Buffer.concat([this._getData(), Buffer.from('\n')]));
  }
}

class Server extends Dispatcher {
  get port(): number {
    const [, port] = (this.socket as Socket).getsockname() as [string, number];
    return port;
  }

  override handleAccepted(socket: Socket): void {
    new Lines(socket);
  }
}

export const echo: Echo = async () => {
  const server = new Server();
  server.createSocket();
  server.setReuseAddr();
  server.bind(['127.0.0.1', 0]);
  server.listen(4096);
  announce(server.port);
  await loopAsync(null, 'epoll');
};
