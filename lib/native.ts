/**
 * Loads the addon and says what it offers; the only file that touches the `.node`.
 *
 * Every function returns a number that is `>= 0`, or `-errno`; whatever else it has to say goes to
 * the array or buffer that the caller hands over. It throws only for arguments that no file of
 * `lib/` would pass.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { traced } from './trace.js';

/** Family, host or path, port, flowinfo, scope id; an empty array where there is no address. */
export type NativeAddress =
  | [family: number, host: string, port: number, flowinfo: number, scopeid: number]
  | [];

/** The five arguments that an address is. */
export type NativeEndpoint = [
  family: number,
  host: string,
  port: number,
  flowinfo: number,
  scopeid: number,
];

export interface NativeBinding {
  /** The constants of the system's headers; one that the system lacks is absent. */
  readonly constants: Readonly<Record<string, number>>;

  /** select(2); the memory's layout is in `lib/select.ts`. */
  select(memory: ArrayBuffer): number;
  /** poll(2); the memory's layout is in `lib/poll.ts`. */
  poll(memory: ArrayBuffer): number;

  // Timeouts are milliseconds; a negative one makes the plain call.
  socket(family: number, type: number, proto: number): number;
  socketpair(family: number, type: number, proto: number, fds: number[]): number;
  bind(fd: number, ...address: NativeEndpoint): number;
  connect(fd: number, timeout: number, ...address: NativeEndpoint): number;
  listen(fd: number, backlog: number): number;
  accept(fd: number, timeout: number, address: NativeAddress): number;
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
  /** Appends an address for each result; a failure is in libuv's numbering (UV_EAI_…). */
  getaddrinfo(
    host: string,
    port: number,
    family: number,
    type: number,
    addresses: NativeAddress[],
  ): number;

  pipe(fds: number[]): number;
  dup(fd: number): number;
  dup2(fd: number, target: number): number;
  close(fd: number): number;
  read(fd: number, buffer: Uint8Array): number;
  setBlocking(fd: number, blocking: 0 | 1): number;
  getBlocking(fd: number): number;
  /** The C library's text for a positive errno. */
  strerror(errno: number): string;

  /** Returns the fd to read signal numbers from. */
  openSignalPipe(signals: number[]): number;
  closeSignalPipe(fd: number): number;
}

type Loader = (packageRoot: string) => NativeBinding;

const load = createRequire(import.meta.url)('node-gyp-build') as Loader;
const addon = load(fileURLToPath(new URL('..', import.meta.url)));

export const native: NativeBinding = process.env.FDSELECT_TRACE === '1' ? traced(addon) : addon;
