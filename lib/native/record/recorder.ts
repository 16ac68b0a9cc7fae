/** One generic wrapper around the functions of the addon: each call becomes a record. */
import type { NativeBinding } from '../contract.js';
import { type Args, type Spec, specs } from './calls.js';
import { Files } from './files.js';
import type { BeginRecord, CallRecord, DataMode, FdEvents, FdLists, Rec } from './format.js';
import type { Tools } from './tools.js';
import { type WaitReader, waitReaders } from './waits.js';

/** Where records go. */
export interface Sink {
  /** False when it takes no more. */
  readonly isOpen: boolean;
  readonly data: DataMode;
  /** Where the program called, with each call. */
  readonly sites: boolean;
  /** Interest lists, read from the kernel. */
  readonly kernel: boolean;
  put(record: Rec): void;
  /** The thread may sleep now, or for long run no JavaScript. */
  flush(): void;
}

type Fields = Omit<Partial<CallRecord>, 'k' | 'call'>;
// biome-ignore lint/suspicious/noExplicitAny: any function of the addon
type Native = (...args: any[]) => number;
type Unplaced<R> = R extends Rec ? Omit<R, 'i' | 'th' | 't'> & { t?: number } : never;

const HEAD = 64;

export class Recorder {
  readonly #addon: NativeBinding;
  readonly #tools: Tools;
  readonly #sink: Sink;
  readonly #thread: number;
  readonly #now: () => number;
  readonly #files: Files;
  readonly #isWorker: boolean;
  /** What the waits of the event loop watch, by driver and id. */
  readonly #watched = new Map<string, Map<number, number>>();
  #count = 0;

  /** @param now - nanoseconds since the header */
  constructor(addon: NativeBinding, tools: Tools, sink: Sink, thread: number, now: () => number) {
    this.#addon = addon;
    this.#tools = tools;
    this.#sink = sink;
    this.#thread = thread;
    this.#now = now;
    this.#isWorker = tools.isInterruptible;
    this.#files = new Files(addon, thread, (details) => this.put({ k: 'fd', ...details }));
  }

  put(record: Unplaced<Rec>): void {
    if (!this.#sink.isOpen) return;
    const { k, t = this.#now(), ...rest } = record;
    this.#sink.put({ i: this.#count++, t, th: this.#thread, k, ...rest } as Rec);
  }

  /** The binding, each of whose calls of the kernel is recorded. */
  wrap(): NativeBinding {
    const functions = this.#addon as unknown as Record<string, Native>;
    const wrapped: Record<string, unknown> = { ...this.#addon };
    for (const [name, reader] of Object.entries(waitReaders(this.#tools))) {
      const call = functions[name];
      if (call !== undefined) wrapped[name] = this.#wait(name, call, reader);
    }
    this.#wrapCalls(functions, wrapped);
    // Adds more functions, to the object that it is given.
    const exportFiles = (): number => {
      const added = {} as NativeBinding;
      const result = this.#addon.exportFiles(added);
      Object.assign(wrapped, added);
      this.#wrapCalls(added as unknown as Record<string, Native>, wrapped);
      return result;
    };
    return Object.assign(wrapped, { exportFiles }, this.#async()) as unknown as NativeBinding;
  }

  /** Wraps the functions that have a place in the table of calls. */
  #wrapCalls(functions: Record<string, Native>, wrapped: Record<string, unknown>): void {
    const { AF_UNIX = -1, MSG_DONTWAIT = 0 } = this.#addon.moduleConstants('socket');
    for (const [name, spec] of Object.entries(specs(AF_UNIX, MSG_DONTWAIT))) {
      const call = functions[name];
      if (call !== undefined) wrapped[name] = this.#call(spec, call);
    }
  }

  #wait(name: string, call: Native, reader: WaitReader) {
    const kernelName = name === 'waitEpoll' ? 'epoll_wait' : name;
    return (memory: ArrayBuffer): number => {
      if (!this.#sink.isOpen) return call(memory);
      const asked = reader.asked(memory);
      const restarts = new Int32Array(memory, 4 * reader.restarts, 1);
      this.#seeAll(kernelName, asked);
      if (asked.timeout !== 0) this.#sink.flush();
      restarts[0] = 0;
      const t = this.#now();
      const result = call(memory);
      const d = this.#now() - t;
      const fields: Fields = { ...asked, ...reader.answered(memory, asked, result) };
      if ((restarts[0] as number) < 0) fields.by = 'library';
      else if ((restarts[0] as number) > 0) fields.restarts = restarts[0] as number;
      if (this.#isWorker && asked.timeout !== 0 && fields.by === undefined) fields.via = VIA;
      this.#record(kernelName, t, d, fields.ret ?? result, fields);
      if (asked.epfd !== undefined) this.#list(asked.epfd);
      return result;
    };
  }

  #call(spec: Spec, call: Native) {
    const hasFd = spec.fd === undefined;
    return (...args: Args): number => {
      if (!this.#sink.isOpen) return call(...args);
      const fd = hasFd ? (args[0] as number) : undefined;
      const file = fd === undefined ? undefined : this.#files.see(fd);
      for (const other of spec.uses?.(args) ?? []) this.#files.see(other);
      if (this.#maySleep(spec, fd, args)) this.#sink.flush();
      const t = this.#now();
      const ret = call(...args);
      const d = this.#now() - t;
      const fields: Fields = {
        ...(spec.by !== undefined && { by: spec.by }),
        ...(fd !== undefined && { fd, ...(file !== undefined && { file }) }),
        ...spec.fields?.(args),
        ...this.#bytes(spec, args, ret),
      };
      if (this.#sink.data === 'none') delete fields.size;
      this.#record(spec.call, t, d, spec.answer?.(args, ret) ?? ret, fields);
      this.#track(spec, fd, args, ret);
      return ret;
    };
  }

  #maySleep(spec: Spec, fd: number | undefined, args: Args): boolean {
    if (spec.maySleep?.(args) === true) return true;
    return spec.bytes !== undefined && fd !== undefined && this.#files.blocks(fd);
  }

  /** What the call has opened, closed and changed. */
  #track(spec: Spec, fd: number | undefined, args: Args, ret: number): void {
    if (spec.closes === true && fd !== undefined) this.#files.forget(fd);
    if (spec.call === 'epoll_ctl') this.#list(args[0]);
    if (ret < 0) {
      if (spec.call === 'connect' && fd !== undefined) this.#files.update(fd, 'connect');
      return;
    }
    const opened = spec.opens?.(args, ret);
    if (opened) this.#files.opened(opened, spec.by ?? spec.call);
    if (spec.by === 'setBlocking') this.#files.setBlocking(fd as number, args[1] === 1);
    if (spec.call === 'accept') this.#files.setBlocking(ret, args[2] !== 1);
    if (['bind', 'connect'].includes(spec.call)) this.#files.update(fd as number, spec.call);
  }

  #record(call: string, t: number, d: number, result: number, fields: Fields): void {
    const failed = result < 0;
    this.put({
      ...{ k: 'call', t, d, call },
      ...(this.#sink.sites && siteOf()),
      ...fields,
      ret: failed ? -1 : result,
      ...(failed && { errno: this.#tools.errnoName(result) ?? String(-result) }),
    });
  }

  #seeAll(call: string, asked: Fields): void {
    if (asked.epfd !== undefined) this.#files.see(asked.epfd);
    if (call === 'poll') for (const [fd] of (asked.in ?? []) as FdEvents[]) this.#files.see(fd);
    if (call !== 'select') return;
    for (const list of (asked.in ?? []) as FdLists)
      for (const fd of list ?? []) this.#files.see(fd);
  }

  #bytes(spec: Spec, args: Args, ret: number): Fields {
    const { data } = this.#sink;
    if (ret < 0 || data === 'none' || data === 'size') return {};
    const pieces = spec.bytes?.(args, ret) ?? [];
    if (pieces.length === 0) return {};
    const all = Buffer.concat(pieces).subarray(0, data === 'head' ? HEAD : undefined);
    const text = all.toString();
    return Buffer.from(text).equals(all) ? { text } : { base64: all.toString('base64') };
  }

  /** The interest list as the kernel shows it. */
  #list(epfd: number): void {
    if (!this.#sink.kernel) return;
    const entries = interestList(epfd);
    if (entries !== null) this.put({ k: 'list', epfd, entries });
  }

  /** The waits that do not block: the event loop keeps them. */
  #async(): Partial<NativeBinding> {
    const { openWaiter, watchWait, unwatchWait, armWait, collectWaits } = this.#addon;
    const { disarmWait, endWait } = this.#addon;
    const watched = (driver: number, id: number) => {
      const fds = this.#watched.get(`${driver} ${id}`) ?? new Map<number, number>();
      this.#watched.set(`${driver} ${id}`, fds);
      return fds;
    };
    const put = (what: 'ready' | 'end', id: number) => this.put({ k: 'async', what, id });
    return {
      openWaiter: (kind, onReady) =>
        openWaiter(kind, (first, second) => {
          if (first !== undefined) put('ready', first);
          if (second !== undefined) put('ready', second);
          onReady(first, second);
        }),
      watchWait: (driver, id, fd, events, isOwn) => {
        watched(driver, id).set(fd, events);
        return watchWait(driver, id, fd, events, isOwn);
      },
      unwatchWait: (driver, id, fd) => {
        watched(driver, id).delete(fd);
        return unwatchWait(driver, id, fd);
      },
      armWait: (driver, id) => {
        this.put({ k: 'async', what: 'wait', id, fds: [...watched(driver, id)] });
        this.#sink.flush();
        return armWait(driver, id);
      },
      collectWaits: (driver, ids) => {
        const count = collectWaits(driver, ids);
        for (const id of ids.subarray(0, Math.max(count, 0))) put('ready', id);
        return count;
      },
      disarmWait: (driver, id) => {
        put('end', id);
        return disarmWait(driver, id);
      },
      endWait: (driver, id) => {
        this.#watched.delete(`${driver} ${id}`);
        return endWait(driver, id);
      },
    };
  }

  /** Records a method of a prototype as a callback that begins and ends. */
  observe<T extends object>(
    prototype: T,
    method: keyof T & string,
    what: (self: T) => { what: string; fd?: number | undefined },
  ): void {
    const methods = prototype as Record<string, (...args: unknown[]) => unknown>;
    const original = methods[method] as (...args: unknown[]) => unknown;
    const put = (record: Unplaced<Rec>) => this.put(record);
    methods[method] = function observed(this: unknown, ...args: unknown[]): unknown {
      put({ k: 'begin', ...what(this as T) } as Unplaced<BeginRecord>);
      try {
        return original.apply(this, args);
      } finally {
        put({ k: 'end' });
      }
    };
  }
}

/** In a worker a wait that sleeps also watches for the end of the worker. */
const VIA = 'with an fd that ends the wait when the worker ends';

/** The first caller outside of this package: `file:line`. */
function siteOf(): { site?: string } {
  const lines = (new Error().stack ?? '').split('\n').slice(1);
  for (const line of lines) {
    const [, path, number] = /\(?(?:file:\/\/)?([^\s()]+):(\d+):\d+\)?$/.exec(line) ?? [];
    if (path === undefined || path.startsWith('node:') || isLibrary(path)) continue;
    return { site: `${path.split('/').at(-1)}:${number}` };
  }
  return {};
}

/** The folder of this package. */
const PACKAGE = (import.meta.dirname ?? '').replace(/\/(?:lib|dist)\/.*$/, '');

/** Its servers and lessons are programs; all else, also as source maps show it, is the library. */
function isLibrary(path: string): boolean {
  if (!path.startsWith(`${PACKAGE}/`)) return false;
  return /^\/(?:lib|dist)\/(?!servers\/|learn\/lessons\/)/.test(path.slice(PACKAGE.length));
}

const { readFileSync } = process.getBuiltinModule('node:fs');

function interestList(epfd: number): { fd: number; events: number; inode?: number }[] | null {
  let text: string;
  try {
    text = readFileSync(`/proc/self/fdinfo/${epfd}`, 'utf8');
  } catch {
    return null;
  }
  const found = text.matchAll(
    /tfd: +(\d+) events: +([\da-f]+) data: +([\da-f]+).*?ino:([\da-f]+)/g,
  );
  return [...found].flatMap(([, fd, events, data = '', inode = '']) =>
    // Longer data is that of a worker's end, for the time of its wait.
    data.length > 8
      ? []
      : [{ fd: Number(fd), events: parseInt(events ?? '', 16), inode: parseInt(inode, 16) }],
  );
}
