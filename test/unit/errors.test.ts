/** The errors: names, codes, numbers and messages in the shape of Node's. */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { getSystemErrorMap, getSystemErrorName } from 'node:util';
import { KeyError, OSError, poll, select } from 'fdselect';
import { expect, test } from 'vitest';
import { testUnless } from '../support/runtime.ts';
import { thrown } from '../support/thrown.ts';

testUnless({
  Deno: 'its own errors have other messages and not always an errno',
})("an OSError looks like Node's own system error", () => {
  const ours = thrown(() => select([9999], [], [])) as OSError;
  const nodes = thrown(() => readFileSync(9999)) as NodeJS.ErrnoException;
  expect(ours.message).toBe(nodes.message.replace('fstat', 'select').replace('read', 'select'));
  expect([ours.code, ours.errno]).toEqual([nodes.code, nodes.errno]);
});

test('an OSError has code, errno, syscall and a message', () => {
  const ours = thrown(() => select([9999], [], [])) as OSError;
  expect([ours.code, ours.errno]).toEqual(['EBADF', -9]);
  expect(ours).toBeInstanceOf(Error);
  expect([ours.name, ours.syscall, `${ours}`]).toEqual([
    'OSError',
    'select',
    'OSError: EBADF: bad file descriptor, select',
  ]);
  expect(ours.stack).toContain('errors.test.ts');
});

test('every errno has its name: that of Node where it has one, else that of C', () => {
  const numbers = new Set(Object.values(constants.errno));
  for (const errno of numbers) {
    const error = new OSError(-errno, 'call');
    expect([error.errno, new OSError(errno, 'call').errno]).toEqual([-errno, -errno]);
    if (getSystemErrorMap().has(-errno)) expect(error.code).toBe(getSystemErrorName(-errno));
    else expect(constants.errno[error.code as keyof typeof constants.errno]).toBe(errno);
    expect(error.message).toMatch(/^E[A-Z0-9]+: [a-z].*, call$/);
  }
  expect(new OSError(constants.errno.EINPROGRESS, 'connect').message).toMatch(
    /^EINPROGRESS: operation (now )?in progress, connect$/, // glibc says "now", musl does not
  );
});

test('a KeyError has the key', () => {
  expect(thrown(() => poll().unregister(7))).toBeInstanceOf(KeyError);
  expect(new KeyError('x', 'ERR_ALREADY_REGISTERED')).toMatchObject({
    key: 'x',
    code: 'ERR_ALREADY_REGISTERED',
    message: "'x' is already registered",
  });
});

test('a value that is long or strange is shown in one short line', () => {
  const strange = new Proxy(
    {},
    {
      get: () => {
        throw new Error('no');
      },
    },
  );
  for (const value of [
    'x'.repeat(1000),
    { a: { b: { c: 1 } } },
    new Array(1000).fill(1),
    strange,
  ]) {
    const { message } = thrown(() => select([], [], [], value as never)) as Error;
    expect(message.length).toBeLessThan(200);
    expect(message).not.toContain('\n');
  }
});
