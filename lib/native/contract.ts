/**
 * The functions of the native addon.
 *
 * Every function returns a number `>= 0`, or `-errno`. Other results are written to an array or
 * buffer that the caller passes. A function throws only for arguments that `lib/` never passes.
 */

/**
 * An address as a result: family, name, three numbers, bytes; `native/sys/address.h` lists the parts
 * of each family. Empty if there is no address. The name of a Unix socket is a Buffer, others are
 * text.
 */
export type NativeAddress =
  | [family: number, name: string | Buffer, a: number, b: number, c: number, bytes: Buffer]
  | [];

/** An address as arguments. */
export type NativeEndpoint = [
  family: number,
  name: string | Uint8Array,
  a: number,
  b: number,
  c: number,
  bytes?: Uint8Array,
];

/** One result of getaddrinfo(3). */
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

/** The kinds of drivers: 0 uses libuv's loop, 1 a thread. */
export type WaiterKind = 0 | 1;

/** The errors whose numbers the addon gives: those that `lib/` compares with or makes itself. */
export type Errno =
  | 'EADDRNOTAVAIL'
  | 'EAGAIN'
  | 'EALREADY'
  | 'EBADF'
  | 'ECONNABORTED'
  | 'ECONNREFUSED'
  | 'ECONNRESET'
  | 'EINPROGRESS'
  | 'EINTR'
  | 'EINVAL'
  | 'EISCONN'
  | 'EISDIR'
  | 'EMSGSIZE'
  | 'ENOBUFS'
  | 'ENOSYS'
  | 'ENOTSOCK'
  | 'ETIMEDOUT'
  | 'EWOULDBLOCK';

export interface NativeBinding {
  /** The constants of the system's headers; absent if the system lacks one. */
  readonly constants: Readonly<Record<string, number>>;

  /** Adds the functions that `import 'fdselect'` does not need (see below) to the binding. */
  exportRest(binding: NativeBinding): number;
  /** The constants of a module that needs more than `constants`, or the numbers of errors. */
  moduleConstants(module: string): Readonly<Record<string, number>>;

  /** select(2); the memory's layout is in `lib/native/wait-memory.ts`. */
  select(memory: ArrayBuffer): number;
  /** poll(2); the memory's layout is in `lib/native/wait-memory.ts`. */
  poll(memory: ArrayBuffer): number;

  // epoll(7); absent if the system has no epoll.
  createEpoll?(): number;
  /** @param operation - 0: add; 1: modify; 2: delete */
  controlEpoll?(epollFd: number, operation: number, fd: number, events: number): number;
  /** epoll_wait(2); the memory's layout is in `lib/native/wait-memory.ts`. */
  waitEpoll?(memory: ArrayBuffer): number;

  // Asynchronous waits; the caller chooses a number for each wait. See `lib/waits/waiter.ts`.
  /**
   * Opens a driver. Returns the number by which the other functions name it; or `-errno`, such as
   * `-EAGAIN` if no more threads can be made.
   * @param kind - 0: uses libuv's loop; `-ENOSYS` without libuv. 1: uses a thread
   * @param onReady - called when waits may be ready. With one id: only that wait. With two ids:
   *   these, and perhaps more to collect. Without ids: collect all of them
   */
  openWaiter(kind: WaiterKind, onReady: (first?: number, second?: number) => void): number;
  /**
   * Sets the events for which a wait watches an fd; takes effect at once if the wait is armed.
   * @param isOwn - whether the fd belongs to the object that waits, which announces its closing
   * @returns 0; 1 if the fd cannot be watched, and may be ready already; or -errno
   */
  watchWait(driver: number, id: number, fd: number, events: number, isOwn: 0 | 1): number;
  unwatchWait(driver: number, id: number, fd: number): number;
  /**
   * Starts the wait: it will be reported once, and keeps the process alive until then.
   * @returns as `watchWait`
   */
  armWait(driver: number, id: number): number;
  /** Continues a wait that was reported although the real call found nothing; or `-errno`. */
  rearmWait(driver: number, id: number): number;
  /** Stops the wait. What it watches is kept for the next `armWait`. */
  disarmWait(driver: number, id: number): number;
  endWait(driver: number, id: number): number;
  /** Removes all fds from the kernel's sets; each armed wait must be armed again. */
  forgetWaits(driver: number): number;
  /** Writes waits that may be ready, each once; returns how many. */
  collectWaits(driver: number, ids: Int32Array): number;
  /**
   * Writes the armed waits that watch an fd: the id of each, or ~id if it watches only this fd.
   * @returns how many there are, which may be more than fit
   */
  waitsFor(driver: number, fd: number, ids: Int32Array): number;

  /**
   * In a worker: makes `worker.terminate()` interrupt a wait that blocks. `-ENOSYS` in the main
   * thread and without libuv.
   * @param probe - a function that does nothing
   */
  watchTermination(probe: () => void): number;

  openWaker(): number;
  wakeWaker(fd: number): number;
  clearWaker(fd: number): number;

  // Ownership of fds: when a worker ends, the fds that these functions have opened are closed.
  /** Call it once, in a worker. */
  ownFds(): number;
  /** Makes this thread the owner of an fd that other code has opened. */
  adoptFd(fd: number): number;
  /** Ends this thread's ownership of an fd. */
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
   * Reads once; waits for data even if O_NONBLOCK is set. `-EAGAIN` after the timeout.
   * @param timeout - milliseconds; negative: for ever
   */
  readWithin(fd: number, buffer: Uint8Array, timeout: number): number;
  /** Writes once from `offset` on, perhaps only a part; `-EAGAIN` after the timeout. */
  writeWithin(fd: number, data: Uint8Array, offset: number, timeout: number): number;

  // The following functions exist only after `exportRest`.

  // Sockets.
  // Timeouts are in milliseconds. 0: one attempt that never blocks; negative: the plain system call.
  socket(family: number, type: number, proto: number): number;
  socketpair(family: number, type: number, proto: number, fds: number[]): number;
  bind(fd: number, ...address: NativeEndpoint): number;
  connect(fd: number, timeout: number, ...address: NativeEndpoint): number;
  listen(fd: number, backlog: number): number;
  /** @param nonBlocking - whether the new fd is non-blocking */
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
  /** Appends an array for each result. Errors are libuv's numbers (UV_EAI_…). */
  getaddrinfo(
    host: string | null,
    service: string | null,
    family: number,
    type: number,
    proto: number,
    flags: number,
    found: NativeFound[],
  ): number;
  /**
   * Begins the same in a thread of its own.
   * @returns an fd that is readable once the answer is there, and stands for the lookup
   */
  beginLookup(
    host: string | null,
    service: string | null,
    family: number,
    type: number,
    proto: number,
    flags: number,
  ): number;
  /** The result of `getaddrinfo`, once; `-EAGAIN` while the lookup is pending. */
  takeLookup(fd: number, found: NativeFound[]): number;
  /** Closes the fd; the answer of a pending lookup is dropped. */
  endLookup(fd: number): number;
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
   * Writes 4 or 16 bytes. Returns how many; 0 if the text is not an address.
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

  // Signals.
  /**
   * Returns the fd to wait for.
   * @param hasLibuv - 1: use libuv's signal handlers; 0: use the addon's own
   */
  openSignalPipe(signals: number[], hasLibuv: 0 | 1): number;
  /** Writes the numbers of the signals that have arrived; returns how many. */
  readSignals(fd: number, numbers: Uint8Array): number;
  /** Installs the pipe's handler again if other code has replaced it; needed without libuv. */
  keepSignals(fd: number): number;
  closeSignalPipe(fd: number): number;

  // Files, beyond node:fs. Paths and names are bytes.
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
  /** st_mode of fstat(2). */
  fileMode(fd: number): number;
  memfdCreate(name: Uint8Array, flags: number): number;

  /** Returns the child's pid. @param status - gets its wait status */
  waitpid(pid: number, options: number, status: number[]): number;
  pidfdOpen(pid: number, flags: number): number;
  /**
   * Decodes a wait status by the macros of waitpid(2): has exited, was signaled, is stopped, is
   * continued, dumped core (each 0 or 1); exit status, terminating signal, stopping signal.
   */
  decodeWaitStatus(status: number, facts: number[]): number;

  eventfd(initval: number, flags: number): number;
  timerfdCreate(clock: number, flags: number): number;
  // Times are in nanoseconds; a setting is the time left and the interval.
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

  /** @param value - gets the call's own result, which may be negative */
  fcntl(fd: number, command: number, argument: number | Uint8Array, value: number[]): number;
  ioctl(fd: number, request: number, argument: number | Uint8Array, value: number[]): number;
  flock(fd: number, operation: number): number;
  /** @param waits - 1: for a lock of another process; 0: it does not */
  lockf(
    fd: number,
    waits: number,
    type: number,
    start: number,
    length: number,
    whence: number,
  ): number;

  /**
   * Turns a terminal's echo off until {@link showInput}, or until the process or the worker ends.
   * Returns an fd that becomes readable when a signal has arrived.
   */
  hideInput(fd: number): number;
  /** Turns the echo on and raises the signal that has arrived. Returns its number, or 0. */
  showInput(): number;

  inotifyInit(flags: number): number;
  inotifyAddWatch(fd: number, path: Uint8Array, mask: number): number;
  inotifyRmWatch(fd: number, wd: number): number;
}
