/** Lesson 13: visits three servers that have a place in history, and in a museum. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { select } from 'fdselect';
import { createConnection, type Socket } from 'fdselect/socket';

const run = process.argv[2] ?? 'echo';
const file = { echo: 'echo-19-6', bob: 'bob-0.1', model: 'model' }[run];

const server = spawn(process.execPath, [fileURLToPath(new URL(`./${file}.js`, import.meta.url))], {
  stdio: ['ignore', 'pipe', 'ignore'],
});
const ended = once(server, 'close');
const [firstLine] = await once(server.stdout, 'data');
server.stdout.resume();
const port = Number(/listening on (\d+)/.exec(String(firstLine))?.[1]);

const connect = () => createConnection(['127.0.0.1', port], { timeout: 5 });
/** Sends, and gives the answer; without the time of day. */
function say(socket: Socket, text: string): string {
  socket.send(text);
  return String(socket.recv(1024)).replace(/\(.*?\)/, '(time)');
}
const hears = (socket: Socket) => select([socket], [], [], 0.2)[0].length > 0;

if (run === 'echo') {
  const [ann, bea] = [connect(), connect()];
  console.log(`Ann: ${say(ann, 'hello')}`);
  console.log(`Bea: ${say(bea, 'hello')}`);
  ann.close();
  await ended;
  console.log(`Ann has left; the server has ended with exit code ${server.exitCode}`);
}

if (run === 'bob') {
  const [ann, bea] = [connect(), connect()];
  console.log(`Ann says hi and reads:  ${/: .*/.exec(say(ann, 'hi'))?.[0]}`);
  console.log(`Bea hears it:           ${hears(bea)}`);
  bea.send('me too');
  console.log(`Ann hears Bea:          ${hears(ann)}; Bea hears herself: ${hears(bea)}`);
  ann.recv(1024);
  const [atBea] = /^\d+/.exec(say(bea, 'once more')) ?? [];
  const [atAnn] = /^\d+/.exec(String(ann.recv(1024))) ?? [];
  console.log(`"once more" has the same sender's number at Bea and Ann: ${atBea === atAnn}`);
}

if (run === 'model') {
  connect().send('hello');
  await ended;
  console.log(`after the first message the server has ended with exit code ${server.exitCode}`);
}

server.kill('SIGKILL');
