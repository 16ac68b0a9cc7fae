/**
 * The functions of the addon as calls of the kernel: which call each makes, what its arguments are,
 * and which file descriptors it opens and closes.
 */
import type { NativeAddress, NativeEndpoint } from '../contract.js';
import type { CallRecord } from './format.js';

// biome-ignore lint/suspicious/noExplicitAny: the arguments of any function of the addon
export type Args = any[];

/** How a function of the addon becomes a record. */
export interface Spec {
  call: string;
  /** The function of the library where it is not the call's own. */
  by?: string;
  /** Which argument is the file descriptor; none: -1. */
  fd?: number;
  /** Other file descriptors that it uses. */
  uses?(args: Args): number[];
  /** What it is asked. */
  fields?(args: Args): Partial<CallRecord>;
  /** The bytes that it sends (known before the call) or receives (after it). */
  bytes?(args: Args, ret: number): Uint8Array[];
  /** The fds that it has opened, with the type of their files. */
  opens?(args: Args, ret: number): Opened | null;
  /** Whether the fd that it was given is closed now. */
  closes?: true;
  /** Whether it may sleep: what is recorded is written before. */
  maySleep?(args: Args): boolean;
  /** What the kernel answered, where the function answers something else. */
  answer?(args: Args, ret: number): number;
}

export interface Opened {
  fds: number[];
  type: string;
  /** The fd whose file they stand for (dup). */
  sameAs?: number;
  /** The two are the ends of one connection; of a pipe the first reads. */
  connected?: boolean;
}

const piece = (buffer: Uint8Array, offset: number, size: number) => [
  buffer.subarray(offset, offset + Math.max(size, 0)),
];
const one = (type: string) => (_: Args, ret: number) => ({ fds: [ret], type });
const waits = (place: number) => (args: Args) => args[place] > 0;
const pair = (place: number, type: string) => (args: Args) => ({
  ...{ fds: args[place] as number[], type, connected: true },
});
const total = (buffers: Uint8Array[]) => buffers.reduce((sum, { length }) => sum + length, 0);

/** `127.0.0.1:80`, `[::1]:80`, a path, `@name` of an abstract Unix address. */
export function addressText(address: NativeAddress | NativeEndpoint, unix: number): string {
  const [family, name = '', port = 0] = address;
  if (family === undefined) return '';
  if (family === unix) return String(name).replace(/^\0/, '@');
  const host = String(name);
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** @param unix - the number of AF_UNIX here */
export function specs(unix: number, dontWait: number): Record<string, Spec> {
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
  const buffer = (args: Args, ret: number) => piece(args[1], 0, ret);
  const lengthOf = (place: number) => (args: Args) => ({ size: args[place].length as number });
  return {
    createEpoll: { call: 'epoll_create1', fd: -1, opens: one('epoll') },
    controlEpoll: {
      call: 'epoll_ctl',
      fd: -1,
      uses: ([epfd, , fd]) => [epfd, fd],
      fields: ([epfd, op, fd, events]) => ({
        ...{ epfd, op: (['ADD', 'MOD', 'DEL'] as const)[op as 0], fd },
        ...(op !== 2 && { events: events >>> 0 }),
      }),
    },
    openWaker: { call: 'eventfd', by: 'Waker', fd: -1, opens: one('eventfd') },
    wakeWaker: { call: 'write', by: 'Waker', fields: () => ({ size: 8 }), answer: eight },
    clearWaker: { call: 'read', by: 'Waker', fields: () => ({ size: 8 }), answer: eight },
    socket: {
      call: 'socket',
      fd: -1,
      fields: (args) => ({ args: args.slice(0, 3) }),
      opens: ([family, type], ret) => ({ fds: [ret], type: socketType(family, type) }),
    },
    socketpair: {
      call: 'socketpair',
      fd: -1,
      fields: ([family, type, proto, fds]) => ({ args: [family, type, proto], fds: [...fds] }),
      opens: ([family, type, , fds]) => ({
        ...{ fds, type: socketType(family, type), connected: true },
      }),
    },
    bind: { call: 'bind', fields: (args) => to(args, 1) },
    connect: {
      call: 'connect',
      fields: (args) => ({ ...to(args, 2), timeout: args[1] }),
      maySleep: waits(1),
    },
    listen: { call: 'listen', fields: ([, backlog]) => ({ args: [backlog] }) },
    accept: {
      call: 'accept',
      fields: ([, timeout]) => ({ timeout }),
      opens: one('socket'),
      maySleep: waits(1),
    },
    shutdown: { call: 'shutdown', fields: ([, how]) => ({ args: [how] }) },
    recv: {
      call: 'recv',
      fields: (args) => ({
        ...received(
          (a) => a[3],
          (a) => a[4],
        )(args),
        timeout: args[5],
      }),
      bytes: ([, bytes, offset], ret) => piece(bytes, offset, ret),
      maySleep: waits(5),
    },
    recvfrom: {
      call: 'recvfrom',
      fields: (args) => ({
        ...received(
          (a) => a[3],
          (a) => a[4],
        )(args),
        timeout: args[5],
      }),
      bytes: ([, bytes, offset], ret) => piece(bytes, offset, ret),
      maySleep: waits(5),
    },
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
      maySleep: waits(5),
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
      maySleep: waits(3),
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
      maySleep: waits(3),
    },
    sendmsg: {
      call: 'sendmsg',
      fields: ([, buffers, , flags, timeout]) => ({ size: total(buffers), flags, timeout }),
      maySleep: waits(4),
    },
    recvmsg: {
      call: 'recvmsg',
      fields: ([, buffers, , flags, timeout]) => ({ size: total(buffers), flags, timeout }),
      maySleep: waits(4),
    },
    pipe: {
      call: 'pipe',
      fd: -1,
      fields: ([fds]) => ({ fds: [...fds] }),
      opens: pair(0, 'pipe'),
    },
    pipe2: {
      call: 'pipe',
      fd: -1,
      fields: ([flags, fds]) => ({ flags, fds: [...fds] }),
      opens: pair(1, 'pipe'),
    },
    openpty: {
      call: 'openpty',
      fd: -1,
      fields: ([fds]) => ({ fds: [...fds] }),
      opens: ([fds]) => ({ fds, type: 'tty' }),
    },
    dup: { call: 'dup', opens: ([fd], ret) => ({ fds: [ret], type: '', sameAs: fd }) },
    dup2: {
      call: 'dup2',
      fields: ([, target]) => ({ args: [target] }),
      opens: ([fd], ret) => ({ fds: [ret], type: '', sameAs: fd }),
    },
    close: { call: 'close', closes: true },
    open: {
      call: 'open',
      fd: -1,
      fields: ([path, flags, mode]) => ({
        address: Buffer.from(path).toString(),
        args: [flags, mode],
      }),
      opens: one('file'),
    },
    read: { call: 'read', fields: lengthOf(1), bytes: buffer },
    write: { call: 'write', fields: lengthOf(1), bytes: buffer },
    readv: { call: 'readv', fields: ([, buffers]) => ({ size: total(buffers) }) },
    writev: { call: 'writev', fields: ([, buffers]) => ({ size: total(buffers) }) },
    readWithin: {
      call: 'read',
      fields: ([, bytes, timeout]) => ({ size: bytes.length, timeout }),
      bytes: buffer,
      maySleep: ([, , timeout]) => timeout !== 0,
    },
    writeWithin: {
      call: 'write',
      fields: ([, bytes, offset, timeout]) => ({ size: bytes.length - offset, timeout }),
      bytes: ([, bytes, offset], ret) => piece(bytes, offset, ret),
      maySleep: ([, , , timeout]) => timeout !== 0,
    },
    setBlocking: { call: 'fcntl', by: 'setBlocking', fields: ([, on]) => ({ args: [on] }) },
    getBlocking: { call: 'fcntl', by: 'getBlocking' },
    setInheritable: { call: 'fcntl', by: 'setInheritable', fields: ([, on]) => ({ args: [on] }) },
    getInheritable: { call: 'fcntl', by: 'getInheritable' },
    fcntl: { call: 'fcntl', fields: ([, command]) => ({ args: [command] }) },
    ioctl: { call: 'ioctl', fields: ([, request]) => ({ args: [request] }) },
    openSignalPipe: {
      call: 'pipe',
      by: 'signalPipe',
      fd: -1,
      fields: ([signals]) => ({ args: [...signals] }),
      opens: one(''),
    },
    readSignals: { call: 'read', by: 'signalPipe', fields: lengthOf(1) },
    closeSignalPipe: { call: 'close', by: 'signalPipe', closes: true },
    memfdCreate: { call: 'memfd_create', fd: -1, opens: one('file') },
    eventfd: { call: 'eventfd', fd: -1, opens: one('eventfd') },
    timerfdCreate: { call: 'timerfd_create', fd: -1, opens: one('timerfd') },
    timerfdSettime: { call: 'timerfd_settime' },
    timerfdGettime: { call: 'timerfd_gettime' },
    pidfdOpen: { call: 'pidfd_open', fd: -1, opens: one('pidfd') },
    inotifyInit: { call: 'inotify_init1', fd: -1, opens: one('inotify') },
    inotifyAddWatch: { call: 'inotify_add_watch' },
    inotifyRmWatch: { call: 'inotify_rm_watch' },
    setsockopt: { call: 'setsockopt', fields: ([, level, name]) => ({ args: [level, name] }) },
    getsockopt: { call: 'getsockopt', fields: ([, level, name]) => ({ args: [level, name] }) },
    getsockname: { call: 'getsockname' },
    getpeername: { call: 'getpeername' },
    lseek: { call: 'lseek', fields: ([, offset, whence]) => ({ args: [offset, whence] }) },
    sendfile: {
      call: 'sendfile',
      uses: ([, fd]) => [fd],
      fields: ([, fd, , size]) => ({ size, args: [fd] }),
    },
    splice: {
      call: 'splice',
      uses: ([, target]) => [target],
      fields: ([, target, size]) => ({ size, args: [target] }),
    },
    flock: { call: 'flock', fields: ([, operation]) => ({ args: [operation] }) },
    isatty: { call: 'ioctl', by: 'isatty' },
    ttyname: { call: 'readlink', by: 'ttyname' },
    tcgetattr: { call: 'ioctl', by: 'tcgetattr' },
    tcsetattr: { call: 'ioctl', by: 'tcsetattr', fields: ([, when]) => ({ args: [when] }) },
    tcgetwinsize: { call: 'ioctl', by: 'tcgetwinsize' },
    tcsetwinsize: {
      call: 'ioctl',
      by: 'tcsetwinsize',
      fields: ([, rows, columns]) => ({ args: [rows, columns] }),
    },
    controlLine: { call: 'ioctl', by: 'controlLine', fields: ([, what]) => ({ args: [what] }) },
    hideInput: { call: 'ioctl', by: 'getpass' },
    showInput: { call: 'ioctl', by: 'getpass', fd: -1 },
    fileMode: { call: 'fstat' },
    mkfifo: {
      call: 'mkfifo',
      fd: -1,
      fields: ([path, mode]) => ({ address: Buffer.from(path).toString(), args: [mode] }),
    },
    waitpid: { call: 'wait4', fd: -1, fields: ([pid, options]) => ({ args: [pid, options] }) },
  };
}

/** An eventfd takes and gives 8 bytes. */
function eight(_: Args, ret: number): number {
  return ret < 0 ? ret : 8;
}
