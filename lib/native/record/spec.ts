/** How a function of the addon is recorded: the type of an entry in the tables of calls. */
import type { NativeAddress, NativeEndpoint } from '../contract.js';
import type { CallRecord } from './format.js';

// biome-ignore lint/suspicious/noExplicitAny: the arguments of any function of the addon
export type Args = any[];

/** Input, or room for its output, of its fd; or something that poll(2) does not report. */
export type Need = 'input' | 'room' | 'other';

/** One function of the addon. */
export interface Spec {
  call: string;
  /** The function of this package, if it differs from the system call. */
  by?: string;
  /** False: the first argument is not a file descriptor. */
  hasFd?: false;
  /** The other file descriptors that it uses. */
  uses?(args: Args): number[];
  /** The fields of the record that hold its arguments. */
  fields?(args: Args): Partial<CallRecord>;
  /** The bytes that it sends (known before the call) or receives (after it). */
  bytes?(args: Args, ret: number): Uint8Array[];
  /** The fds that it has opened, with the types of their files. */
  opens?(args: Args, ret: number): Opened | null;
  /** Whether it closes its fd. */
  closes?: true;
  /** What it waits for when it sleeps; `null` if these arguments never make it sleep. */
  needs?: Need | ((args: Args) => Need | null);
  /** True: it may sleep even if O_NONBLOCK is set. */
  ignoresMode?: true;
  /** The result of the system call, if the function returns something else. */
  answer?(args: Args, ret: number): number;
}

export interface Opened {
  fds: number[];
  type: string;
  /** The fd that was duplicated (dup). */
  sameAs?: number;
  /** Whether the two fds are the ends of one connection; the first end of a pipe is for reading. */
  connected?: boolean;
}

export const piece = (buffer: Uint8Array, offset: number, size: number) => [
  buffer.subarray(offset, offset + Math.max(size, 0)),
];
export const one = (type: string) => (_: Args, ret: number) => ({ fds: [ret], type });
export const pair = (place: number, type: string) => (args: Args) => ({
  ...{ fds: args[place] as number[], type, connected: true },
});
export const total = (buffers: Uint8Array[]) =>
  buffers.reduce((sum, { length }) => sum + length, 0);

/** `127.0.0.1:80`, `[::1]:80`, a path, `@name` of an abstract Unix address. */
export function addressText(address: NativeAddress | NativeEndpoint, unix: number): string {
  const [family, name = '', port = 0] = address;
  if (family === undefined) return '';
  if (family === unix) return String(name).replace(/^\0/, '@');
  const host = String(name);
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
