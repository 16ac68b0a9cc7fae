/** Checks the exercise of lesson 1: the predicted order of answers against a run. */
import { select } from 'fdselect';
import { createConnection, createServer, type Socket } from 'fdselect/socket';
import { startWorker } from '../../course/kernel.js';
import { type Exercise, fail } from '../../exercises/exercise.js';

/** The story of exercise.mjs, played with the serial server. */
async function play(): Promise<string[]> {
  const listener = createServer(['127.0.0.1', 0]);
  const address = listener.getsockname();
  const worker = await startWorker(new URL('./serial-server.js', import.meta.url), {
    fd: listener.detach(),
  });
  const clients = new Map<Socket, string>();
  const connect = (name: string) => {
    const client = createConnection(address);
    clients.set(client, name);
    return client;
  };
  const order: string[] = [];
  const answers = () => {
    for (;;) {
      const [ready] = select([...clients.keys()], [], [], 0.1);
      if (ready.length === 0) return;
      for (const client of ready) {
        if (client.recv(9).length > 0) order.push(clients.get(client) ?? '');
        else clients.delete(client);
      }
    }
  };
  const [b, a, c] = [connect('B'), connect('A'), connect('C')];
  for (const client of [a, c, b]) client.sendall('?');
  answers();
  for (const client of [c, b, a]) {
    // The end of sending: the server sees that the client leaves, and an answer can still come.
    client.shutdown(1);
    answers();
  }
  await worker.terminate();
  for (const client of [a, b, c]) client.close();
  return order;
}

export const exercise: Exercise = {
  hints: [
    'Which of the three did accept() answer first? Sending does not matter for that.',
    'A client that leaves while it is not being served is still in the queue, with its bytes.',
    'B is served at once. When B leaves, A is next: it was the second to connect.',
  ],
  checks: [
    {
      says: 'order names A, B and C, each once',
      run: ({ order }) => {
        if (!Array.isArray(order) || [...order].sort().join() !== 'A,B,C') {
          fail(`order is ${JSON.stringify(order)}`);
        }
      },
    },
    {
      says: 'a run with the serial server answers in this order',
      run: async ({ order }) => {
        const real = await play();
        const place = real.findIndex((name, i) => name !== order[i]);
        if (place === -1) return;
        fail(
          `answer ${place + 1} was not for ${order[place]}. Who had connected before ${order[place]}?`,
        );
      },
    },
  ],
};
