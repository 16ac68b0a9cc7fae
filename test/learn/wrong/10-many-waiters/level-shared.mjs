// it woke
import { EPOLLIN } from 'fdselect';
export const choice = { shared: true, events: EPOLLIN };
