/**
 * The same random scripts through CPython and through fdselect: the answers agree.
 *
 * FDSELECT_SCRIPTS sets how many, FDSELECT_SEED which; a disagreement is shrunk to a short script
 * and printed with its seed and both answers up to the first step that differs.
 */
import { expect, test } from 'vitest';
import { amount } from '../support/amount.ts';
import { SEED } from '../support/seed.ts';
import { compare } from './compare.ts';

const COUNT = Number(process.env.FDSELECT_SCRIPTS ?? amount(500, 2000));

/** What every run meets, or it would not test much; with far fewer scripts it might not. */
const OUTCOMES =
  'close closeObject dup2 modify poll read recv register select send sendall shutdown tryRecv ' +
  'trySend unregister write ' +
  'EAGAIN EBADF EINVAL ENOENT ENOTSOCK EPIPE ERR_CLOSED KeyError RangeError TypeError ' +
  'readable writable exceptional POLLIN POLLPRI POLLOUT POLLERR POLLHUP POLLNVAL ' +
  'epollRegister epollModify epollUnregister epollPoll epollPollInto epollFromfd epollClose ' +
  'epoll.EBADF epoll.EEXIST epoll.EINVAL epoll.ELOOP epoll.ENOENT epoll.EPERM epoll.ERR_CLOSED ' +
  'epoll.RangeError epoll.TypeError EPOLLIN EPOLLPRI EPOLLOUT EPOLLERR EPOLLHUP ' +
  'selectorRegister selectorModify selectorUnregister selectorGetKey selectorGet selectorMap ' +
  'selectorSelect selectorRenew sameKey newKey ' +
  'selector.EBADF selector.EPERM selector.KeyError selector.RangeError selector.TypeError ' +
  'select.1 select.2 select.3 poll.1 poll.2 poll.3 epoll.1 epoll.2 epoll.3 ' +
  'tcp.read tcp.write tcp.recv tcp.send tcp.EPIPE udp.read udp.write udp.recv udp.ECONNREFUSED ' +
  'file.read file.write fifo.read fifo.write pty.read pty.write';

test(`${COUNT} scripts, seed ${SEED}`, { timeout: 60_000 + 60 * COUNT }, async () => {
  expect(await compare(COUNT, null, OUTCOMES.split(' '))).toEqual([]);
});
