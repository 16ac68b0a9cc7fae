/** Lesson 0: numbers, open file descriptions, files. */
import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { close, dup, open, pipe, read, write } from 'fdselect/os';

const run = process.argv[2] ?? 'numbers';

/** The kernel's name of the file of a number. Linux only: /proc. */
const target = (fd: number) => readlinkSync(`/proc/self/fd/${fd}`).replace(/\d+/, 'N');

if (run === 'numbers') {
  const [reader, writer] = pipe();
  console.log(`pipe() answered two numbers; the first stands for ${target(reader)}`);
  close(reader);
  const next = dup(writer);
  console.log(`closed the first; dup() answered the same number again: ${next === reader}`);
  close(next);
  close(writer);
}

if (run === 'position') {
  const folder = mkdtempSync(join(tmpdir(), 'lesson-0-'));
  const path = join(folder, 'digits');
  writeFileSync(path, '0123456789');
  const first = open(path);
  const copy = dup(first);
  const second = open(path);
  console.log(`read 4 from the first:   ${read(first, 4)}`);
  console.log(`read 3 from its copy:    ${read(copy, 3)}`);
  console.log(`read 3 from a new open:  ${read(second, 3)}`);
  for (const fd of [first, copy, second]) close(fd);
  rmSync(folder, { recursive: true });
}

if (run === 'leak') {
  const [reader, writer] = pipe();
  const forgotten = dup(writer); // the bug: a second number for the writing end
  write(writer, 'all I have to say');
  close(writer);
  console.log(`read: ${read(reader, 100)}`);
  // A third read would now wait for ever: the writing end is still open under another number.
  close(forgotten);
  console.log(
    `after the copy was closed, read answered ${read(reader, 100).length} bytes: the end`,
  );
  close(reader);
}
