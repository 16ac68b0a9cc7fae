/** libc's select, poll and epoll as a foreign function interface hands them over, without an addon. */

/** `P`: what stands for a pointer. */
export interface Libc<P> {
  /** A pointer to bytes, which the caller keeps. */
  pointer(bytes: Uint8Array): P;
  select(nfds: number, readers: P, writers: P | null, others: P | null, timeout: P): number;
  poll(fds: P, count: number, timeout: number): number;
  epollCreate(flags: number): number;
  epollControl(set: number, operation: number, fd: number, event: P): number;
  epollWait(set: number, events: P, most: number, timeout: number): number;
}
