/** Measures the claims of lesson 18 in a process that has few fds. Prints JSON. */
import { POLLIN } from 'fdselect';
import { close, dup } from 'fdselect/os';
import { createConnection, createServer } from 'fdselect/socket';
import { codeOf, countWaits } from '../../course/proof.js';

const listener = createServer(['127.0.0.1', 0]);
listener.setblocking(false);
const address = listener.getsockname();
const reserve = dup(0);
const taken: number[] = [];
const error = codeOf(() => {
  for (;;) taken.push(dup(0));
});
if (error !== 'EMFILE') throw new Error(`dup ended with ${error}`);

close(taken.pop() as number);
const client = createConnection(address);
const facts = {
  connected: client.getpeername()[1] === address[1],
  error: codeOf(() => listener.accept()),
  turns: countWaits(listener, POLLIN),
  pausedTurns: countWaits(listener, 0),
  acceptedLater: false,
  refusedSees: -1,
};

close(taken.pop() as number);
const accepted = listener.tryAccept();
facts.acceptedLater = accepted !== null;

close(taken.pop() as number);
const second = createConnection(address);
close(reserve);
listener.tryAccept()?.[0].close();
facts.refusedSees = second.recv(1).length;
console.log(JSON.stringify(facts));
