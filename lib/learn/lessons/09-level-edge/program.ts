/** Lesson 9: ten bytes come, each wait is answered by one recv() of four. What happens then? */
import { EPOLLET, EPOLLIN, EPOLLONESHOT, epoll } from 'fdselect';
import { socketpair } from 'fdselect/socket';

const run = process.argv[2] ?? 'level';
const modes: Record<string, number> = {
  level: EPOLLIN,
  edge: EPOLLIN | EPOLLET,
  drain: EPOLLIN | EPOLLET,
  oneshot: EPOLLIN | EPOLLONESHOT,
  rearm: EPOLLIN | EPOLLONESHOT,
};
const events = modes[run] ?? EPOLLIN;

const [client, server] = socketpair();
server.setblocking(false);
const set = epoll();
set.register(server, events);
const buffer = Buffer.alloc(4);
let unread = 0;

function send(text: string): void {
  client.send(text);
  unread += text.length;
  console.log(`client sends ${text.length}`);
}

/** Waits for 50 ms at most, and reads what the mode is about. Was there anything? */
function turn(): boolean {
  if (set.poll(0.05).length === 0) {
    console.log(`  wait: nothing for 50 ms, ${unread} bytes are there`);
    return false;
  }
  const sizes: (number | string)[] = [];
  do {
    const size = server.tryRecvInto(buffer);
    sizes.push(size ?? 'EAGAIN');
    if (size === null) break;
    unread -= size;
  } while (run === 'drain');
  console.log(`  wait: IN, recv ${sizes.join(', ')}, ${unread} bytes are left`);
  if (run === 'rearm') set.modify(server, events);
  return true;
}

send('abcdefghij');
while (turn());
send('k');
while (turn());
set.modify(server, events);
console.log('epoll_ctl(MOD) with the same events');
turn();

set.close();
client.close();
server.close();
