/** Lesson 7: one file descriptor is ready, among more and more that are not. */
import { EPOLLIN, epoll, POLLIN, poll, select } from 'fdselect';
import { close, dup, pipe, write } from 'fdselect/os';

const SIZES = [1, 10, 100, 1000];
const how = process.argv[2] ?? 'all';

/** Nanoseconds of one call: the middle one of nine measurements. */
function price(call: () => unknown): number {
  const times = Array.from({ length: 9 }, () => {
    const began = process.hrtime.bigint();
    for (let i = 0; i < 50; i++) call();
    return Number(process.hrtime.bigint() - began) / 50;
  });
  return times.sort((a, b) => a - b)[4] as number;
}

const [quiet, quietWriter] = pipe();
const [ready, readyWriter] = pipe();
write(readyWriter, 'x');

const prices = SIZES.map((size) => {
  // Many numbers for one quiet pipe: the kernel looks at each of them.
  const fds = [ready, ...Array.from({ length: size - 1 }, () => dup(quiet))];
  const poller = poll();
  const set = epoll();
  for (const fd of fds) {
    poller.register(fd, POLLIN);
    set.register(fd, EPOLLIN);
  }
  const found = {
    select: price(() => select(fds, [], [], 0)),
    poll: price(() => poller.poll(0)),
    epoll: price(() => set.poll(0)),
  };
  set.close();
  for (const fd of fds.slice(1)) close(fd);
  return found;
});

for (const fd of [quiet, quietWriter, ready, readyWriter]) close(fd);

if (how === 'all') {
  for (const name of ['select', 'poll', 'epoll'] as const) {
    const one = prices[0]?.[name] ?? 1;
    const steps = prices.map((found, i) => `${SIZES[i]}: ${(found[name] / one).toFixed(1)}x`);
    console.log(`${name.padEnd(6)}  ${steps.join('  ')}`);
  }
} else {
  for (const name of ['select', 'poll', 'epoll'] as const) {
    const times = (prices[3]?.[name] ?? 0) / (prices[1]?.[name] ?? 1);
    console.log(
      `${name.padEnd(6)} 1000 against 10: ${times > 5 ? 'many times' : 'about the same'}`,
    );
  }
}
