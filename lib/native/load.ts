/** Loads the addon; the only file that touches the `.node`. */
import { existsSync } from './builtins.js';
import type { NativeBinding } from './contract.js';
import { isNode } from './runtime.js';
import { traced } from './trace/index.js';

/** The package's folder, from wherever in lib/ or dist/ this module has come to lie. */
const root = import.meta.dirname.replace(/^(.*)[\\/](?:lib|dist)(?:[\\/].*)?$/, '$1');

/** The environment variables by which somebody chooses another addon than the usual one. */
const CHOICES = ['FDSELECT_PREBUILD', 'PREBUILDS_ONLY', 'LIBC'];

/** Where the addon is if nobody has chosen: compiled here, or come with the package. */
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
  if (CHOICES.every((name) => process.env[name] === undefined) && existsSync(path)) {
    const module = { exports: {} as NativeBinding };
    process.dlopen(module, path);
    return module.exports;
  }
  const { createRequire } = process.getBuiltinModule('node:module');
  const find = createRequire(import.meta.url)('node-gyp-build') as (root: string) => NativeBinding;
  return find(root);
}

const addon = load();

/**
 * Whether the end of this worker ends a blocking select, poll or epoll wait. Nobody can terminate
 * the main thread.
 */
export const isInterruptible = isNode && addon.watchTermination(() => {}) >= 0;

export const native: NativeBinding = process.env.FDSELECT_TRACE === '1' ? traced(addon) : addon;
