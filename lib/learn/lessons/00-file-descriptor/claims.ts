/** The claims of lesson 0 about the kernel. */
import assert from 'node:assert/strict';
import { readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { select } from 'fdselect';
import { close, dup, getBlocking, open, pipe, read, setBlocking, write } from 'fdselect/os';
import { claim } from '../../course/claim.js';

const target = (fd: number) => readlinkSync(`/proc/self/fd/${fd}`);

export const claims = [
  claim('fd-lowest', 'The kernel gives out the lowest number that is free.', () => {
    const [reader, writer] = pipe();
    close(reader);
    const next = dup(writer);
    close(next);
    close(writer);
    assert.equal(next, reader);
  }),

  claim(
    'fd-dup-same-file',
    'A number made by `dup` stands for the same file.',
    () => {
      const [reader, writer] = pipe();
      const copy = dup(writer);
      assert.equal(target(copy), target(writer));
      assert.notEqual(copy, writer);
      for (const fd of [reader, writer, copy]) close(fd);
    },
    'proc',
  ),

  claim(
    'fd-dup-position',
    'A `dup` shares the position in the file: what one has read, the other does not read again.',
    () => {
      withFile((path) => {
        const first = open(path);
        const copy = dup(first);
        assert.equal(String(read(first, 4)), '0123');
        assert.equal(String(read(copy, 3)), '456');
        close(first);
        close(copy);
      });
    },
  ),

  claim('fd-open-position', 'A second `open` of the same file has a position of its own.', () => {
    withFile((path) => {
      const first = open(path);
      const second = open(path);
      assert.equal(String(read(first, 4)), '0123');
      assert.equal(String(read(second, 3)), '012');
      close(first);
      close(second);
    });
  }),

  claim('fd-dup-nonblock', '`O_NONBLOCK` set on a `dup` also holds for the original.', () => {
    const [reader, writer] = pipe();
    const copy = dup(reader);
    assert.equal(getBlocking(reader), true);
    setBlocking(copy, false);
    assert.equal(getBlocking(reader), false);
    for (const fd of [reader, writer, copy]) close(fd);
  }),

  claim(
    'fd-close-last',
    'A pipe ends when the last number of its writing end is closed, not when the first one is.',
    () => {
      const [reader, writer] = pipe();
      const copy = dup(writer);
      close(writer);
      assert.deepEqual(select([reader], [], [], 0.02)[0], []);
      write(copy, 'x');
      assert.equal(String(read(reader, 9)), 'x');
      close(copy);
      assert.equal(read(reader, 9).length, 0);
      close(reader);
    },
  ),
];

function withFile(use: (path: string) => void): void {
  const path = join(tmpdir(), `lesson-0-${process.pid}`);
  writeFileSync(path, '0123456789');
  try {
    use(path);
  } finally {
    rmSync(path);
  }
}
