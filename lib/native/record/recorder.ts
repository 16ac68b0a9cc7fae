/** Wraps the functions of the addon, so that each call becomes a record. */
import type { NativeBinding } from '../contract.js';
import { asyncWaits } from './async-waits.js';
import { specs } from './calls.js';
import { Files } from './files.js';
import type { BeginRecord, CallRecord, DataMode, FdEvents, FdLists, Rec } from './format.js';
import { interestList } from './interest-list.js';
import { Look } from './look.js';
import { Saver } from './saver.js';
import { Sources, siteOf } from './sites.js';
import type { Args, Spec } from './spec.js';
import type { Tools } from './tools.js';
import { type WaitReader, waitReaders } from './waits.js';

const { setImmediate } = process.getBuiltinModule('node:timers');

/** The destination of records. */
export interface Sink {
  /** False when it accepts no more records. */
  readonly isOpen: boolean;
  readonly data: DataMode;
  /** Whether to record the source line of each call. */
  readonly sites: boolean;
  /** Whether to record the text of the files that the calls are in. */
  readonly sources: boolean;
  /** Whether to record interest lists, read from the kernel. */
  readonly kernel: boolean;
  put(record: Rec): void;
  /** Whether it has records that `flush` would write. */
  readonly isBuffering: boolean;
  /** Writes what was buffered, because the thread may now sleep. */
  flush(): void;
}

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
  readonly #saver: Saver;
  readonly #sources = new Sources();
  readonly #isWorker: boolean;
  #count = 0;
  #willFlush = false;

  /**
   * @param whole - the addon with all its functions: the program may not have loaded those of sockets,
   *   which tell what an fd is
   * @param now - nanoseconds since the header
   */
  constructor(
    addon: NativeBinding,
    whole: NativeBinding,
    tools: Tools,
    sink: Sink,
    thread: number,
    now: () => number,
  ) {
    this.#addon = addon;
    this.#tools = tools;
    this.#sink = sink;
    this.#thread = thread;
    this.#now = now;
    this.#isWorker = tools.isInterruptible;
    this.#files = new Files(whole, thread, (details) => this.put({ k: 'fd', ...details }));
    this.#saver = new Saver(sink, this.#files, new Look(addon, tools));
  }

  put(record: Unplaced<Rec>): void {
    if (!this.#sink.isOpen) return;
    const { k, t = this.#now(), ...rest } = record;
    this.#sink.put({ i: this.#count++, t, th: this.#thread, k, ...rest } as Rec);
  }

  /** The binding, with each system call recorded. */
  wrap(): NativeBinding {
    const functions = this.#addon as unknown as Record<string, Native>;
    const wrapped: Record<string, unknown> = { ...this.#addon };
    for (const [name, reader] of Object.entries(waitReaders(this.#tools))) {
      const call = functions[name];
      if (call !== undefined) wrapped[name] = this.#wait(name, call, reader);
    }
    this.#wrapCalls(functions, wrapped);
    // exportRest() adds functions later: these are wrapped too.
    const exportRest = (): number => {
      const added = {} as NativeBinding;
      const result = this.#addon.exportRest(added);
      Object.assign(wrapped, added);
      this.#wrapCalls(added as unknown as Record<string, Native>, wrapped);
      return result;
    };
    const kept = asyncWaits(this.#addon, (record) => {
      this.put(record);
      if (record.what === 'wait') this.#flushBeforeSleep();
    });
    return Object.assign(wrapped, { exportRest }, kept) as unknown as NativeBinding;
  }

  /**
   * Writes once for all waits that Node's event loop is given in a turn. The loop does not sleep
   * while an immediate is pending.
   */
  #flushBeforeSleep(): void {
    if (this.#willFlush) return;
    this.#willFlush = true;
    setImmediate(() => {
      this.#willFlush = false;
      this.#sink.flush();
    });
  }

  /** Wraps the functions that are in the table of calls. */
  #wrapCalls(functions: Record<string, Native>, wrapped: Record<string, unknown>): void {
    const { AF_UNIX = -1, MSG_DONTWAIT = 0 } = this.#addon.moduleConstants('socket');
    for (const [name, spec] of Object.entries(specs(AF_UNIX, MSG_DONTWAIT))) {
      const call = functions[name];
      if (call !== undefined) wrapped[name] = this.#call(spec, call);
    }
  }

  /** A new record; its place and times are set by `#end`. All records have the same shape. */
  #begin(call: string): CallRecord {
    return { i: 0, t: 0, th: this.#thread, k: 'call', d: 0, call, ret: 0 };
  }

  #wait(name: string, call: Native, reader: WaitReader) {
    const kernelName = name === 'waitEpoll' ? 'epoll_wait' : name;
    return (memory: ArrayBuffer): number => {
      if (!this.#sink.isOpen) return call(memory);
      const record = this.#begin(kernelName);
      reader.ask(memory, record);
      this.#seeAll(record);
      this.#saver.beforeWait(record);
      const start = this.#now();
      const result = call(memory);
      const end = this.#now();
      record.ret = result;
      const restarts = reader.answer(memory, record);
      if (restarts < 0) record.by = 'library';
      else if (restarts > 0) record.restarts = restarts;
      if (this.#isWorker && record.timeout !== 0 && restarts >= 0) record.via = VIA;
      this.#end(record, start, end);
      if (record.epfd !== undefined) this.#list(record.epfd);
      return result;
    };
  }

  #call(spec: Spec, call: Native) {
    const hasFd = spec.hasFd !== false;
    return (...args: Args): number => {
      if (!this.#sink.isOpen) return call(...args);
      const record = this.#begin(spec.call);
      if (spec.by !== undefined) record.by = spec.by;
      const fd = hasFd ? (args[0] as number) : undefined;
      if (fd !== undefined) this.#name(record, fd);
      if (spec.uses !== undefined) for (const other of spec.uses(args)) this.#files.see(other);
      // pipe(2) and its like fill an argument with the fds that they open.
      const isKnown = spec.opens === undefined || spec.needs !== undefined;
      if (isKnown && spec.fields !== undefined) Object.assign(record, spec.fields(args));
      if (spec.needs !== undefined) this.#saver.beforeCall(record, spec, args);
      const start = this.#now();
      const ret = call(...args);
      const end = this.#now();
      if (!isKnown && spec.fields !== undefined) Object.assign(record, spec.fields(args));
      this.#addBytes(record, spec, args, ret);
      record.ret = spec.answer?.(args, ret) ?? ret;
      this.#end(record, start, end);
      this.#track(spec, fd, args, ret);
      return ret;
    };
  }

  #name(record: CallRecord, fd: number): void {
    record.fd = fd;
    const file = this.#files.see(fd);
    if (file !== undefined) record.file = file;
  }

  /** Completes the record and passes it on. */
  #end(record: CallRecord, start: number, end: number): void {
    record.i = this.#count++;
    record.t = start;
    record.d = end - start;
    if (record.ret < 0) {
      record.errno = this.#tools.errnoName(record.ret) ?? String(-record.ret);
      record.ret = -1;
    }
    const site = this.#sink.sites ? siteOf() : null;
    if (site !== null) record.site = `${site.file}:${site.line}`;
    this.#sink.put(record);
    const text = site !== null && this.#sink.sources ? this.#sources.take(site) : null;
    if (text !== null) this.put({ k: 'source', file: site?.file as string, text });
  }

  /** Follows which fds the call has opened, closed and changed. */
  #track(spec: Spec, fd: number | undefined, args: Args, ret: number): void {
    if (spec.closes === true && fd !== undefined) this.#files.forget(fd);
    if (spec.call === 'epoll_ctl') this.#list(args[0]);
    if (ret < 0) {
      if (spec.call === 'connect' && fd !== undefined) this.#files.update(fd, 'connect');
      return;
    }
    const opened = spec.opens?.(args, ret);
    if (opened) this.#files.opened(opened, spec.by ?? spec.call);
    if (fd === undefined) return;
    if (spec.call === 'fcntl' || spec.call === 'ioctl') this.#files.readMode(fd);
    else if (spec.call === 'bind' || spec.call === 'connect') this.#files.update(fd, spec.call);
  }

  /** Reports the fds of a wait that other code has opened. */
  #seeAll({ call, epfd, in: asked }: CallRecord): void {
    if (epfd !== undefined) this.#files.see(epfd);
    if (asked === undefined) return;
    if (call === 'poll') for (const [fd] of asked as FdEvents[]) this.#files.see(fd);
    else for (const list of asked as FdLists) for (const fd of list ?? []) this.#files.see(fd);
  }

  #addBytes(record: CallRecord, spec: Spec, args: Args, ret: number): void {
    const { data } = this.#sink;
    if (data === 'none') delete record.size;
    if (ret < 0 || data === 'none' || data === 'size' || spec.bytes === undefined) return;
    const pieces = spec.bytes(args, ret);
    if (pieces.length === 0) return;
    const all = Buffer.concat(pieces).subarray(0, data === 'head' ? HEAD : undefined);
    const text = all.toString();
    if (Buffer.from(text).equals(all)) record.text = text;
    else record.base64 = all.toString('base64');
  }

  /** Records the kernel's interest list. */
  #list(epfd: number): void {
    if (!this.#sink.kernel) return;
    const entries = interestList(epfd);
    if (entries !== null) this.put({ k: 'list', epfd, entries });
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

/** In a worker, a wait that may sleep also watches the termination fd. */
const VIA = 'with an fd that ends the wait when the worker ends';
