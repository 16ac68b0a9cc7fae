/** Loads the addon; the only file that touches the `.node`. */
import { existsSync } from './builtins.js';
import type { NativeBinding } from './contract.js';
import { errnoName } from './errno.js';
import { EPOLL_EVENTS, flags, POLL_EVENTS } from './event-names.js';
import { LineWriter } from './line-writer.js';
import type { Recording } from './record/index.js';
import type { Tools } from './record/tools.js';
import { isNode } from './runtime.js';
import { layout } from './wait-memory.js';

/**
 * The package's folder, from wherever in lib/ or dist/ this module has come to lie; `undefined` in
 * a bundle that does not know where it is.
 */
const root = (import.meta.dirname as string | undefined)?.replace(
  /^(.*)[\\/](?:lib|dist)(?:[\\/].*)?$/,
  '$1',
);

/** The environment variables that choose another addon than the usual one; node-gyp-build's. */
const CHOICES = ['FDSELECT_PREBUILD', 'PREBUILDS_ONLY', 'LIBC'];

const ADVICE =
  'Run `npm rebuild fdselect`; or let your package manager run the build script of fdselect ' +
  '(pnpm approve-builds, dependenciesMeta.built of Yarn) and install again; or, in a bundler, ' +
  'mark fdselect as external.';

/** Where the addon is unless a variable has chosen: compiled here, or come with the package. */
function usualPlace(): string {
  if (existsSync(`${root}/build`)) return `${root}/build/Release/fdselect.node`;
  const { platform, arch } = process;
  let libc = '';
  if (platform === 'linux') libc = existsSync('/etc/alpine-release') ? '.musl' : '.glibc';
  return `${root}/prebuilds/${platform}-${arch}/fdselect${libc}.node`;
}

/**
 * Loads the addon. node-gyp-build knows how to find it wherever it is, but takes almost as long for
 * that as all the rest of the package's import: it is asked where the usual place will not do.
 */
function load(): NativeBinding {
  const path = usualPlace();
  try {
    if (CHOICES.every((name) => process.env[name] === undefined) && existsSync(path)) {
      const module = { exports: {} as NativeBinding };
      process.dlopen(module, path);
      return module.exports;
    }
    const { createRequire } = process.getBuiltinModule('node:module');
    const find = createRequire(import.meta.url)('node-gyp-build') as typeof load;
    return (find as (root: string | undefined) => NativeBinding)(root);
  } catch (error) {
    throw loadError(path, error as NodeJS.ErrnoException);
  }
}

/**
 * Says which addon is missing and what to do, in two lines. `cause` is the original error; an error
 * of dlopen(3), which names the file that it could not load, keeps its code.
 */
function loadError(path: string, cause: NodeJS.ErrnoException): Error {
  const { code } = cause;
  const wasFound = code?.startsWith('ERR_DLOPEN') === true;
  const problem = wasFound
    ? `could not be loaded: ${cause.message.split('\n')[0]}`
    : `was not found ${root === undefined ? 'in a bundle without import.meta.dirname' : `at ${path}`}`;
  const error = new Error(`fdselect's native addon ${problem}\n${ADVICE}`, { cause });
  return Object.assign(error, { code: wasFound ? code : 'ERR_ADDON_NOT_FOUND' });
}

const addon = load();

/**
 * Whether the end of this worker ends a blocking call. The main thread cannot be terminated.
 */
export const isInterruptible = isNode && addon.watchTermination(() => {}) >= 0;

/** Whether this is a worker; node:worker_threads is loaded only if there is no other sign. */
function isWorker(): boolean {
  if (isNode && process.platform === 'linux') return isInterruptible;
  return !process.getBuiltinModule('node:worker_threads').isMainThread;
}

if (isWorker()) addon.ownFds();

/**
 * The addon with a record of each call, where FDSELECT_RECORD or FDSELECT_TRACE asks for it. The
 * recorder is a file of its own, which is not read otherwise.
 */
function recording(): Recording | null {
  const { FDSELECT_RECORD: file = '', FDSELECT_TRACE: trace = '' } = process.env;
  if (file === '' && (trace === '' || trace === '0')) return null;
  const { recorded } = loadRecorder(`${root}/dist/native/record/index.js`);
  const names = { errnoName, flags, POLL_EVENTS, EPOLL_EVENTS };
  return recorded(addon, { ...names, LineWriter, layout, isInterruptible });
}

interface RecorderModule {
  recorded(addon: NativeBinding, tools: Tools): Recording;
}

/** @throws Error in a bundle, and where a module of `import` cannot be required (Node 22.11) */
function loadRecorder(path: string): RecorderModule {
  const { createRequire } = process.getBuiltinModule('node:module');
  try {
    return createRequire(import.meta.url)(path) as RecorderModule;
  } catch (cause) {
    const what = 'FDSELECT_RECORD and FDSELECT_TRACE need the recorder, which could not be loaded';
    const advice = 'In a bundler, mark fdselect as external; Node must be 20.19, 22.12 or newer.';
    throw new Error(`${what} from ${path}\n${advice}`, { cause });
  }
}

const active = recording();

/** The addon's functions, or the recorder's around them. */
export const native: NativeBinding = active?.native ?? addon;

/** The addon itself: what is not part of the program, such as printing, is not recorded. */
export const unrecorded: NativeBinding = addon;

/**
 * Has the recorder note when a method, which calls the program's code, begins and ends. Does nothing
 * where nothing is recorded.
 */
export const observe: Recording['observe'] = active?.observe ?? (() => {});
