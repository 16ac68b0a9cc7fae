// Exercise of lesson 13: the echo server 19-6. A client that leaves takes the server with it.
// Mend it: who leaves or resets takes only itself away, also with data unsent. `serve` returns when
// `stop` is readable. After it no client is left in the three collections of `state`.
import { select } from 'fdselect';

/** `listener`: a listening socket. `stop`: an fd. `state`: { ins: [], ous: [], data: new Map() }. */
export function serve(listener, stop, { ins, ous, data }) {
  ins.push(listener, stop);
  for (;;) {
    const [i, o] = select(ins, ous, []);
    if (i.includes(stop)) return;
    for (const x of i) {
      if (x === listener) {
        const [socket] = listener.accept();
        ins.push(socket);
      } else {
        const received = x.recv(8192);
        if (received.length > 0) {
          data.set(x, Buffer.concat([data.get(x) ?? Buffer.alloc(0), received]));
          if (!ous.includes(x)) ous.push(x);
        } else {
          if (ous.includes(x)) ous.splice(ous.indexOf(x), 1);
          x.close();
        }
      }
    }
    for (const x of o) {
      let rest = data.get(x) ?? Buffer.alloc(0);
      if (rest.length > 0) rest = rest.subarray(x.send(rest));
      if (rest.length > 0) data.set(x, rest);
      else {
        data.delete(x);
        ous.splice(ous.indexOf(x), 1);
      }
    }
  }
}
