/** The README's examples of makefile and of redirection. */
import { expect, test } from 'vitest';
import { documentExample, runExample } from '../support/documents.ts';
import { serve } from '../support/server.ts';
import { Target } from '../support/target.ts';

test('makefile', async () => {
  await using server = await serve('echo-poll');
  await using child = runExample(documentExample("makefile('rw')"), { 8881: server.port });
  expect(await child.finished()).toEqual({
    code: 0,
    signal: null,
    stdout: 'first\n\nsecond line\n\n',
    stderr: '',
  });
});

test('redirection', async () => {
  await using target = await Target.open();
  await using child = runExample(documentExample('redirectBothAsClient'), { 50008: target.port });
  const peer = (await target.peer()).read();
  peer.write('Bob\n');
  expect((await peer.ends()).toString()).toBe('hello\nyour name? ');
  expect(await child.finished()).toEqual({
    code: 0,
    signal: null,
    stdout: 'that was Bob\n',
    stderr: '',
  });
});
