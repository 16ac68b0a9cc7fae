/** The claims of lesson 1 about the kernel. */
import assert from 'node:assert/strict';
import { select } from 'fdselect';
import { createConnection, createServer } from 'fdselect/socket';
import { claim } from '../../course/claim.js';
import { closeAll, cpuShare, startWorker } from '../../course/kernel.js';
import { tcpPair } from '../../course/proof.js';

/** The worker owns the listener, and closes it with its end. */
async function startServer() {
  const listener = createServer(['127.0.0.1', 0]);
  const address = listener.getsockname();
  const url = new URL('./serial-server.js', import.meta.url);
  return { address, worker: await startWorker(url, { fd: listener.detach() }) };
}

export const claims = [
  claim(
    'blocking-second-waits',
    'A server that reads from one client until it leaves gives the second client nothing meanwhile.',
    async () => {
      const { address, worker } = await startServer();
      const first = createConnection(address);
      first.sendall('a');
      first.recv(1); // the server is with the first client now
      const second = createConnection(address);
      second.sendall('b');
      const [early] = select([second], [], [], 0.1);
      closeAll(first, second);
      await worker.terminate();
      assert.deepEqual(early, []);
    },
  ),

  claim(
    'blocking-second-served',
    'When the first client leaves, the second gets its answer: its bytes had waited in the kernel.',
    async () => {
      const { address, worker } = await startServer();
      const first = createConnection(address);
      first.sendall('a');
      first.recv(1);
      const second = createConnection(address);
      second.sendall('b');
      first.close();
      const answer = String(second.recv(1));
      second.close();
      await worker.terminate();
      assert.equal(answer, 'b');
    },
  ),

  claim(
    'blocking-connect-first',
    '`connect` succeeds, and bytes can be sent, before the server has called `accept`.',
    () => {
      const listener = createServer(['127.0.0.1', 0]);
      const client = createConnection(listener.getsockname());
      assert.equal(client.send('hello'), 5);
      const [accepted] = listener.accept();
      assert.equal(String(accepted.recv(99)), 'hello');
      closeAll(client, accepted, listener);
    },
  ),

  claim('blocking-sleeps', 'A thread that sleeps in a call uses no CPU time.', () => {
    const [peer, own] = tcpPair();
    own.settimeout(0.2);
    const share = cpuShare(() => assert.throws(() => own.recv(1), { code: 'ETIMEDOUT' }));
    closeAll(peer, own);
    assert.ok(share < 0.2, `it used ${share} of a CPU`);
  }),
];
