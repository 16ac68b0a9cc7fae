/** How a function of the addon becomes a record, and what the tables of calls share. */
import type { NativeAddress, NativeEndpoint } from '../contract.js';
import type { CallRecord } from './format.js';

// biome-ignore lint/suspicious/noExplicitAny: the arguments of any function of the addon
export type Args = any[];

/** One function of the addon. */
export interface Spec {
  call: string;
  /** The function of the library where it is not the call's own. */
  by?: string;
  /** Whether the first argument is a file descriptor; by default it is. */
  hasFd?: false;
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

export const piece = (buffer: Uint8Array, offset: number, size: number) => [
  buffer.subarray(offset, offset + Math.max(size, 0)),
];
export const one = (type: string) => (_: Args, ret: number) => ({ fds: [ret], type });
export const waits = (place: number) => (args: Args) => args[place] > 0;
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
