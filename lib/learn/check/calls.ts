/** What kinds of calls there are, as the rules see them. */
import type { CallRecord } from '../replay/format.js';

const RECEIVING = new Set(['recv', 'recvfrom', 'recvmsg', 'read', 'readv']);
const SENDING = new Set(['send', 'sendto', 'sendmsg', 'write', 'writev', 'sendfile', 'splice']);
/** Calls that only ask. */
const ASKING = new Set(['getsockopt', 'getsockname', 'getpeername', 'fcntl', 'ioctl', 'fstat']);
/** Errors of calls that have changed nothing. */
const NOTHING_DONE = new Set([
  ...['EAGAIN', 'EINTR', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'],
  ...['EBADF', 'ENOTCONN', 'EINVAL'],
]);
/** Errors that end a connection. */
const LOST = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTCONN', 'EHOSTUNREACH']);
const MSG_DONTWAIT = 0x40;

export const isReceive = ({ call }: CallRecord) => RECEIVING.has(call);
export const isSend = ({ call }: CallRecord) => SENDING.has(call);

/** The end of the file or of the connection was read. */
export const isEnd = (record: CallRecord) =>
  isReceive(record) && record.ret === 0 && record.size !== 0;

export const isLost = ({ errno }: CallRecord) => errno !== undefined && LOST.has(errno);

/** Whether the call changes something: a program that only makes other calls makes no progress. */
export function isEffective(record: CallRecord): boolean {
  if (ASKING.has(record.call) || isEnd(record)) return false;
  return record.errno === undefined || !NOTHING_DONE.has(record.errno);
}

/** Whether a call may sleep, by its arguments and by the mode of its fd. */
export function mayBlock(record: CallRecord, isBlocking: boolean): boolean {
  if (((record.flags ?? 0) & MSG_DONTWAIT) !== 0 || record.timeout === 0) return false;
  return isBlocking || (record.timeout ?? 0) > 0;
}
