/** `FDSELECT_RECORD=FILE` and `FDSELECT_TRACE`: the addon with a record of every call. */
import type { NativeBinding } from '../contract.js';
import { Tracer } from '../trace/index.js';
import { clockSince, originNow } from './clock.js';
import { type DataMode, type Header, VERSION } from './format.js';
import { Recorder, type Sink } from './recorder.js';
import type { Tools } from './tools.js';
import { Writer } from './writer.js';

const { readFileSync } = process.getBuiltinModule('node:fs');
const { resolve } = process.getBuiltinModule('node:path');
const { threadId } = process.getBuiltinModule('node:worker_threads');

/** What the loader offers instead of the addon. */
export interface Recording {
  native: NativeBinding;
  observe: Recorder['observe'];
}

const DATA: DataMode[] = ['none', 'size', 'head', 'all'];
const MEBIBYTE = 1024 * 1024;
/** For the threads and child processes of this one: which process records, since when. */
const OWNER = 'FDSELECT_RECORD_OWNER';
/** Where a scenario finds the recorder of its thread. */
const GLOBAL = Symbol.for('fdselect.recorder');

export function recorded(addon: NativeBinding, tools: Tools): Recording {
  const { FDSELECT_RECORD: file, FDSELECT_TRACE: trace } = process.env;
  const sinks: Sink[] = [];
  let now = clockSince(originNow());
  if (file !== undefined && file !== '') {
    const { path, origin, isFirst } = claim(resolve(file));
    now = clockSince(origin);
    const chosen = options(path);
    sinks.push(new Writer(chosen, isFirst ? header(origin, chosen.data) : null));
  }
  if (trace !== undefined && trace !== '' && trace !== '0') {
    const print = new tools.LineWriter(2, addon);
    sinks.push(new Tracer(trace.split(','), addon, tools, (line) => print.print(line)));
  }
  const sink = sinks.length === 1 ? (sinks[0] as Sink) : both(sinks[0] as Sink, sinks[1] as Sink);
  const recorder = new Recorder(addon, tools, sink, threadId, now);
  const put = recorder.put.bind(recorder);
  Object.assign(globalThis, { [GLOBAL]: { put, flush: () => sink.flush() } });
  return { native: recorder.wrap(), observe: recorder.observe.bind(recorder) };
}

/**
 * The file that this thread writes to. A worker shares its process's; a child process, which
 * inherits the environment, has one of its own: `FILE.PID`.
 */
function claim(path: string): { path: string; origin: string; isFirst: boolean } {
  const [pid, origin] = (process.env[OWNER] ?? '').split(' ');
  if (origin !== undefined && pid === String(process.pid)) return { path, origin, isFirst: false };
  const own = origin === undefined ? path : `${path}.${process.pid}`;
  const started = startedBySibling(own);
  const since = started ?? originNow();
  process.env[OWNER] = `${process.pid} ${since}`;
  return { path: own, origin: since, isFirst: started === null };
}

/** Where only workers use the library, the first of them has written the header. */
function startedBySibling(path: string): string | null {
  if (threadId === 0) return null;
  try {
    const { pid, origin } = JSON.parse(readFileSync(path, 'utf8').split('\n')[0] as string);
    const isOurs = pid === process.pid && typeof origin === 'string';
    const age = Number(process.hrtime.bigint() - BigInt(isOurs ? origin : 0)) / 1e9;
    return isOurs && age <= process.uptime() ? origin : null;
  } catch {
    return null;
  }
}

/** @throws Error where a variable of the environment has a value that it cannot have */
function options(path: string) {
  const { env } = process;
  const data = env.FDSELECT_RECORD_DATA ?? 'size';
  const limit = env.FDSELECT_RECORD_LIMIT ?? String(64 * MEBIBYTE);
  if (!isDataMode(data)) {
    throw new Error(`FDSELECT_RECORD_DATA=${data}: must be one of ${DATA.join(', ')}`);
  }
  if (!(Number(limit) > 0)) {
    throw new Error(`FDSELECT_RECORD_LIMIT=${limit}: must be a positive number of bytes`);
  }
  const sites = env.FDSELECT_RECORD_SITES === '1';
  return { path, data, limit: Number(limit), sites, kernel: env.FDSELECT_RECORD_KERNEL === '1' };
}

function isDataMode(data: string): data is DataMode {
  return (DATA as string[]).includes(data);
}

function header(origin: string, data: DataMode): Header {
  const os = process.getBuiltinModule('node:os');
  const { bun, deno, node } = process.versions as Record<string, string | undefined>;
  const runtime = bun ? `bun ${bun}` : deno ? `deno ${deno}` : `node ${node}`;
  return {
    ...{ fdselect: 'recording', version: VERSION, by: `fdselect ${packageVersion()}`, runtime },
    os: `${os.type()} ${os.release()} ${os.machine()}`,
    epollEventBytes: process.arch === 'x64' ? 12 : 16,
    wordBits: 64,
    pid: process.pid,
    started: new Date().toISOString(),
    clock: 'CLOCK_MONOTONIC ns',
    origin,
    data,
  };
}

function packageVersion(): string {
  try {
    const path = `${import.meta.dirname}`.replace(/\/(?:lib|dist)\/.*$/, '/package.json');
    return JSON.parse(readFileSync(path, 'utf8')).version;
  } catch {
    return '?';
  }
}

/** Records go to a file and to stderr. */
function both(first: Sink, second: Sink): Sink {
  return {
    get isOpen() {
      return first.isOpen || second.isOpen;
    },
    data: first.data,
    sites: first.sites,
    kernel: first.kernel,
    put(record) {
      if (first.isOpen) first.put(record);
      second.put(record);
    },
    flush() {
      first.flush();
    },
  };
}
