/** The registry of error codes: every code that is thrown is in it, and no other. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const lib = fileURLToPath(new URL('../../lib/', import.meta.url));

/** The codes that stand in quotation marks in a file. */
function codesIn(path: string): string[] {
  const text = readFileSync(`${lib}${path}`, 'utf8');
  return Array.from(text.matchAll(/'(ERR_[A-Z_]+)'/g), ([, code]) => code as string);
}

const registry = readFileSync(`${lib}values/codes.ts`, 'utf8');
const registered = Array.from(registry.matchAll(/^ {2}(ERR_[A-Z_]+):/gm), ([, code]) => code);

/** Node's own: of dlopen(3), and of streams. */
const NODES = /^ERR_(DLOPEN|STREAM)/;

test('every code in lib/ is registered, and every registered one is used', () => {
  const files = readdirSync(lib, { recursive: true }).filter((path) => `${path}`.endsWith('.ts'));
  const used = new Set(files.flatMap((path) => codesIn(`${path}`)));
  const ours = [...used].filter((code) => !NODES.test(code));
  expect(ours.toSorted()).toEqual(registered.toSorted());
});

test('the registry is in order', () => {
  expect(registered).toEqual(registered.toSorted());
});
