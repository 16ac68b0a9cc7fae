/** Gives each open file description an id in the recording, and knows which fd refers to which. */
import type { NativeAddress, NativeBinding } from '../contract.js';
import type { FdRecord } from './format.js';
import { addressText, type Opened } from './spec.js';

type Details = Omit<FdRecord, 'i' | 't' | 'th' | 'k'>;

/** Reports a file descriptor; the recorder adds place and time. */
export type FdReport = (details: Details) => void;

const { readlinkSync } = process.getBuiltinModule('node:fs');

export class Files {
  readonly #ids = new Map<number, string>();
  /** The types of the fds without O_NONBLOCK, unless other code has changed that since. */
  readonly #blocking = new Map<number, string>();
  readonly #binding: NativeBinding;
  readonly #prefix: string;
  readonly #report: FdReport;
  readonly #families: Readonly<Record<string, number>>;
  #count = 0;

  constructor(binding: NativeBinding, thread: number, report: FdReport) {
    this.#binding = binding;
    this.#families = binding.moduleConstants('socket');
    this.#prefix = thread === 0 ? 'f' : `f${thread}.`;
    this.#report = report;
  }

  /** The id of an fd's file. If the fd is not known yet, other code has opened it. */
  see(fd: number): string | undefined {
    const known = this.#ids.get(fd);
    if (known !== undefined || fd < 0) return known;
    const link = linkOf(fd);
    if (link === undefined && this.#binding.getBlocking(fd) < 0) return undefined;
    return this.#open(fd, { type: typeOf(link), how: 'seen', ...inodeOf(link) });
  }

  /** Reports the fds that a call has opened. */
  opened(opened: Opened, how: string): void {
    const { fds, type, sameAs, connected } = opened;
    if (sameAs !== undefined) {
      this.#alias(fds[0] as number, sameAs, how);
      return;
    }
    for (const fd of fds) this.forget(fd);
    const ids = fds.map(() => this.#newId());
    for (const [i, fd] of fds.entries()) {
      const other = connected === true ? ids[1 - i] : undefined;
      this.#open(
        fd,
        {
          ...describe(fd, type),
          how,
          ...(other !== undefined && { other }),
          ...(type === 'pipe' && connected && { access: i === 0 ? 'read' : 'write' }),
        },
        ids[i],
      );
    }
  }

  /** Reports a socket's addresses again, after bind and connect. */
  update(fd: number, how: string): void {
    const file = this.#ids.get(fd);
    if (file !== undefined) this.#report({ fd, file, ...this.#socketDetails(fd, 'socket'), how });
  }

  forget(fd: number): void {
    this.#ids.delete(fd);
    this.#blocking.delete(fd);
  }

  /** Reads again whether the fd is blocking. */
  readMode(fd: number, type = this.#blocking.get(fd) ?? ''): void {
    if (this.#binding.getBlocking(fd) === 1) this.#blocking.set(fd, type);
    else this.#blocking.delete(fd);
  }

  /** The type of the fd if it is blocking. */
  blockingType(fd: number): string | undefined {
    return this.#blocking.get(fd);
  }

  #newId(): string {
    return `${this.#prefix}${++this.#count}`;
  }

  #alias(fd: number, original: number, how: string): void {
    const file = this.see(original);
    if (file === undefined || fd === original) return;
    this.#ids.set(fd, file);
    this.readMode(fd, this.#blocking.get(original));
    this.#report({ fd, file, type: '', how });
  }

  #open(fd: number, details: Omit<Details, 'fd' | 'file'>, id = this.#newId()): string {
    this.#ids.set(fd, id);
    const { type } = details;
    this.readMode(fd, type);
    const isSocket = ['socket', 'tcp', 'udp', 'unix'].includes(type);
    this.#report({
      ...{ fd, file: id },
      ...details,
      ...(isSocket && this.#socketDetails(fd, type)),
    });
    return id;
  }

  /** The addresses of getsockname and getpeername; these calls are not recorded. */
  #socketDetails(fd: number, type: string): { type: string; local?: string; peer?: string } {
    const { AF_INET, AF_INET6, AF_UNIX = -1 } = this.#families;
    const local = [] as NativeAddress;
    const peer = [] as NativeAddress;
    this.#binding.getsockname(fd, local);
    this.#binding.getpeername(fd, peer);
    const family = local[0];
    const internet = family === AF_INET || family === AF_INET6;
    const known = family === AF_UNIX ? 'unix' : internet ? 'tcp' : type;
    const [here, there] = [addressText(local, AF_UNIX), addressText(peer, AF_UNIX)];
    return {
      type: type === 'socket' ? known : type,
      ...(here !== '' && !here.endsWith(':0') && { local: here }),
      ...(there !== '' && { peer: there }),
    };
  }
}

/** The link of an fd in `/proc/self/fd`; undefined if the fd is closed or there is no `/proc`. */
function linkOf(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

function inodeOf(link: string | undefined): { inode?: number } {
  const inode = /^\w+:\[(\d+)\]$/.exec(link ?? '')?.[1];
  return inode === undefined ? {} : { inode: Number(inode) };
}

/** The type of file that a link names: `pipe:[1234]`, `anon_inode:[eventpoll]`, a path. */
function typeOf(link: string | undefined): string {
  if (link !== undefined && /^\/dev\/(pts\/|tty|console|ptmx)/.test(link)) return 'tty';
  if (link === undefined || link.startsWith('/')) return 'file';
  const name = /^(?:anon_inode:)?\[?(\w+)\]?/.exec(link)?.[1] ?? 'file';
  return name === 'eventpoll' ? 'epoll' : name;
}

function describe(fd: number, type: string): { type: string; inode?: number } {
  const link = linkOf(fd);
  return { type: type === '' ? typeOf(link) : type, ...inodeOf(link) };
}
