/** The files of `dist/`: few, each module in exactly one of them, with unchanged names. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(root, 'dist');
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entries: string[] = Object.values<{ default?: string }>(exports).flatMap((target) =>
  target.default === undefined ? [] : join(root, target.default),
);

function filesOf(folder: string, extension: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(extension))
    .map((path) => join(folder, path));
}

/** The files of dist/ that are loaded when this one is imported. */
function loadedWith(file: string, loaded = new Set<string>()): Set<string> {
  if (loaded.has(file)) return loaded;
  loaded.add(file);
  for (const [, path] of readFileSync(file, 'utf8').matchAll(/^(?:im|ex)port .*"(\.[^"]*)";$/gm)) {
    loadedWith(join(dirname(file), path as string), loaded);
  }
  return loaded;
}

test("import 'fdselect' loads two files, and no other import loads more than five", () => {
  const counts = entries.map((file) => loadedWith(file).size);
  expect(counts[0]).toBe(2);
  expect(Math.min(...counts)).toBe(2);
  expect(Math.max(...counts)).toBeLessThanOrEqual(5);
});

test.each([
  ['selectors', ['core', 'selectors']],
  ['os', ['core', 'selectors']],
  ['signal', ['core', 'selectors']],
  ['socket', ['core', 'socket']],
  ['io', ['core', 'socket']],
  ['stream', ['core', 'socket']],
  ['loop', ['core', 'selectors', 'socket']],
  ['asyncore', ['core', 'selectors', 'socket']],
])("import 'fdselect/%s' loads only these files of code that it shares", (entry, files) => {
  const loaded = [...loadedWith(join(dist, entry, 'index.js'))].map((path) => relative(dist, path));
  expect(loaded.toSorted()).toEqual(
    [`${entry}/index`, ...files].map((file) => `${file}.js`).toSorted(),
  );
});

test('no import loads node:net, perf_hooks, worker_threads or os, or all of util: they take long', () => {
  const code = `for (const entry of ${JSON.stringify(entries)}) await import(entry);
    require('node:fs').writeSync(1, process.moduleLoadList.join());`;
  const loaded = execFileSync(process.execPath, ['-e', `(async () => { ${code} })()`], {
    encoding: 'utf8',
  });
  for (const name of ['net', 'perf_hooks', 'worker_threads', 'os', 'internal/mime']) {
    expect(loaded.split(',')).not.toContain(`NativeModule ${name}`);
  }
});

test("import 'fdselect' makes at most 40 functions of the addon; fdselect/socket makes the others", () => {
  // Each takes a microsecond, and the addon has more than a hundred.
  const code = `const { native } = await import('${join(dist, 'native/index.js')}');
    const count = () => Object.values(native).filter((value) => typeof value === 'function').length;
    const first = count();
    await import('${join(dist, 'socket/index.js')}');
    require('node:fs').writeSync(1, JSON.stringify([first, count()]));`;
  const counts = execFileSync(process.execPath, ['-e', `(async () => { ${code} })()`]);
  const [first, all] = JSON.parse(String(counts)) as [number, number];
  expect(first).toBeLessThanOrEqual(40);
  expect(all).toBeGreaterThan(100);
});

test("import 'fdselect' does not contain the lessons", () => {
  for (const file of loadedWith(entries[0] as string)) {
    const code = readFileSync(file, 'utf8').replace(/^\/\/#.*$/gm, '');
    expect(code).not.toMatch(/learn\//);
  }
});

test('fdselect learn takes at most 400 KiB of the package', () => {
  const files = readdirSync(join(dist, 'learn'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(map|d\.ts)$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  expect(files.length).toBeGreaterThan(200);
  expect(gzipSync(Buffer.concat(files), { level: 9 }).length).toBeLessThan(400 * 1024);
});

test('every module is in one file: a class or a state exists once', () => {
  const modules = filesOf(dist, '.js.map').flatMap((map): string[] => {
    const { sources, sourcesContent } = JSON.parse(readFileSync(map, 'utf8'));
    expect(sourcesContent).toBeUndefined(); // the lines are enough for a stack trace
    return sources.map((source: string) => join(dirname(map), source));
  });
  expect(modules.length).toBeGreaterThan(100);
  expect(modules.filter((path, i) => modules.indexOf(path) !== i)).toEqual([]);
  expect(modules.filter((path) => !existsSync(path))).toEqual([]);
});

test('it has only files of lib/: those of an earlier build are gone', () => {
  const declared = filesOf(dist, '.d.ts').map((path) => path.slice(dist.length, -'.d.ts'.length));
  // The script of the replay page is part of its template.
  const written = filesOf(join(root, 'lib'), '.ts')
    .map((path) => path.slice(join(root, 'lib').length, -'.ts'.length))
    .filter((path) => !path.startsWith('/learn/page/client/'));
  expect(declared.sort()).toEqual(written.sort());
});

test('it has the licence of each package whose code it has', () => {
  const texts = readFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
  const bundled = filesOf(dist, '.js.map').flatMap((map): string[] =>
    JSON.parse(readFileSync(map, 'utf8')).sources.flatMap(
      (source: string) => /node_modules\/([^/]*)/.exec(source)?.[1] ?? [],
    ),
  );
  expect(new Set(bundled)).toEqual(new Set(['commander', 'tinyqueue']));
  // The script of the replay page has no map.
  for (const name of [...bundled, 'preact']) {
    const license = readFileSync(join(root, 'node_modules', name, 'LICENSE'), 'utf8');
    expect(texts).toContain(license.trim());
  }
});

test('no class or function has lost its name to another one of its file', async () => {
  let count = 0;
  for (const entry of entries) {
    for (const [name, value] of Object.entries(await import(entry))) {
      if (typeof value !== 'function') continue;
      count++;
      expect([name, value.name]).not.toEqual([name, expect.stringContaining('$')]);
    }
  }
  expect(count).toBeGreaterThan(80);
});
