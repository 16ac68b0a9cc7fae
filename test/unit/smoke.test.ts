import { expect, test } from 'vitest';
import { poll, POLLIN, select } from 'fdselect';
import { pipe } from 'fdselect/os';
import { closeSync, writeSync } from 'node:fs';

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
