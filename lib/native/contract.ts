/**
 * What the addon offers.
 *
 * Every function returns a number that is `>= 0`, or `-errno`; anything else that it has to say goes
 * to the array or buffer that the caller hands over. It throws only for arguments that no file of
 * `lib/` would pass.
 */

/**
 * An address: family, name, three numbers, bytes, as `native/sys/address.h` says which family has
 * what; an empty array if there is none. The name of a Unix socket is a Buffer, others are text.
 */
export type NativeAddress =
  | [family: number, name: string | Buffer, a: number, b: number, c: number, bytes: Buffer]
  | [];

/** The arguments that an address is. */
export type NativeEndpoint = [
  family: number,
  name: string | Uint8Array,
  a: number,
  b: number,
  c: number,
  bytes?: Uint8Array,
];

/** One answer of getaddrinfo(3). */
export type NativeFound = [
  type: number,
  proto: number,
  canonicalName: string,
  family: number,
  name: string | Buffer,
  a: number,
  b: number,
  c: number,
  bytes: Buffer,
];

/** The waiter's drivers: libuv's loop, a thread. */
export type WaiterKind = 0 | 1;

export interface NativeBinding {
  /** The constants of the system's headers; one that the system lacks is absent. */
  readonly constants: Readonly<Record<string, number>>;

  /** Adds the functions for files, below, to the binding. */
  exportFiles(binding: NativeBinding): number;
  /** The same for the modules that read their own list when they are imported. */
  moduleConstants(module: string): Readonly<Record<string, number>>;

  /** select(2); the memory's layout is in `lib/native/wait-memory.ts`. */
  select(memory: ArrayBuffer): number;
  /** poll(2); the memory's layout is in `lib/native/wait-memory.ts`. */
  poll(memory: ArrayBuffer): number;

  // epoll(7); absent where the system has none.
  createEpoll?(): number;
  /** @param operation - 0: add; 1: modify; 2: delete */
  controlEpoll?(epollFd: number, operation: number, fd: number, events: number): number;
  /** epoll_wait(2); the memory's layout is in `lib/native/wait-memory.ts`. */
  waitEpoll?(memory: ArrayBuffer): number;

  // Waits that do not block; a wait is a number of the caller's choice. See `lib/waits/waiter.ts`.
  /**
   * Opens a driver, which the others take; `-errno`, such as `-EAGAIN` if there is no thread left.
   * @param kind - 0: in libuv's loop; `-ENOSYS` if there is none. 1: a thread
   * @param onReady - called when waits may be ready: with the only one; with the first two, and
   *   perhaps there are more to collect; or with none, and all are to be collected
   */
  openWaiter(kind: WaiterKind, onReady: (first?: number, second?: number) => void): number;
  /**
   * Sets what a wait watches an fd for; takes effect at once where the wait is armed.
   * @param isOwn - whether the fd belongs to the object that waits, which says when it closes it
   * @returns 0; 1 where the fd cannot be watched and may be ready already; or -errno
   */
  watchWait(driver: number, id: number, fd: number, events: number, isOwn: 0 | 1): number;
  unwatchWait(driver: number, id: number, fd: number): number;
  /** From now on the wait is reported, once, and keeps the process alive. Returns as `watchWait`. */
  armWait(driver: number, id: number): number;
  /** To be called when a wait was reported and the real call has found nothing. */
  rearmWait(driver: number, id: number): number;
  /** The wait is not reported any more; what it watches is kept for the next `armWait`. */
  disarmWait(driver: number, id: number): number;
  endWait(driver: number, id: number): number;
  /** Takes all fds out of the kernel's sets; each armed wait has to be armed again. */
  forgetWaits(driver: number): number;
  /** Writes waits that may be ready, each once; returns how many. */
  collectWaits(driver: number, ids: Int32Array): number;
  /**
   * Writes the armed waits that watch an fd, each as its id, or as ~id where it watches nothing else.
   * @returns how many there are, which may be more than fit
   */
  waitsFor(driver: number, fd: number, ids: Int32Array): number;

  /**
   * In a worker: lets `worker.terminate()` end a wait that blocks. `-ENOSYS` in the main thread, and
   * if there is no libuv.
   * @param probe - a function that does nothing
   */
  watchTermination(probe: () => void): number;

  openWaker(): number;
  wakeWaker(fd: number): number;
  clearWaker(fd: number): number;

  // Timeouts are milliseconds; 0 makes one attempt that never blocks, a negative one the plain call.
  socket(family: number, type: number, proto: number): number;
  socketpair(family: number, type: number, proto: number, fds: number[]): number;
  bind(fd: number, ...address: NativeEndpoint): number;
  connect(fd: number, timeout: number, ...address: NativeEndpoint): number;
  listen(fd: number, backlog: number): number;
  /** @param nonBlocking - of the new fd */
  accept(fd: number, timeout: number, nonBlocking: 0 | 1, address: NativeAddress): number;
  shutdown(fd: number, how: number): number;
  getsockname(fd: number, address: NativeAddress): number;
  getpeername(fd: number, address: NativeAddress): number;
  recv(
    fd: number,
    buffer: Uint8Array,
    offset: number,
    size: number,
    flags: number,
    timeout: number,
  ): number;
  recvfrom(
    fd: number,
    buffer: Uint8Array,
    offset: number,
    size: number,
    flags: number,
    timeout: number,
    address: NativeAddress,
  ): number;
  send(
    fd: number,
    data: Uint8Array,
    offset: number,
    size: number,
    flags: number,
    timeout: number,
  ): number;
  // As recv and send with MSG_DONTWAIT.
  tryRecv(fd: number, buffer: Uint8Array, offset: number, size: number): number;
  trySend(fd: number, data: Uint8Array, offset: number, size: number): number;
  sendall(fd: number, data: Uint8Array, flags: number, timeout: number): number;
  sendto(
    fd: number,
    data: Uint8Array,
    flags: number,
    timeout: number,
    ...address: NativeEndpoint
  ): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array): number;
  getsockopt(fd: number, level: number, name: number, value: Uint8Array): number;
  /** Appends an array for each result; a failure is in libuv's numbering (UV_EAI_…). */
  getaddrinfo(
    host: string | null,
    service: string | null,
    family: number,
    type: number,
    proto: number,
    flags: number,
    found: NativeFound[],
  ): number;
  /** The callback gets the result and the array; 0, or `-errno` where no look-up could be begun. */
  getaddrinfoAsync(
    host: string | null,
    service: string | null,
    family: number,
    type: number,
    proto: number,
    flags: number,
    callback: (result: number, found: NativeFound[]) => void,
  ): number;
  /** Fills the array with host and service. */
  getnameinfo(
    flags: number,
    names: string[],
    host: string,
    port: number,
    flowinfo: number,
    scopeid: number,
  ): number;
  /**
   * Writes 4 or 16 bytes; returns how many, 0 where the text is no address.
   * @param family - AF_UNSPEC: inet_aton(3)
   * @param bytes - 16
   */
  inetPton(family: number, text: string, bytes: Uint8Array): number;
  /** @param bytes - 16, of which IPv4 takes 4 */
  inetNtop(family: number, bytes: Uint8Array, text: string[]): number;
  ifNametoindex(name: string): number;
  ifIndextoname(index: number, name: string[]): number;
  /** Appends index and name of each interface. */
  ifNameindex(interfaces: (number | string)[]): number;

  /** @param ancdata - level, type and data of each control message, one after the other */
  sendmsg(
    fd: number,
    buffers: Uint8Array[],
    ancdata: (number | Uint8Array)[],
    flags: number,
    timeout: number,
    hasAddress: 0 | 1,
    ...address: NativeEndpoint | []
  ): number;
  /**
   * @param ancdata - gets level, type and data of each control message
   * @param rest - gets the message's flags and the sender's address
   */
  recvmsg(
    fd: number,
    buffers: Uint8Array[],
    ancbufsize: number,
    flags: number,
    timeout: number,
    ancdata: (number | Buffer)[],
    rest: [msgFlags: number, address: NativeAddress] | [],
  ): number;
  cmsgLen(length: number): number;
  cmsgSpace(length: number): number;

  // A worker's fds are closed with it: those that the functions here have opened.
  /** To be called once, in a worker. */
  ownFds(): number;
  /** The fd, which something else has opened, is one of this thread's from now on. */
  adoptFd(fd: number): number;
  /** The fd is not this thread's any more. */
  giveFd(fd: number): number;

  pipe(fds: number[]): number;
  dup(fd: number): number;
  dup2(fd: number, target: number): number;
  close(fd: number): number;
  open(path: string | Uint8Array, flags: number, mode: number): number;
  read(fd: number, buffer: Uint8Array): number;
  write(fd: number, data: Uint8Array): number;
  setBlocking(fd: number, blocking: 0 | 1): number;
  getBlocking(fd: number): number;
  /** The C library's text for a positive errno. */
  strerror(errno: number): string;

  /**
   * Returns the fd to wait for.
   * @param hasLibuv - whether libuv shares the signals out; else a handler of the addon's own does
   */
  openSignalPipe(signals: number[], hasLibuv: 0 | 1): number;
  /** Writes the numbers of signals that have come; returns how many. */
  readSignals(fd: number, numbers: Uint8Array): number;
  /** Makes sure that a handler that was set since calls the pipe's; needed without libuv. */
  keepSignals(fd: number): number;
  closeSignalPipe(fd: number): number;

  /**
   * Reads once, whatever O_NONBLOCK says; `-EAGAIN` when the time is over.
   * @param timeout - milliseconds; negative: for ever
   */
  readWithin(fd: number, buffer: Uint8Array, timeout: number): number;
  /** Writes once from `offset` on, perhaps a part; `-EAGAIN` when the time is over. */
  writeWithin(fd: number, data: Uint8Array, offset: number, timeout: number): number;

  // All that follows is there after `exportFiles` only.

  // Files, beyond what node:fs has. Paths and names are bytes.
  pipe2(flags: number, fds: number[]): number;
  getInheritable(fd: number): number;
  setInheritable(fd: number, inheritable: 0 | 1): number;
  lseek(fd: number, offset: number, whence: number): number;
  readv(fd: number, buffers: Uint8Array[]): number;
  writev(fd: number, buffers: Uint8Array[]): number;
  sendfile(out: number, input: number, offset: number | null, count: number): number;
  splice(
    src: number,
    dst: number,
    count: number,
    offsetSrc: number | null,
    offsetDst: number | null,
    flags: number,
  ): number;
  mkfifo(path: Uint8Array, mode: number): number;
  /** The mode of fstat(2). */
  fileMode(fd: number): number;
  memfdCreate(name: Uint8Array, flags: number): number;

  /** @param status - gets the status of the child whose number is the answer */
  waitpid(pid: number, options: number, status: number[]): number;
  pidfdOpen(pid: number, flags: number): number;
  /**
   * What the macros of waitpid(2) say: has exited, was signaled, is stopped, is continued, dumped core
   * (each 0 or 1); exit status, terminating signal, stopping signal.
   */
  decodeWaitStatus(status: number, facts: number[]): number;

  eventfd(initval: number, flags: number): number;
  timerfdCreate(clock: number, flags: number): number;
  // Times are nanoseconds; a setting is the time left and the interval.
  timerfdSettime(
    fd: number,
    flags: number,
    initial: number,
    interval: number,
    former: number[],
  ): number;
  timerfdGettime(fd: number, setting: number[]): number;

  isatty(fd: number): number;
  /** Writes the path; returns its length. */
  ttyname(fd: number, name: Uint8Array): number;
  openpty(fds: number[]): number;
  /** The attributes are iflag, oflag, cflag, lflag, ispeed, ospeed and the control characters. */
  tcgetattr(fd: number, attributes: number[]): number;
  tcsetattr(fd: number, when: number, attributes: number[]): number;
  tcgetwinsize(fd: number, size: number[]): number;
  tcsetwinsize(fd: number, rows: number, columns: number): number;
  /** @param what - 0: tcdrain(3), 1: tcflow(3), 2: tcflush(3), 3: tcsendbreak(3) */
  controlLine(fd: number, what: number, argument: number): number;

  /** @param value - gets what the call returns, which may be negative */
  fcntl(fd: number, command: number, argument: number | Uint8Array, value: number[]): number;
  ioctl(fd: number, request: number, argument: number | Uint8Array, value: number[]): number;
  flock(fd: number, operation: number): number;

  /**
   * Turns a terminal's echo off, until {@link showInput}; the end of the process or the worker turns it
   * on again. Returns an fd that is readable when a signal has come.
   */
  hideInput(fd: number): number;
  /** The signal that has come, which has had its own effect then; 0: none. */
  showInput(): number;

  inotifyInit(flags: number): number;
  inotifyAddWatch(fd: number, path: Uint8Array, mask: number): number;
  inotifyRmWatch(fd: number, wd: number): number;
}
