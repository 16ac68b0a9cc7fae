/** The calls of a socket that may block; in a worker, so that the worker's end ends them. */
import { constants as osConstants } from 'node:os';
import { isInterruptible, type NativeBinding, native } from '../native/index.js';
import { POLLIN, POLLOUT, Poll } from '../waits/index.js';
import {
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_OOB,
  MSG_PEEK,
  MSG_WAITALL,
  SO_ACCEPTCONN,
  SO_ERROR,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
  SO_TYPE,
  SOCK_STREAM,
  SOL_SOCKET,
} from './constants.js';

const { EAGAIN, EALREADY, EINPROGRESS, ETIMEDOUT, EWOULDBLOCK } = osConstants.errno;

type Calls = Pick<
  NativeBinding,
  'accept' | 'connect' | 'recv' | 'recvfrom' | 'send' | 'sendall' | 'sendto'
>;

/** What the addon takes for "make the plain call". */
const PLAIN = -1;

/** With one of these no call waits. */
const NO_WAIT = MSG_DONTWAIT | MSG_OOB | MSG_ERRQUEUE;

/** A deadline that never comes. */
const FOREVER = Number.POSITIVE_INFINITY;

const TIMEVAL_SIZE = 16;
const LONGEST_PAUSE_MS = 10;

function wouldBlock(result: number): boolean {
  return result === -EAGAIN || result === -EWOULDBLOCK;
}

function option(fd: number, name: number): number {
  const value = new Int32Array(1);
  const result = native.getsockopt(fd, SOL_SOCKET, name, new Uint8Array(value.buffer));
  return result < 0 ? result : (value[0] as number);
}

/** The time at which `timeout` milliseconds are over; never where it is negative. */
function deadlineOf(timeout: number): number {
  return timeout < 0 ? FOREVER : performance.now() + timeout;
}

/** Whether a call would wait for as long as it takes: not on a non-blocking fd or with SO_…TIMEO. */
function waitsForEver(fd: number, events: number): boolean {
  const limit = Buffer.alloc(TIMEVAL_SIZE);
  const name = events === POLLIN ? SO_RCVTIMEO : SO_SNDTIMEO;
  return (
    native.getBlocking(fd) === 1 &&
    native.getsockopt(fd, SOL_SOCKET, name, limit) >= 0 &&
    limit.every((byte) => byte === 0)
  );
}

/** Waits for events of `fd`, if it is one, in the way that the end of the worker ends. */
function wait(fd: number | null, events: number, deadline: number): boolean {
  const poller = new Poll();
  if (fd !== null) poller.register(fd, events);
  do {
    // Poll takes at most 2^31 - 1 ms, and no time at all for an end that has passed.
    const left = Math.min(Math.max(deadline - performance.now(), 0), 0x7fffffff);
    if (poller.poll(left).length > 0) return true;
  } while (performance.now() < deadline);
  return false;
}

/** Waits a little for what nothing reports: 1 ms, then longer, not beyond the deadline. */
function pause(round: number, deadline: number): void {
  wait(null, 0, Math.min(deadline, performance.now() + Math.min(2 ** round, LONGEST_PAUSE_MS)));
}

/**
 * Makes `call()`, which does not block, until it need not wait any more.
 *
 * Without a deadline it is made before the first wait too: most calls find what they want, and
 * errors that do not depend on waiting are not waited for. With one it is poll(2) first, as in
 * the addon.
 *
 * @param plain - the same call, for a file descriptor on which it does not wait for ever
 */
function whenReady(
  fd: number,
  events: number,
  deadline: number,
  call: () => number,
  plain: () => number,
): number {
  if (deadline === FOREVER) {
    const result = call();
    if (!wouldBlock(result)) return result;
    if (!waitsForEver(fd, events)) return plain();
  }
  for (let round = 0; ; round++) {
    if (!wait(fd, events, deadline)) return -ETIMEDOUT;
    const result = call();
    if (!wouldBlock(result)) return result;
    // Ready and yet not: somebody else was quicker, or a Unix datagram's receiver has no room.
    pause(round, deadline);
    if (performance.now() >= deadline) return -ETIMEDOUT;
  }
}

const interruptible: Calls = {
  accept(fd, timeout, nonBlocking, address) {
    if (timeout === 0) return native.accept(fd, timeout, nonBlocking, address);
    const plain = () => native.accept(fd, PLAIN, nonBlocking, address);
    if (timeout > 0) return whenReady(fd, POLLIN, deadlineOf(timeout), plain, plain);
    // There is no MSG_DONTWAIT for accept(2): poll(2) has to say that it will not block.
    const call = () => {
      const result = native.accept(fd, 0, nonBlocking, address);
      return result === -ETIMEDOUT ? -EAGAIN : result;
    };
    const result = call();
    if (!wouldBlock(result)) return result;
    // Only a listener has something to wait for.
    if (option(fd, SO_ACCEPTCONN) !== 1) return plain();
    return whenReady(fd, POLLIN, deadlineOf(timeout), call, plain);
  },

  connect(fd, timeout, ...address) {
    const plain = () => native.connect(fd, PLAIN, ...address);
    if (timeout >= 0) {
      const result = plain();
      if (result !== -EINPROGRESS) return result;
      if (!wait(fd, POLLOUT, deadlineOf(timeout))) return -ETIMEDOUT;
      const error = option(fd, SO_ERROR);
      return error < 0 ? error : -error;
    }
    if (!waitsForEver(fd, POLLOUT)) return plain();
    for (let round = 0; ; ) {
      native.setBlocking(fd, 0);
      const result = plain();
      native.setBlocking(fd, 1);
      if (result === -EINPROGRESS || result === -EALREADY) {
        // Made again it says how it went and, unlike SO_ERROR, leaves a socket that may try again.
        wait(fd, POLLOUT, FOREVER);
      } else if (address[0] === AF_UNIX && wouldBlock(result)) {
        // The listener's queue is full: nothing has begun, and nothing tells when there is room.
        pause(round++, FOREVER);
      } else {
        return result;
      }
    }
  },

  recv(fd, buffer, offset, size, flags, timeout) {
    const plain = () => native.recv(fd, buffer, offset, size, flags, PLAIN);
    if (timeout < 0 && ((flags & NO_WAIT) !== 0 || isWholePeek(flags))) return plain();
    const bits = flags | MSG_DONTWAIT;
    const deadline = deadlineOf(timeout);
    const call = () => native.recv(fd, buffer, offset, size, bits, PLAIN);
    const received = whenReady(fd, POLLIN, deadline, call, plain);
    const isWhole = (flags & MSG_WAITALL) === 0 || received <= 0 || received >= size;
    if (timeout >= 0 || isWhole || option(fd, SO_TYPE) !== SOCK_STREAM) return received;
    const rest = interruptible.recv(fd, buffer, offset + received, size - received, flags, PLAIN);
    return received + Math.max(rest, 0);
  },

  recvfrom(fd, buffer, flags, timeout, address) {
    const plain = () => native.recvfrom(fd, buffer, flags, PLAIN, address);
    if (timeout < 0 && ((flags & NO_WAIT) !== 0 || (flags & MSG_WAITALL) !== 0)) return plain();
    const bits = flags | MSG_DONTWAIT;
    const call = () => native.recvfrom(fd, buffer, bits, PLAIN, address);
    return whenReady(fd, POLLIN, deadlineOf(timeout), call, plain);
  },

  send(fd, data, offset, size, flags, timeout) {
    const plain = () => native.send(fd, data, offset, size, flags, PLAIN);
    if (timeout < 0 && (flags & MSG_DONTWAIT) !== 0) return plain();
    const call = () => native.send(fd, data, offset, size, flags | MSG_DONTWAIT, PLAIN);
    return whenReady(fd, POLLOUT, deadlineOf(timeout), call, plain);
  },

  sendall(fd, data, flags, timeout) {
    if (timeout < 0 && (flags & MSG_DONTWAIT) !== 0) return native.sendall(fd, data, flags, PLAIN);
    const bits = flags | MSG_DONTWAIT;
    const deadline = deadlineOf(timeout);
    let sent = 0;
    const call = () => native.send(fd, data, sent, data.length - sent, bits, PLAIN);
    const plain = () => {
      const result = native.sendall(fd, data.subarray(sent), flags, PLAIN);
      return result < 0 ? result : data.length - sent;
    };
    do {
      const result = whenReady(fd, POLLOUT, deadline, call, plain);
      if (result < 0) return result;
      sent += result;
    } while (sent < data.length);
    return 0;
  },

  sendto(fd, data, flags, timeout, ...address) {
    const plain = () => native.sendto(fd, data, flags, PLAIN, ...address);
    if (timeout < 0 && (flags & MSG_DONTWAIT) !== 0) return plain();
    const call = () => native.sendto(fd, data, flags | MSG_DONTWAIT, PLAIN, ...address);
    return whenReady(fd, POLLOUT, deadlineOf(timeout), call, plain);
  },
};

/** All of it, and it stays there: cannot be put together from several calls. */
function isWholePeek(flags: number): boolean {
  return (flags & MSG_WAITALL) !== 0 && (flags & MSG_PEEK) !== 0;
}

/**
 * The addon's own functions; in a worker of Node's, what does the same in pieces that
 * `worker.terminate()` and `process.exit()` end. Not ended there: the resolving of a host's name,
 * and MSG_WAITALL together with MSG_PEEK or with recvfrom.
 */
export const calls: Calls = isInterruptible ? interruptible : native;
