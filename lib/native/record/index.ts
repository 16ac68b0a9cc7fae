/** `FDSELECT_RECORD=FILE` and `FDSELECT_TRACE`: the addon with a record of every call. */
import type { NativeBinding } from '../contract.js';
import { Tracer } from '../trace/index.js';
import { claim } from './claim.js';
import { clockSince, originNow } from './clock.js';
import type { DataMode } from './format.js';
import { Recorder, type Sink } from './recorder.js';
import type { Tools } from './tools.js';
import { Writer } from './writer.js';

const { subscribe } = process.getBuiltinModule('node:diagnostics_channel');
const { resolve } = process.getBuiltinModule('node:path');
const { threadId } = process.getBuiltinModule('node:worker_threads');

/** The recorder that the loader offers instead of the addon. */
export interface Recording {
  native: NativeBinding;
  observe: Recorder['observe'];
}

const DATA: DataMode[] = ['none', 'size', 'head', 'all'];
const MEBIBYTE = 1024 * 1024;
/** The key under which a scenario finds the recorder of its thread. */
const GLOBAL = Symbol.for('fdselect.recorder');

export function recorded(addon: NativeBinding, tools: Tools): Recording {
  const { FDSELECT_RECORD: file, FDSELECT_TRACE: trace } = process.env;
  const whole = { ...addon };
  addon.exportRest(whole);
  const sinks: Sink[] = [];
  let now = clockSince(originNow());
  if (file !== undefined && file !== '') {
    const chosen = options();
    const { path, origin, failure } = claim(resolve(file), chosen.data, whole.flock);
    now = clockSince(origin);
    sinks.push(new Writer({ ...chosen, path }, failure));
  }
  if (trace !== undefined && trace !== '' && trace !== '0') {
    const print = new tools.LineWriter(2, addon);
    sinks.push(new Tracer(trace.split(','), addon, tools, (line) => print.print(line)));
  }
  const sink = sinks.length === 1 ? (sinks[0] as Sink) : both(sinks[0] as Sink, sinks[1] as Sink);
  const recorder = new Recorder(addon, whole, tools, sink, threadId, now);
  if (threadId === 0) recordExit(recorder);
  subscribe('child_process', () => recorder.put({ k: 'child' }));
  const put = recorder.put.bind(recorder);
  Object.assign(globalThis, { [GLOBAL]: { put, flush: () => sink.flush() } });
  return { native: recorder.wrap(), observe: recorder.observe.bind(recorder) };
}

/** The last record says how the program has ended. A listener of this event changes nothing. */
function recordExit(recorder: Recorder): void {
  let error: string | undefined;
  process.on('uncaughtExceptionMonitor', (thrown: unknown) => {
    error = String(thrown).split('\n')[0];
  });
  process.on('exit', (code) => {
    recorder.put({ k: 'exit', code, ...(error !== undefined && { error }) });
  });
}

/** @throws Error if a variable of the environment has a value that it cannot have */
function options() {
  const { env } = process;
  const data = env.FDSELECT_RECORD_DATA ?? 'size';
  const limit = env.FDSELECT_RECORD_LIMIT ?? String(64 * MEBIBYTE);
  if (!isDataMode(data)) {
    throw new Error(`FDSELECT_RECORD_DATA=${data}: must be one of ${DATA.join(', ')}`);
  }
  if (!(Number(limit) > 0)) {
    throw new Error(`FDSELECT_RECORD_LIMIT=${limit}: must be a positive number of bytes`);
  }
  const { FDSELECT_RECORD_SITES: places, FDSELECT_RECORD_KERNEL: kernel } = env;
  return {
    ...{ data, limit: Number(limit), kernel: kernel === '1' },
    ...{ sites: places === '1' || places === 'lines', sources: places === '1' },
  };
}

function isDataMode(data: string): data is DataMode {
  return (DATA as string[]).includes(data);
}

/** Records go to a file and to stderr. */
function both(first: Sink, second: Sink): Sink {
  return {
    get isOpen() {
      return first.isOpen || second.isOpen;
    },
    get isBuffering() {
      return first.isBuffering;
    },
    data: first.data,
    sites: first.sites,
    sources: first.sources,
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
