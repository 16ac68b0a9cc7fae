// Tells the kernel what it knows, and asks again for an answer that it has.
import { EPOLLIN, epoll } from 'fdselect';
import { socketpair } from 'fdselect/socket';

const [own, peer] = socketpair();
const set = epoll();
set.register(own, EPOLLIN);
for (let i = 0; i < 20; i++) {
  peer.send('x');
  set.poll(1);
  set.poll(1);
  own.recv(9);
  set.modify(own, EPOLLIN);
}
set.close();
own.close();
peer.close();
