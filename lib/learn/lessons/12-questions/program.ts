/** Lesson 12: an epoll inside another one. */
import { EPOLLET, EPOLLIN, epoll } from 'fdselect';
import { socketpair } from 'fdselect/socket';

const run = process.argv[2] ?? 'level';

const [peer, own] = socketpair();
const inner = epoll();
const outer = epoll();
inner.register(own, EPOLLIN);
outer.register(inner, run === 'edge' ? EPOLLIN | EPOLLET : EPOLLIN);

const show = (name: string, set: typeof inner) =>
  console.log(`${name}: ${set.poll(0).length > 0 ? 'ready' : 'nothing'}`);

show('outer, before anything was sent  ', outer);
peer.send('x');
show('outer, a byte has come           ', outer);
show('outer again                      ', outer);
show('inner                            ', inner);
own.recv(9);
show('outer, after the byte was read   ', outer);

for (const thing of [inner, outer, peer, own]) thing.close();
