/** The table of the addon's functions on sockets. */
import type { NativeEndpoint } from '../contract.js';
import { type Args, addressText, one, piece, type Spec, total } from './spec.js';

const buffer = (args: Args, ret: number) => piece(args[1], 0, ret);

/**
 * @param unix - the value of AF_UNIX
 * @param dontWait - MSG_DONTWAIT
 */
export function socketCalls(unix: number, dontWait: number): Record<string, Spec> {
  const socketType = (family: number, type: number) =>
    family === unix ? 'unix' : (type & 0xf) === 2 ? 'udp' : 'tcp';
  const to = (args: Args, from: number) => ({
    address: addressText(args.slice(from) as NativeEndpoint, unix),
  });
  const received =
    (size: (args: Args) => number, flags: (args: Args) => number) => (args: Args) => {
      const bits = flags(args);
      return { size: size(args), ...(bits !== 0 && { flags: bits }) };
    };
  const input = (place: number) => (args: Args) => (args[place] & dontWait ? null : 'input');
  const room = (place: number) => (args: Args) => (args[place] & dontWait ? null : 'room');
  /** The common part of recv and recvfrom. */
  const receives: Omit<Spec, 'call'> = {
    fields: (args) => ({
      ...received(
        (a) => a[3],
        (a) => a[4],
      )(args),
      timeout: args[5],
    }),
    bytes: ([, bytes, offset], ret) => piece(bytes, offset, ret),
    needs: input(4),
  };
  return {
    socket: {
      call: 'socket',
      hasFd: false,
      fields: (args) => ({ args: args.slice(0, 3) }),
      opens: ([family, type], ret) => ({ fds: [ret], type: socketType(family, type) }),
    },
    socketpair: {
      call: 'socketpair',
      hasFd: false,
      fields: ([family, type, proto, fds]) => ({ args: [family, type, proto], fds: [...fds] }),
      opens: ([family, type, , fds]) => ({
        ...{ fds, type: socketType(family, type), connected: true },
      }),
    },
    bind: { call: 'bind', fields: (args) => to(args, 1) },
    connect: {
      call: 'connect',
      fields: (args) => ({ ...to(args, 2), timeout: args[1] }),
      needs: 'other',
    },
    listen: { call: 'listen', fields: ([, backlog]) => ({ args: [backlog] }) },
    accept: {
      call: 'accept',
      fields: ([, timeout]) => ({ timeout }),
      opens: one('socket'),
      needs: 'input',
    },
    shutdown: { call: 'shutdown', fields: ([, how]) => ({ args: [how] }) },
    recv: { call: 'recv', ...receives },
    recvfrom: { call: 'recvfrom', ...receives },
    tryRecv: {
      call: 'recv',
      fields: received(
        (a) => a[3],
        () => dontWait,
      ),
      bytes: ([, bytes, offset], ret) => piece(bytes, offset, ret),
    },
    send: {
      call: 'send',
      fields: (args) => ({ size: args[3], flags: args[4], timeout: args[5] }),
      bytes: ([, bytes, offset], ret) => piece(bytes, offset, ret),
      needs: room(4),
    },
    trySend: {
      call: 'send',
      fields: (args) => ({ size: args[3], flags: dontWait }),
      bytes: ([, bytes, offset], ret) => piece(bytes, offset, ret),
    },
    sendall: {
      call: 'send',
      by: 'sendall',
      fields: (args) => ({ size: args[1].length, flags: args[2], timeout: args[3] }),
      bytes: ([, bytes], ret) => (ret < 0 ? [] : [bytes]),
      answer: ([, bytes], ret) => (ret < 0 ? ret : bytes.length),
      needs: room(2),
    },
    sendto: {
      call: 'sendto',
      fields: (args) => ({
        size: args[1].length,
        flags: args[2],
        timeout: args[3],
        ...to(args, 4),
      }),
      bytes: buffer,
      needs: room(2),
    },
    sendmsg: {
      call: 'sendmsg',
      fields: ([, buffers, , flags, timeout]) => ({ size: total(buffers), flags, timeout }),
      needs: room(3),
    },
    recvmsg: {
      call: 'recvmsg',
      fields: ([, buffers, , flags, timeout]) => ({ size: total(buffers), flags, timeout }),
      needs: input(3),
    },
    setsockopt: { call: 'setsockopt', fields: ([, level, name]) => ({ args: [level, name] }) },
    getsockopt: { call: 'getsockopt', fields: ([, level, name]) => ({ args: [level, name] }) },
    getsockname: { call: 'getsockname' },
    getpeername: { call: 'getpeername' },
  };
}
