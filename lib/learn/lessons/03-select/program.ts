/** Lesson 3: an echo server on select() with a bug of a book's example, and the same mended. */
import { select } from 'fdselect';
import { createConnection, createServer, type Socket } from 'fdselect/socket';

const run = process.argv[2] ?? 'broken';

const listener = createServer(['127.0.0.1', 0]);
const ins: Socket[] = [listener]; // who is watched for reading
const ous: Socket[] = []; // who is watched for writing: there is an answer to send
const data = new Map<Socket, Buffer>();

function remove(list: Socket[], socket: Socket): void {
  const place = list.indexOf(socket);
  if (place !== -1) list.splice(place, 1);
}

/** Waits once and serves all that are ready. */
function turn(): void {
  const [readable, writable] = select(ins, ous, [], 0.2);
  for (const socket of readable) {
    if (socket === listener) {
      const [client] = listener.accept();
      ins.push(client);
      console.log('  server: a client connected');
    } else {
      receive(socket);
    }
  }
  for (const socket of writable) {
    const rest = data.get(socket);
    if (rest === undefined) continue; // it was closed above
    const left = rest.subarray(socket.send(rest));
    data.set(socket, left);
    if (left.length === 0) remove(ous, socket);
  }
}

function receive(socket: Socket): void {
  const bytes = socket.recv(8192);
  if (bytes.length > 0) {
    console.log(`  server: ${bytes.length} bytes arrived`);
    data.set(socket, Buffer.concat([data.get(socket) ?? Buffer.alloc(0), bytes]));
    if (!ous.includes(socket)) ous.push(socket);
    return;
  }
  console.log('  server: a client left');
  data.delete(socket);
  remove(ous, socket);
  if (run === 'mended') remove(ins, socket); // the line that the book's example lacks
  socket.close();
}

const client = createConnection(listener.getsockname());
turn();
client.send('hello');
turn();
turn();
console.log(`client: got ${client.recv(99)}`);
client.close();
turn();
try {
  turn();
  console.log('the server waits for the next client');
} catch (error) {
  console.log(`the server ended: ${(error as NodeJS.ErrnoException).code}`);
}
listener.close();
