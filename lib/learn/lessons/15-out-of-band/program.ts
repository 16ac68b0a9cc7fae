/** Lesson 15: the third set of select, and the one byte that it is for. */
import { select } from 'fdselect';
import { createConnection, createServer, MSG_OOB } from 'fdselect/socket';

const run = process.argv[2] ?? 'sets';

const listener = createServer(['127.0.0.1', 0]);
const client = createConnection(listener.getsockname());
const [server] = listener.accept();
server.setblocking(false);

/** Waits for a moment, and says in which sets the socket is. */
function ask(): string {
  const [readable, , exceptional] = select([server], [], [server], 0.1);
  const names = [readable.length > 0 && 'readable', exceptional.length > 0 && 'exceptional'];
  return names.filter(Boolean).join(' and ') || 'nothing';
}

/** The result of recv: bytes, or the name of its error. */
function recv(size: number, flags = 0): string {
  try {
    return `'${server.recv(size, flags)}'`;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

if (run === 'sets') {
  client.send('!', MSG_OOB);
  console.log(`after an urgent byte: ${ask()}`);
  console.log(`recv(1, MSG_OOB):     ${recv(1, MSG_OOB)}`);
  console.log(`after it was read:    ${ask()}`);
  console.log(`recv(10):             ${recv(10)}`);
}

if (run === 'late') {
  client.send('before');
  client.send('!', MSG_OOB);
  client.send('after');
  console.log(`select says:          ${ask()}`);
  console.log(`recv(100):            ${recv(100)}`); // stops at the mark
  console.log(`recv(100):            ${recv(100)}`); // the bug: goes past the mark
  console.log(`recv(1, MSG_OOB):     ${recv(1, MSG_OOB)}`);
}

if (run === 'first') {
  client.send('before');
  client.send('!', MSG_OOB);
  client.send('after');
  console.log(`select says:          ${ask()}`);
  console.log(`recv(1, MSG_OOB):     ${recv(1, MSG_OOB)}`); // the urgent byte before all others
  console.log(`recv(100):            ${recv(100)}`);
  console.log(`recv(100):            ${recv(100)}`);
}
