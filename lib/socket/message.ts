/** Messages with ancillary data, for sendmsg and recvmsg. */
import { type NativeAddress, native } from '../native/index.js';
import {
  type BytesLike,
  check,
  INT_MAX,
  integer,
  toBytes,
  toList,
  typeError,
} from '../values/index.js';
import { type Address, fromNative } from './address.js';
import { AF_UNIX, MSG_CMSG_CLOEXEC } from './core-constants.js';

/** A control message to send; cmsg(3). */
export type AncillaryData = readonly [level: number, type: number, data: BytesLike];

/** A received message: bytes or their number; control messages; flags; the sender. */
export type ReceivedMessage<Data> = [
  data: Data,
  ancdata: [level: number, type: number, data: Buffer][],
  msgFlags: number,
  address: Address | null,
];

/** Level, type and data of each message, one after the other, as the addon takes them. */
export function controlMessages(ancdata: Iterable<AncillaryData>): (number | Uint8Array)[] {
  const expected = 'an array of [level, type, data]';
  return toList('ancdata', expected, ancdata).flatMap((item) => {
    if (!Array.isArray(item) || item.length !== 3) throw typeError('ancdata', expected, item);
    const [level, type, data] = item as unknown as AncillaryData;
    return [int('level', level), int('type', type), toBytes('data', data)];
  });
}

function int(name: string, value: number): number {
  return integer(name, value, -INT_MAX - 1, INT_MAX);
}

/** What {@link receiveMessage} has received. @throws OSError */
export function receivedData(...args: Parameters<typeof receiveMessage>): ReceivedMessage<number> {
  const received = receiveMessage(...args);
  // Checked only if it is an error: a message is no number.
  return typeof received === 'number' ? (check(received, 'recvmsg') as never) : received;
}

/**
 * Makes the call.
 * @param timeout - as the addon takes it
 * @returns the message, or -errno
 */
export function receiveMessage(
  fd: number,
  family: number,
  buffers: Uint8Array[],
  ancbufsize: number,
  flags: number,
  timeout: number,
): ReceivedMessage<number> | number {
  // Other families refuse the flag. The result does not show it if the caller has not set it.
  const closeOnExec = family === AF_UNIX ? (MSG_CMSG_CLOEXEC ?? 0) : 0;
  const hidden = closeOnExec & ~flags;
  const found: (number | Buffer)[] = [];
  const rest: [number, NativeAddress] | [] = [];
  const bits = flags | closeOnExec;
  const size = native.recvmsg(fd, buffers, ancbufsize, bits, timeout, found, rest);
  if (size < 0) return size;
  const [msgFlags, address] = rest as unknown as [number, NativeAddress];
  const ancdata: [number, number, Buffer][] = [];
  for (let i = 0; i < found.length; i += 3) {
    ancdata.push(found.slice(i, i + 3) as [number, number, Buffer]);
  }
  return [size, ancdata, msgFlags & ~hidden, fromNative(address)];
}
