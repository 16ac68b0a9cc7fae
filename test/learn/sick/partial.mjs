// Sends more than the kernel takes, and forgets the rest.
import { socketpair } from 'fdselect/socket';

const [own, peer] = socketpair();
own.setblocking(false);
own.send(Buffer.alloc(4_000_000));
own.close();
peer.close();
