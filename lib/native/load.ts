/** Loads the native addon; no other file accesses the `.node` file. */
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
 * The folder of the package; this module may be anywhere in lib/ or dist/. `undefined` in a bundle
 * without `import.meta.dirname`.
 */
const root = rootOf(import.meta.dirname as string | undefined);

/** The folder above the last `dist` or `lib`. Not a regular expression, which takes longer. */
function rootOf(folder: string | undefined): string | undefined {
  const names = folder?.split('/') ?? [];
  const at = Math.max(names.lastIndexOf('dist'), names.lastIndexOf('lib'));
  return at < 0 ? folder : names.slice(0, at).join('/');
}

/** The environment variables of node-gyp-build that choose another addon than the usual one. */
const CHOICES = ['FDSELECT_PREBUILD', 'PREBUILDS_ONLY', 'LIBC'];

const ADVICE =
  'Run `npm rebuild fdselect`; or let your package manager run the build script of fdselect ' +
  '(npm install-scripts approve, pnpm approve-builds, dependenciesMeta.built of Yarn) and install ' +
  'again; or, in a bundler, mark fdselect as external.';

/** The usual path of the addon: compiled here, or a prebuild of the package. */
function usualPlace(): string {
  if (existsSync(`${root}/build`)) return `${root}/build/Release/fdselect.node`;
  const { platform, arch } = process;
  let libc = '';
  if (platform === 'linux') libc = existsSync('/etc/alpine-release') ? '.musl' : '.glibc';
  return `${root}/prebuilds/${platform}-${arch}/fdselect${libc}.node`;
}

/**
 * Loads the addon. node-gyp-build can find it in every case, but takes almost as long as the rest of
 * the package's import. So it is used only if the addon is not at its usual path.
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
 * An error that says which addon is missing and what to do. `cause` is the original error; the code
 * of a dlopen(3) error is kept.
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

/** Whether terminating this worker interrupts a blocking call. False in the main thread. */
export const isInterruptible = isNode && addon.watchTermination(() => {}) >= 0;

/** Whether this is a worker; node:worker_threads is loaded only if nothing else tells. */
function isWorker(): boolean {
  if (isNode && process.platform === 'linux') return isInterruptible;
  return !process.getBuiltinModule('node:worker_threads').isMainThread;
}

if (isWorker()) addon.ownFds();

/**
 * The addon with a recorder around each call, if FDSELECT_RECORD or FDSELECT_TRACE is set. The
 * recorder is a separate file, which is loaded only then.
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

/** @throws Error in a bundle, and if require() cannot load an ES module (Node 22.11) */
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

/** The addon's functions, recorded if a recorder is active. */
export const native: NativeBinding = active?.native ?? addon;

/** The addon itself, for calls that are not the program's, such as printing. */
export const unrecorded: NativeBinding = addon;

/**
 * Makes the recorder write when a method that calls the program's code begins and ends. Does nothing
 * without a recorder.
 */
export const observe: Recording['observe'] = active?.observe ?? (() => {});
