/** Museum: an echo server on asyncore, example 19-7 of a textbook, with its bugs. Not for use. */
import { Dispatcher, DispatcherWithSend, loop } from 'fdselect/asyncore';
import { formatAddress } from 'fdselect/socket';

class MainServerSocket extends Dispatcher {
  constructor(port: number) {
    super();
    this.createSocket();
    this.bind(['127.0.0.1', port]);
    this.listen(5);
  }

  override handleAccept(): void {
    const accepted = this.accept();
    if (accepted === null) return;
    const [newSocket, address] = accepted;
    console.log('Connected from', formatAddress(address));
    new SecondaryServerSocket(newSocket);
  }
}

class SecondaryServerSocket extends DispatcherWithSend {
  override handleRead(): void {
    const receivedData = this.recv(8192);
    if (receivedData.length > 0) this.send(receivedData);
    else this.close();
  }

  override handleClose(): void {
    console.log('Disconnected from', formatAddress(this.socket?.getpeername() ?? ''));
  }
}

const main = new MainServerSocket(0);
console.log(`listening on ${main.socket?.getsockname()[1]}`);
loop();
