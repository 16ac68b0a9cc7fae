// the others wait for ever
import { EPOLLIN, EPOLLONESHOT } from 'fdselect';
export const choice = { shared: true, events: EPOLLIN | EPOLLONESHOT };
