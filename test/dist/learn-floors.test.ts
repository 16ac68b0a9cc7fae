/** Each folder of `lib/learn/` has one job: imports between them point down. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const learn = fileURLToPath(new URL('../../lib/learn', import.meta.url));

/** From the bottom up; a folder may import those of the lines before its own. */
const FLOORS = [
  ['.'],
  ['replay'],
  ['page', 'check'],
  ['terminal'],
  ['course'],
  ['exercises', 'play'],
  ['lessons'],
  ['command'],
];
const folderOf = (path: string) => (path.includes('/') ? (path.split('/')[0] as string) : '.');
const height = (path: string) => FLOORS.findIndex((line) => line.includes(folderOf(path)));

test('imports between the folders of learn point down', () => {
  const files = readdirSync(learn, { recursive: true, encoding: 'utf8' });
  const imports = files
    .filter((file) => /\.tsx?$/.test(file))
    .flatMap((file) => {
      const text = readFileSync(join(learn, file), 'utf8');
      return [...text.matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].map(([, path]) => ({
        file,
        imports: relative(learn, join(learn, dirname(file), path as string)),
      }));
    })
    .filter(({ file, imports: to }) => !to.startsWith('..') && folderOf(to) !== folderOf(file));
  expect(imports.length).toBeGreaterThan(100);
  expect(imports.filter(({ file, imports: to }) => !(height(to) < height(file)))).toEqual([]);
  expect(imports.filter(({ imports: to }) => height(to) === -1)).toEqual([]);
});
