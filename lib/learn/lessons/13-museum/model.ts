/** Museum: the "minimal model" of a course on select servers, with its bugs. Not for use. */
import { select } from 'fdselect';
import { createServer, type Socket } from 'fdselect/socket';

const server = createServer(['127.0.0.1', 0], { backlog: 1 });
console.log(`listening on ${server.getsockname()[1]}`);

function handleRequest(message: Buffer, sock: Socket): void {
  sock.send(message.toString('latin1').toUpperCase());
}

const input = [server];
for (;;) {
  let inready: Socket[];
  try {
    [inready] = select(input, [], []);
  } catch {
    break;
  }
  for (const sock of inready) {
    if (sock === server) {
      const [client] = server.accept();
      input.push(client);
    } else {
      // @ts-expect-error the size is missing, as in the original
      const message: Buffer = sock.recv();
      if (message.length > 0) handleRequest(message, sock);
      else {
        sock.close();
        input.splice(input.indexOf(sock), 1);
      }
    }
  }
}
server.close();
