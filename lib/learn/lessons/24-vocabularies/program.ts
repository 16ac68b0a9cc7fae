/** Lesson 24: one chat in four vocabularies. What a member says, all members get. */
import { AsyncChat } from 'fdselect/asynchat';
import { Dispatcher, loop } from 'fdselect/asyncore';
import { Component, Scheduler, SimpleServer } from 'fdselect/components';
import { Factory, LineOnlyReceiver, Reactor } from 'fdselect/reactor';
import { createConnection, createServer, type Socket } from 'fdselect/socket';

const run = process.argv[2] ?? 'asynchat';
/** Bea and Ann connect, and Ann says hello, before the chat looks: the kernel keeps it all. */
const clients: Socket[] = [];
function enter(port: unknown): void {
  for (const _ of ['Bea', 'Ann']) clients.push(createConnection(['127.0.0.1', Number(port)]));
  clients[1]?.sendall('hello\n');
}
function leave(): void {
  for (const [i, client] of clients.entries()) console.log(['Bea', 'Ann'][i], `${client.recv(5)}`);
  process.exit(); // closes all that is open
}
if (run === 'asynchat') {
  class Member extends AsyncChat {
    override terminator = '\n';
    override collectIncomingData = this._collectIncomingData;
    override foundTerminator(): void {
      const line = Buffer.concat([this._getData(), Buffer.from('\n')]);
      for (const member of members) member.push(line);
      leave();
    }
  }
  class Door extends Dispatcher {
    override handleAccepted = (socket: Socket) => void members.push(new Member(socket));
  }
  const members: Member[] = [];
  const door = new Door(createServer(['127.0.0.1', 0]));
  door.listen();
  enter(door.socket?.getsockname()[1]);
  loop();
}

if (run === 'reactor') {
  const members: LineOnlyReceiver[] = [];
  class Member extends LineOnlyReceiver {
    override delimiter = '\n';
    override connectionMade = () => void members.push(this);
    override lineReceived(line: Buffer): void {
      for (const member of members) member.sendLine(line);
      leave();
    }
  }
  const reactor = new Reactor();
  enter(reactor.listenTCP(0, Factory.forProtocol(Member)).getHost().port);
  reactor.run();
}

if (run === 'components') {
  const members: Component[] = [];
  class Member extends Component {
    *main() {
      for (members.push(this); ; yield this.pause()) {
        for (; this.dataReady(); ) {
          const bytes = this.recv(); // a box: what is sent goes out when its reader has its turn
          for (const member of members) member.send(bytes);
        }
      }
    }
  }
  const scheduler = new Scheduler();
  const server = new SimpleServer({ protocol: () => new Member(), port: 0 }).activate(scheduler);
  enter(server.port);
  scheduler.loop.watch(clients[0] as Socket, 'r', leave);
  scheduler.run();
}

if (run === 'promises') {
  const listener = createServer(['127.0.0.1', 0]);
  enter(listener.getsockname()[1]);
  const members = [(await listener.acceptAsync())[0], (await listener.acceptAsync())[0]];
  const bytes = await members[1]?.recvAsync(100); // the program stands here, the process goes on
  for (const member of members) await member.sendallAsync(bytes ?? '');
  leave();
}
