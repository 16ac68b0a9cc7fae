/** Lesson 25: a message to one client, while more and more others say nothing. */
import { EPOLLIN, epoll, POLLIN, poll, select } from 'fdselect';
import { type Socket, socketpair } from 'fdselect/socket';

const SIZES = [4, 40, 400];
const run = process.argv[2] ?? 'curve';

/** Microseconds of one call: the middle one of nine measurements. */
function price(call: () => unknown): number {
  const times = Array.from({ length: 9 }, () => {
    const began = process.hrtime.bigint();
    for (let i = 0; i < 50; i++) call();
    return Number(process.hrtime.bigint() - began) / 50_000;
  });
  return times.sort((a, b) => a - b)[4] as number;
}

/** A client sends, the server waits, receives and answers, and the client receives. */
function echo(client: Socket, server: Socket, wait: () => unknown): void {
  client.send('hello');
  wait();
  server.send(server.recv(99));
  client.recv(99);
}

const curve = SIZES.map((size) => {
  const pairs = Array.from({ length: size }, () => socketpair());
  const servers = pairs.map(([, server]) => server);
  const [client, server] = pairs[0] as [Socket, Socket];
  const poller = poll();
  const set = epoll();
  for (const one of servers) {
    poller.register(one, POLLIN);
    set.register(one, EPOLLIN);
  }
  const prices = {
    select: price(() => echo(client, server, () => select(servers, [], []))),
    poll: price(() => echo(client, server, () => poller.poll())),
    epoll: price(() => echo(client, server, () => set.poll())),
  };
  set.close();
  for (const socket of pairs.flat()) socket.close();
  return prices;
});

for (const name of ['select', 'poll', 'epoll'] as const) {
  const first = curve[0]?.[name] ?? 1;
  if (run === 'curve') {
    const points = curve.map((prices, i) => `${SIZES[i]}: ${prices[name].toFixed(1)} µs`);
    console.log(`${name.padEnd(6)}  ${points.join('  ')}`);
  } else {
    const growth = (curve.at(-1)?.[name] ?? 0) / first;
    console.log(
      `${name.padEnd(6)} ${growth > 1.8 ? 'costs more with more idle clients' : 'costs about the same'}`,
    );
  }
}
