/**
 * The ten programs of modes.test.ts on fdselect: `modes.mjs server|client MODE PORT`. Each is
 * silent about flushing where the original is.
 */
import {
  flush,
  initListenerSocket,
  input,
  redirectBothAsClient,
  redirectBothAsServer,
  redirectIn,
  redirectOut,
} from 'fdselect/redirect';
import { createConnection } from 'fdselect/socket';

const [role, mode, port] = process.argv.slice(2);
const { pid } = process;
const turns = [0, 1, 2];

const programs = {
  server1() {
    const lines = initListenerSocket(Number(port)).makefile('r');
    for (const _ of turns) console.log(`server ${pid} got [${lines.readline().trimEnd()}]`);
  },
  client1() {
    redirectOut(Number(port));
    for (const i of turns) {
      console.log(`client ${pid}: ${i}`);
      flush();
    }
  },
  server2() {
    const connection = initListenerSocket(Number(port));
    for (const i of turns) connection.send(Buffer.from(`server ${pid}: ${i}\n`));
  },
  client2() {
    redirectIn(Number(port));
    for (const _ of turns) console.log(`client ${pid} got [${input()}]`);
  },
  server3() {
    const connection = initListenerSocket(Number(port));
    const lines = connection.makefile('r');
    for (const _ of turns) {
      connection.send(Buffer.from(`server ${pid} got [${lines.readline().trimEnd()}]\n`));
    }
  },
  client3() {
    redirectBothAsClient(Number(port));
    for (const i of turns) {
      console.log(`client ${pid}: ${i}`);
      process.stderr.write(`client ${pid} got [${input()}]\n`);
    }
  },
  server4() {
    talk(createConnection(['127.0.0.1', Number(port)]));
  },
  client4() {
    redirectBothAsServer(Number(port));
    answer();
  },
  server5() {
    talk(initListenerSocket(Number(port)));
  },
  client5() {
    redirectBothAsClient(Number(port));
    answer();
  },
};

function talk(connection) {
  const lines = connection.makefile('r');
  for (const i of turns) {
    connection.send(Buffer.from(`server ${pid}: ${i}\n`));
    console.log(`server ${pid} got [${lines.readline().trimEnd()}]`);
  }
}

function answer() {
  for (const _ of turns) {
    console.log(`client ${pid} got [${input()}]`);
    flush();
  }
}

programs[role + mode]();
