/** The table of the addon's functions on files, pipes, terminals and epoll sets. */
import { type Args, type Need, one, pair, piece, type Spec, total } from './spec.js';

const { statSync } = process.getBuiltinModule('node:fs');

const buffer = (args: Args, ret: number) => piece(args[1], 0, ret);
const lengthOf = (place: number) => (args: Args) => ({ size: args[place].length as number });

/** Reads and writes of an eventfd transfer 8 bytes. */
function eight(_: Args, ret: number): number {
  return ret < 0 ? ret : 8;
}

/** open(2) of a FIFO waits for the other end. */
function openNeeds([path]: Args): Need | null {
  try {
    return statSync(Buffer.from(path)).isFIFO() ? 'other' : null;
  } catch {
    return null; // open() reports the error
  }
}

/** The same values on Linux and macOS. */
const LOCK_NB = 4;
const WNOHANG = 1;
const TCSANOW = 0;

export const fileCalls: Record<string, Spec> = {
  createEpoll: { call: 'epoll_create1', hasFd: false, opens: one('epoll') },
  controlEpoll: {
    call: 'epoll_ctl',
    hasFd: false,
    uses: ([epfd, , fd]) => [epfd, fd],
    fields: ([epfd, op, fd, events]) => ({
      ...{ epfd, op: (['ADD', 'MOD', 'DEL'] as const)[op as 0], fd },
      ...(op !== 2 && { events: events >>> 0 }),
    }),
  },
  openWaker: { call: 'eventfd', by: 'Waker', hasFd: false, opens: one('eventfd') },
  wakeWaker: { call: 'write', by: 'Waker', fields: () => ({ size: 8 }), answer: eight },
  clearWaker: { call: 'read', by: 'Waker', fields: () => ({ size: 8 }), answer: eight },
  pipe: {
    call: 'pipe',
    hasFd: false,
    fields: ([fds]) => ({ fds: [...fds] }),
    opens: pair(0, 'pipe'),
  },
  pipe2: {
    call: 'pipe',
    hasFd: false,
    fields: ([flags, fds]) => ({ flags, fds: [...fds] }),
    opens: pair(1, 'pipe'),
  },
  openpty: {
    call: 'openpty',
    hasFd: false,
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
    hasFd: false,
    fields: ([path, flags, mode]) => ({
      address: Buffer.from(path).toString(),
      args: [flags, mode],
    }),
    opens: one('file'),
    needs: openNeeds,
  },
  read: { call: 'read', fields: lengthOf(1), bytes: buffer, needs: 'input' },
  write: { call: 'write', fields: lengthOf(1), bytes: buffer, needs: 'room' },
  readv: { call: 'readv', fields: ([, buffers]) => ({ size: total(buffers) }), needs: 'input' },
  writev: { call: 'writev', fields: ([, buffers]) => ({ size: total(buffers) }), needs: 'room' },
  readWithin: {
    call: 'read',
    fields: ([, bytes, timeout]) => ({ size: bytes.length, timeout }),
    bytes: buffer,
    needs: 'input',
    ignoresMode: true,
  },
  writeWithin: {
    call: 'write',
    fields: ([, bytes, offset, timeout]) => ({ size: bytes.length - offset, timeout }),
    bytes: ([, bytes, offset], ret) => piece(bytes, offset, ret),
    needs: 'room',
    ignoresMode: true,
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
    hasFd: false,
    fields: ([signals]) => ({ args: [...signals] }),
    opens: one(''),
  },
  readSignals: { call: 'read', by: 'signalPipe', fields: lengthOf(1) },
  closeSignalPipe: { call: 'close', by: 'signalPipe', closes: true },
  memfdCreate: { call: 'memfd_create', hasFd: false, opens: one('file') },
  eventfd: { call: 'eventfd', hasFd: false, opens: one('eventfd') },
  timerfdCreate: { call: 'timerfd_create', hasFd: false, opens: one('timerfd') },
  timerfdSettime: { call: 'timerfd_settime' },
  timerfdGettime: { call: 'timerfd_gettime' },
  pidfdOpen: { call: 'pidfd_open', hasFd: false, opens: one('pidfd') },
  inotifyInit: { call: 'inotify_init1', hasFd: false, opens: one('inotify') },
  inotifyAddWatch: { call: 'inotify_add_watch' },
  inotifyRmWatch: { call: 'inotify_rm_watch' },
  lseek: { call: 'lseek', fields: ([, offset, whence]) => ({ args: [offset, whence] }) },
  sendfile: {
    call: 'sendfile',
    uses: ([, fd]) => [fd],
    fields: ([, fd, , size]) => ({ size, args: [fd] }),
    needs: 'other',
  },
  splice: {
    call: 'splice',
    uses: ([, target]) => [target],
    fields: ([, target, size]) => ({ size, args: [target] }),
    needs: 'other',
  },
  flock: {
    call: 'flock',
    fields: ([, operation]) => ({ args: [operation] }),
    needs: ([, operation]) => (operation & LOCK_NB ? null : 'other'),
  },
  lockf: {
    call: 'fcntl',
    by: 'lockf',
    fields: ([, waits, type]) => ({ args: [waits, type] }),
    needs: ([, waits]) => (waits ? 'other' : null),
  },
  isatty: { call: 'ioctl', by: 'isatty' },
  ttyname: { call: 'readlink', by: 'ttyname' },
  tcgetattr: { call: 'ioctl', by: 'tcgetattr' },
  tcsetattr: {
    call: 'ioctl',
    by: 'tcsetattr',
    fields: ([, when]) => ({ args: [when] }),
    needs: ([, when]) => (when === TCSANOW ? null : 'other'),
  },
  tcgetwinsize: { call: 'ioctl', by: 'tcgetwinsize' },
  tcsetwinsize: {
    call: 'ioctl',
    by: 'tcsetwinsize',
    fields: ([, rows, columns]) => ({ args: [rows, columns] }),
  },
  controlLine: {
    call: 'ioctl',
    by: 'controlLine',
    fields: ([, what]) => ({ args: [what] }),
    needs: 'other',
  },
  hideInput: { call: 'ioctl', by: 'getpass' },
  showInput: { call: 'ioctl', by: 'getpass', hasFd: false },
  fileMode: { call: 'fstat' },
  mkfifo: {
    call: 'mkfifo',
    hasFd: false,
    fields: ([path, mode]) => ({ address: Buffer.from(path).toString(), args: [mode] }),
  },
  waitpid: {
    call: 'wait4',
    hasFd: false,
    fields: ([pid, options]) => ({ args: [pid, options] }),
    needs: ([, options]) => (options & WNOHANG ? null : 'other'),
  },
};
