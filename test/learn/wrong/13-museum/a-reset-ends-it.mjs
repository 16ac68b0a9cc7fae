// the server has ended with: ECONNRESET
import { select } from 'fdselect';

const without = (list, item) => {
  if (list.includes(item)) list.splice(list.indexOf(item), 1);
};

export function serve(listener, stop, { ins, ous, data }) {
  const leave = (socket) => {
    without(ins, socket);
    without(ous, socket);
    data.delete(socket);
    socket.close();
  };
  const attempt = (socket, action) => {
    action(socket);
  };
  const receive = (socket) => {
    const received = socket.recv(8192);
    if (received.length === 0) return leave(socket);
    data.set(socket, Buffer.concat([data.get(socket) ?? Buffer.alloc(0), received]));
    if (!ous.includes(socket)) ous.push(socket);
  };
  const send = (socket) => {
    const all = data.get(socket);
    const rest = all.subarray(socket.send(all));
    if (rest.length > 0) return data.set(socket, rest);
    data.delete(socket);
    without(ous, socket);
  };
  ins.push(listener, stop);
  for (;;) {
    const [i, o] = select(ins, ous, []);
    if (i.includes(stop)) break;
    for (const x of i) {
      if (x === listener) ins.push(listener.accept()[0]);
      else attempt(x, () => receive(x));
    }
    // A socket that has left in the loop above is in `o` still, but no more in `ous`.
    for (const x of o) if (ous.includes(x)) attempt(x, () => send(x));
  }
  for (const x of [...ins]) if (x !== listener && x !== stop) leave(x);
}
