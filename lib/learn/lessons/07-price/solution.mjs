// Solution of lesson 7: n grows until poll() costs ten times as much.
import { EPOLLIN, epoll, POLLIN, poll } from 'fdselect';
import { dup, pipe, write } from 'fdselect/os';

const [quiet] = pipe();
const [ready, writer] = pipe();
write(writer, 'x');
const poller = poll();
const set = epoll();
poller.register(ready, POLLIN);
set.register(ready, EPOLLIN);

function price(call) {
  const times = [];
  for (let round = 0; round < 9; round++) {
    const began = process.hrtime.bigint();
    for (let i = 0; i < 50; i++) call();
    times.push(Number(process.hrtime.bigint() - began));
  }
  return times.sort((a, b) => a - b)[4];
}

let size = 1;
while (size < 1000 && price(() => poller.poll(0)) < 10 * price(() => set.poll(0))) {
  for (let i = 0; i < Math.ceil(size / 4); i++) {
    const fd = dup(quiet);
    poller.register(fd, POLLIN);
    set.register(fd, EPOLLIN);
  }
  size += Math.ceil(size / 4);
}
export const n = size;
