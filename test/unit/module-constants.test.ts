/** The constants of fdselect/os, fcntl, tty and linux: their values are CPython's on the same machine. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import * as fcntl from 'fdselect/fcntl';
import * as linux from 'fdselect/linux';
import * as os from 'fdselect/os';
import * as socket from 'fdselect/socket';
import * as tty from 'fdselect/tty';
import { expect, test } from 'vitest';
import { native } from '../../dist/native/index.js';
import { atLeast, libraryConstants } from '../support/runtime.ts';

/** Group of the addon, module, CPython's module, how many constants both have. */
const MODULES = [
  ['socket', socket, 'socket', 270],
  ['os', os, 'os', 58],
  ['fcntl', fcntl, 'fcntl', 50],
  ['termios', tty, 'termios', 229], // zig's headers lack NCC
  ['inotify', linux, 'select', 0],
] as const;

/** The places in the list of tcgetattr(), which Python's tty has beside the constants of termios. */
const PLACES = { IFLAG: 0, OFLAG: 1, CFLAG: 2, LFLAG: 3, ISPEED: 4, OSPEED: 5, CC: 6 };

/** Every integer constant of a Python module. */
function pythonConstants(module: string): Record<string, number> {
  const script = `
import json, ${module} as m
print(json.dumps({n: v for n, v in vars(m).items() if n.isupper() and type(v) is int}))`;
  return JSON.parse(execFileSync('python3', ['-c', script], { encoding: 'utf8' }));
}

function constantsOf(module: object): Record<string, number> {
  return Object.fromEntries(
    Object.entries(module).filter(
      ([name, value]) => /^_?[A-Z][A-Z0-9_]+$/.test(name) && typeof value === 'number',
    ),
  );
}

test.each(MODULES)('%s: constants of CPython have the same value', (_, module, python, least) => {
  const theirs = pythonConstants(python);
  const ours = constantsOf(module);
  const common = Object.keys(ours).filter((name) => name in theirs);
  expect(common.length).toBeGreaterThanOrEqual(atLeast(least));
  const same = common.filter((name) => !libraryConstants.has(name));
  for (const name of same) expect([name, ours[name]]).toEqual([name, theirs[name]]);
});

test.each(MODULES)('%s: exactly the constants of the addon are exported', (group, module) => {
  const places = group === 'termios' ? PLACES : {};
  expect(constantsOf(module)).toEqual({ ...native.moduleConstants(group), ...places });
});

test('errno: the addon has exactly the errors that lib/ uses, with the numbers of node:os', () => {
  const ours = native.moduleConstants('errno');
  const dist = new URL('../../dist/', import.meta.url);
  const used = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .flatMap((file) => [
      ...readFileSync(new URL(file, dist), 'utf8').matchAll(/errnoNumber\("(\w+)"\)/g),
    ])
    .map(([, name]) => name);
  expect(Object.keys(ours)).toEqual([...new Set(used)].toSorted());
  expect(constants.errno).toMatchObject(ours);
});

test('the files made from the lists are as the generator makes them', async () => {
  const generator = new URL('../../native/constants/generate.mjs', import.meta.url);
  const { default: outdated } = await import(`${generator.href}?check`);
  expect(outdated).toEqual([]);
});
