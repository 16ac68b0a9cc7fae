import { closeSync, writeSync } from 'node:fs';
import { POLLIN, poll, select } from 'fdselect';
import { pipe } from 'fdselect/os';
import { expect, test } from 'vitest';

test('a pipe is readable once something is written', () => {
  const [r, w] = pipe();
  expect(select([r], [w], [], 0)).toEqual([[], [w], []]);
  writeSync(w, 'x');
  const p = poll();
  p.register(r);
  expect(p.poll(0)).toEqual([[r, POLLIN]]);
  closeSync(r);
  closeSync(w);
});
