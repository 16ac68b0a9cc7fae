/** Museum: Bob's chat server, version 0.1, with its bugs. Not for use. */
import { select } from 'fdselect';
import { createServer, type Socket } from 'fdselect/socket';

const mainsock = createServer(['127.0.0.1', 0]);
console.log(`listening on ${mainsock.getsockname()[1]}`);

const mainsocks = [mainsock];
const readsocks = [mainsock];
const writesocks: Socket[] = [];
const Q: Buffer[] = [];

const id = (socket: Socket) => socket.fileno();
const now = () => new Date().toTimeString().slice(0, 8);

for (;;) {
  const [readables, writeables] = select(readsocks, writesocks, []);
  for (const sockobj of readables) {
    if (mainsocks.includes(sockobj)) {
      const [newsock, address] = sockobj.accept();
      console.log('Connect:', address, id(newsock));
      readsocks.push(newsock);
    } else {
      try {
        const data = sockobj.recv(1024);
        console.log(`\tgot ${data} on ${id(sockobj)}`);
        if (data.length === 0) {
          sockobj.close();
          readsocks.splice(readsocks.indexOf(sockobj), 1);
          if (writesocks.includes(sockobj)) writesocks.splice(writesocks.indexOf(sockobj), 1);
        } else {
          Q.push(data);
          // the client takes part from its first message on
          if (!writesocks.includes(sockobj)) writesocks.push(sockobj);
        }
      } catch {}
    }
  }
  for (const message of [...Q]) {
    if (writeables.length === 0) continue;
    for (const sockobj of writeables) {
      try {
        sockobj.send(`${id(sockobj)}(${now()}): ${message}`);
        console.log(`\tsent ${message} to ${id(sockobj)}`);
      } catch {}
    }
    Q.splice(Q.indexOf(message), 1);
  }
}
