/** Museum: an echo server on select, example 19-6 of a textbook, with its bugs. Not for use. */
import { select } from 'fdselect';
import { type Address, AF_INET, SOCK_STREAM, type Socket, socket } from 'fdselect/socket';

const sock = socket(AF_INET, SOCK_STREAM);
sock.bind(['127.0.0.1', 0]);
sock.listen(5);
console.log(`listening on ${sock.getsockname()[1]}`);

// lists of sockets to watch for input and output events
const ins: Socket[] = [sock];
const ous: Socket[] = [];
// mapping socket -> data to send on that socket when feasible
const data = new Map<Socket, Buffer>();
// mapping socket -> address of the client
const adrs = new Map<Socket, Address>();

try {
  for (;;) {
    const [i, o] = select(ins, ous, []); // no excepts nor timeout
    for (const x of i) {
      if (x === sock) {
        // input event on sock means client trying to connect
        const [newSocket, address] = sock.accept();
        console.log('Connected from', address);
        ins.push(newSocket);
        adrs.set(newSocket, address);
      } else {
        // other input events mean data arrived, or disconnections
        const newdata = x.recv(8192);
        if (newdata.length > 0) {
          // data arrived, prepare and queue the response to it
          console.log(`${newdata.length} bytes from`, adrs.get(x));
          data.set(x, Buffer.concat([data.get(x) ?? Buffer.alloc(0), newdata]));
          if (!ous.includes(x)) ous.push(x);
        } else {
          // a disconnect, give a message and clean up
          console.log('disconnected from', adrs.get(x));
          adrs.delete(x);
          if (ous.includes(x)) ous.splice(ous.indexOf(x), 1);
          x.close();
        }
      }
    }
    for (const x of o) {
      // output events always mean we can send some data
      let tosend = data.get(x) ?? Buffer.alloc(0);
      if (tosend.length > 0) {
        const nsent = x.send(tosend);
        console.log(`${nsent} bytes to`, adrs.get(x));
        // remember data still to be sent, if any
        tosend = tosend.subarray(nsent);
      }
      if (tosend.length > 0) {
        console.log(`${tosend.length} bytes remain for`, adrs.get(x));
        data.set(x, tosend);
      } else {
        data.delete(x);
        ous.splice(ous.indexOf(x), 1);
        console.log('No data currently remain for', adrs.get(x));
      }
    }
  }
} finally {
  sock.close();
}
