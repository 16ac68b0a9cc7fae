/** Each folder of `lib/` is a floor: imports point down, and go through the floor's index.ts or internal.ts. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const lib = fileURLToPath(new URL('../../lib', import.meta.url));

/** From the bottom up; a floor may import those of the lines before its own. */
const FLOORS = [
  ['native'],
  ['values'],
  ['waits'],
  ['os', 'io', 'fcntl', 'tty', 'linux', 'signal'],
  ['socket', 'selectors'],
  ['stream'],
  ['loop', 'redirect'],
  ['asyncore', 'reactor', 'components'],
  ['asynchat'],
  ['servers', 'learn'],
  ['.'],
];
/** The files that other floors may import: the public names, and the names for neighbours. */
const DOORS = ['index.js', 'internal.js'];
/** Only the command and the package's own index see floors as a whole. */
const height = (floor: string) => FLOORS.findIndex((line) => line.includes(floor));

/** Every import between floors, types included: [file, what it imports]. */
function importsBetweenFloors(): [from: string, to: string][] {
  const files = readdirSync(lib, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const found = readFileSync(join(lib, file), 'utf8').matchAll(
        /(?:from|import\() ?'(\.[^']+)'/g,
      );
      return [...found].map(([, path]): [string, string] => [
        file,
        relative(lib, join(lib, dirname(file), path as string)),
      ]);
    })
    .filter(([from, to]) => floorOf(from) !== floorOf(to));
}

const floorOf = (path: string) => (path.includes('/') ? (path.split('/')[0] as string) : '.');

test('imports between floors point down', () => {
  const imports = importsBetweenFloors();
  expect(imports.length).toBeGreaterThan(100);
  expect(
    imports.filter(([from, to]) => height(floorOf(to)) === -1 || height(floorOf(from)) === -1),
  ).toEqual([]);
  expect(imports.filter(([from, to]) => height(floorOf(to)) >= height(floorOf(from)))).toEqual([]);
});

test('imports between floors go through index.ts or internal.ts', () => {
  const past = importsBetweenFloors().filter(
    ([from, to]) => floorOf(from) !== '.' && !DOORS.includes(to.split('/').slice(1).join('/')),
  );
  expect(past).toEqual([]);
});
