/** Requirements of contenders: packages, runtimes, libraries. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender, Requirement } from './contender.js';
import { once } from './once.js';
import { output } from './output.js';
import { cacheOf, fromBenchmarks } from './paths.js';

const arch = process.arch === 'arm64' ? 'aarch64' : 'x64';
const bunPackage = `@oven/bun-linux-${arch}`;
const denoPackage = `@deno/linux-${process.arch === 'arm64' ? 'arm64' : 'x64'}-glibc`;

/** A file of a package that was fetched; by this suite or by `npm run test:runtimes`. */
function fetched(path: string): string {
  const places = (['contenders', 'runtimes'] as const).map((name) =>
    join(cacheOf(name), 'node_modules', path),
  );
  return places.find((file) => existsSync(file)) ?? (places[0] as string);
}

const nodePackage = `node-linux-${process.arch === 'arm64' ? 'arm64' : 'x64'}`;

export const node26File = fetched(`${nodePackage}/bin/node`);
export const bunFile = fetched(`${bunPackage}/bin/bun`);
export const denoFile = fetched(`${denoPackage}/deno`);

/** Debian's CPython is built with all optimizations, which others on the PATH often are not. */
export const pythonFile = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

export const libuvFile = fromBenchmarks('native/build/libuv');
export const uringFile = fromBenchmarks('native/build/uring');

const fetchAgain = 'npm run bench fetches it from the package registry';

export const python: Requirement = {
  how: 'apt install python3',
  isThere: once(() => output(pythonFile, '--version') !== null),
};

const uvloopVersion = once(
  () => output(pythonFile, '-c', 'import uvloop; print(uvloop.__version__)') ?? '',
);

export const uvloop: Requirement = {
  how: 'apt install python3-uvloop',
  isThere: () => uvloopVersion() !== '',
};

export const libuv: Requirement = {
  how: 'apt install libuv1-dev, then npm run bench',
  isThere: () => existsSync(libuvFile),
};

/** The reason if it cannot be used: many kernels and containers forbid it. */
const uringRefusal = once(() => {
  if (!existsSync(uringFile)) return 'apt install liburing-dev, then npm run bench';
  const { status, stderr } = spawnSync(uringFile, ['check'], { encoding: 'utf8' });
  return status === 0 ? '' : `this system does not allow it: ${stderr.trim()}`;
});

export const uring: Requirement = {
  get how() {
    return uringRefusal();
  },
  isThere: () => uringRefusal() === '',
};

export const node26: Requirement = { how: fetchAgain, isThere: () => existsSync(node26File) };

export const koffi: Requirement = {
  how: fetchAgain,
  isThere: () => existsSync(join(cacheOf('contenders'), 'node_modules/koffi')),
};

export const npmEpoll: Requirement = {
  how: fetchAgain,
  isThere: () => existsSync(join(cacheOf('contenders'), 'node_modules/epoll/build/Release')),
};

export const bun: Requirement = { how: fetchAgain, isThere: () => existsSync(bunFile) };

export const deno: Requirement = { how: fetchAgain, isThere: () => existsSync(denoFile) };

/** From the package registry, when they are needed: compiled things that fdselect does not depend on. */
const PACKAGES = new Map([
  [npmEpoll, { name: 'epoll', version: '4.0.2' }],
  [node26, { name: nodePackage, version: '26.12.1' }],
  [koffi, { name: 'koffi', version: '3.3.4' }],
  [bun, { name: bunPackage, version: '1.4.5' }],
  [deno, { name: denoPackage, version: '2.9.6' }],
]);

/**
 * Fetches the packages among what is needed, where they are not there yet.
 * @returns for each that could not be fetched, why
 */
export function fetchPackages(needed: readonly Requirement[]): Map<Requirement, string> {
  const cache = cacheOf('contenders');
  const isMissing = (one: Requirement) => needed.includes(one) && !one.isThere();
  const isFetched = (name: string) => existsSync(join(cache, 'node_modules', name));
  const all = [...PACKAGES];
  const missing = [...PACKAGES.keys()].filter(isMissing);
  if (missing.length === 0) return new Map();
  // With those that were fetched before: npm removes what it is not told of.
  const specs = all
    .filter(([requirement, { name }]) => isMissing(requirement) || isFetched(name))
    .map(([, { name, version }]) => `${name}@${version}`);
  mkdirSync(cache, { recursive: true });
  const install = ['install', '--prefix', cache, '--no-save', '--loglevel=error', ...specs];
  try {
    execFileSync('npm', install, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
    return new Map();
  } catch (error) {
    // npm installs all of them or none.
    return new Map(missing.map((requirement) => [requirement, (error as Error).message]));
  }
}

/** The versions of everything that is measured. Others are not asked: each answer starts a process. */
export function versions(measured: readonly Contender[]): Record<string, string> {
  const needed = new Set(measured.map(({ needs }) => needs));
  const current = needed.has(node26)
    ? output(node26File, '-p', "[process.versions.node, process.versions.uv].join(' ')")?.split(' ')
    : [];
  const found: Record<string, string | null | undefined> = {
    'Node.js': process.versions.node,
    'libuv in Node.js': process.versions.uv,
    'current Node.js': current?.[0],
    'libuv in it': current?.[1],
    'libuv itself': needed.has(libuv) ? output(libuvFile, 'version') : null,
    CPython:
      needed.has(python) || needed.has(uvloop)
        ? output(pythonFile, '-c', 'import platform; print(platform.python_version())')
        : null,
    uvloop: needed.has(uvloop) ? uvloopVersion() : null,
    Bun: needed.has(bun) ? output(bunFile, '--version') : null,
    Deno: needed.has(deno) ? output(denoFile, '--version')?.split(' ')[1] : null,
    'g++': output('g++', '-dumpfullversion'),
  };
  return Object.fromEntries(
    Object.entries(found).flatMap(([name, version]) => (version ? [[name, version]] : [])),
  );
}
