// it woke 4 of 4
import { EPOLLET, EPOLLIN } from 'fdselect';
export const choice = { shared: false, events: EPOLLIN | EPOLLET };
