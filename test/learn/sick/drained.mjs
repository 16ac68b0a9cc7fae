// Edge-triggered, and it reads four bytes of ten. Then the same with oneshot. At last oneshot that is
// read to its end and not armed again for what comes later.
import { EPOLLET, EPOLLIN, EPOLLONESHOT, epoll } from 'fdselect';
import { socketpair } from 'fdselect/socket';

for (const mode of [EPOLLET, EPOLLONESHOT]) {
  const [own, peer] = socketpair();
  const set = epoll();
  set.register(own, EPOLLIN | mode);
  peer.send('abcdefghij');
  set.poll(1);
  own.recv(4);
  set.poll(0.01);
  set.close();
  own.close();
  peer.close();
}

const [own, peer] = socketpair();
const set = epoll();
set.register(own, EPOLLIN | EPOLLONESHOT);
peer.send('a');
set.poll(1);
own.recv(4);
peer.send('b');
set.poll(0.01);
own.close();
peer.close();
set.close();
