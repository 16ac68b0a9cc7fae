/** The names and values of the modules, against CPython's on the same machine. */
import { execFileSync } from 'node:child_process';
import * as fdselect from 'fdselect';
import { error, OSError } from 'fdselect';
import * as socketModule from 'fdselect/socket';
import { expect, test } from 'vitest';
import { native } from '../../dist/native/index.js';
import { atLeast, libraryConstants } from '../support/runtime.ts';

/** Every integer constant of a Python module. */
function pythonConstants(module: string): Record<string, number> {
  const script = `
import json, ${module} as m
print(json.dumps({n: int(v) for n, v in vars(m).items() if n.isupper() and isinstance(v, int)}))`;
  return JSON.parse(execFileSync('python3', ['-c', script], { encoding: 'utf8' }));
}

function constantsOf(module: object): Record<string, number> {
  const entries = Object.entries(module).filter(([name]) => /^[A-Z][A-Z0-9_]+$/.test(name));
  return Object.fromEntries(entries);
}

test('every POLL constant of CPython, with its value, and PIPE_BUF', () => {
  const python = Object.entries(pythonConstants('select'));
  const expected = python.filter(([name]) => name.startsWith('POLL') || name === 'PIPE_BUF');
  expect(expected).toHaveLength(13);
  expect(constantsOf(fdselect)).toMatchObject(Object.fromEntries(expected));
});

test('every socket constant of CPython is here, with its value', () => {
  const python = pythonConstants('socket');
  // Of these CPython's socket module happens to have some, for its own use.
  for (const name of ['EAGAIN', 'EBADF', 'EWOULDBLOCK']) delete python[name];
  const ours = Object.entries(constantsOf(socketModule)).filter(([, value]) => value !== undefined);
  const common = ours.filter(([name]) => name in python && !libraryConstants.has(name));
  expect(common.length).toBeGreaterThanOrEqual(atLeast(300));
  expect(Object.keys(python).filter((name) => !(name in socketModule))).toEqual([]);
  expect(Object.fromEntries(common)).toEqual(
    Object.fromEntries(common.map(([name]) => [name, python[name]])),
  );
});

test('select.error is OSError', () => {
  expect(error).toBe(OSError);
});

test('every constant of the addon is exported by one of the modules', () => {
  const exported = constantsOf(fdselect);
  expect(Object.keys(native.constants).filter((name) => exported[name] === undefined)).toEqual([]);
});
