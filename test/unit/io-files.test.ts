/** fdselect/io: files over any fd, and input() from pipes. */
import { spawn } from 'node:child_process';
import { FileIO, fdopen, getpass, type InputOptions, input, inputAsync } from 'fdselect/io';
import {
  getBlocking,
  openpty,
  close as osClose,
  open as osOpen,
  setBlocking,
  write,
} from 'fdselect/os';
import { BufferedFile, TextFile } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { RUN_FILE } from '../support/runtime.ts';
import { close, closing, openPair, openPipe } from '../support/sandbox.ts';
import { scriptFile } from '../support/script.ts';
import { Child, until } from '../support/server.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

describe('fdopen', () => {
  test('makes the files of makefile()', () => {
    const [reader, writer] = openPipe();
    const kinds = [
      fdopen(reader, 'r', { closefd: false }),
      fdopen(reader, 'rb', { closefd: false }),
      fdopen(reader, 'rb', { buffering: 0, closefd: false }),
    ];
    expect(kinds.map((file) => file.constructor)).toEqual([TextFile, BufferedFile, FileIO]);
    expect(kinds.map((file) => file.fileno())).toEqual([reader, reader, reader]);
    const text = fdopen(writer, 'w', { buffering: 1, closefd: false, newline: '\r\n' });
    text.write('one\ntwo\n');
    expect(kinds[0]?.readline()).toBe('one\n');
    expect(kinds[0]?.readline()).toBe('two\n');
  });

  test('closes the file descriptor, unless closefd is false', () => {
    const [reader, writer] = openPipe();
    fdopen(reader, 'rb', { closefd: false }).close();
    write(writer, 'x');
    {
      using file = fdopen(reader, 'rb', { buffering: 0 });
      expect(String(file.read(5))).toBe('x');
    }
    expect(thrown(() => osClose(reader))).toEqual(osError('EBADF', 'close'));
    closing(osOpen('/dev/null')); // the number, for the sandbox to close
  });

  test('close() flushes written data', () => {
    const [reader, writer] = openPipe();
    const file = fdopen(writer, 'w', { closefd: false });
    expect(file.write('hello')).toBe(5);
    file.close();
    expect(String(fdopen(reader, 'rb', { closefd: false }).read1())).toBe('hello');
    expect(thrown(() => file.write('x'))).toMatchObject({ code: 'ERR_CLOSED' });
  });

  test('a file of a non-blocking file descriptor waits; after ETIMEDOUT it goes on', () => {
    const [reader, writer] = openPipe();
    setBlocking(reader, false);
    const file = fdopen(reader, 'r', { timeout: 0.02, closefd: false });
    write(writer, 'half a l');
    expect(thrown(() => file.readline())).toEqual(osError('ETIMEDOUT', 'read'));
    expect(thrown(() => file.readline())).toEqual(osError('ETIMEDOUT', 'read'));
    write(writer, 'ine\nnext');
    expect(file.readline()).toBe('half a line\n');
    close(writer);
    expect(file.read()).toBe('next');
    expect(getBlocking(reader)).toBe(false);
  });

  test('writing to a full pipe: ETIMEDOUT, and the rest is sent later', () => {
    const [reader, writer] = openPipe();
    const file = fdopen(writer, 'wb', { timeout: 0.02, closefd: false, buffering: 100_000 });
    file.write(Buffer.alloc(90_000, 'x'));
    expect(thrown(() => file.flush())).toEqual(osError('ETIMEDOUT', 'write'));
    const other = fdopen(reader, 'rb', { closefd: false, timeout: 1 });
    expect(other.read(60_000)).toHaveLength(60_000);
    file.flush();
    expect(other.read(30_000)).toHaveLength(30_000);
  });

  test('refuses at once, and leaves the refused fd open', () => {
    const [reader, writer] = openPipe();
    const folder = closing(osOpen('/'));
    expect(thrown(() => fdopen(writer, 'r'))).toEqual(osError('EBADF', 'fdopen'));
    expect(thrown(() => fdopen(reader, 'rw'))).toEqual(osError('EBADF', 'fdopen'));
    expect(thrown(() => fdopen(folder))).toEqual(osError('EISDIR', 'fdopen'));
    expect(thrown(() => fdopen(reader, 'x'))).toEqual(rangeError);
    expect(thrown(() => fdopen(reader, 'rt'))).toEqual(rangeError);
    expect(thrown(() => fdopen(reader, 5 as never))).toEqual(typeError);
    expect(thrown(() => fdopen(reader, 'r', { buffering: 0 }))).toEqual(rangeError);
    expect(thrown(() => fdopen(reader, 'r', { closefd: 1 as never }))).toEqual(typeError);
    expect(thrown(() => fdopen(reader, 'r', { timeout: -1 }))).toEqual(rangeError);
    expect(thrown(() => fdopen(reader, 'r', null as never))).toEqual(typeError);
    expect([reader, writer, folder].map(getBlocking)).toEqual([true, true, true]);
    close(reader);
    expect(thrown(() => fdopen(reader))).toEqual(osError('EBADF', 'fdopen'));
  });

  test('reads and writes terminals and sockets', () => {
    const [master, slave] = openpty().map(closing) as [number, number];
    const screen = fdopen(master, 'rw', { closefd: false, newline: '' });
    fdopen(slave, 'w', { buffering: 1, closefd: false }).write('hi\n');
    expect(screen.readline()).toBe('hi\r\n');
    const [a, b] = openPair();
    const file = fdopen(a, 'rwb', { closefd: false });
    file.write(Buffer.from('x\n'));
    file.flush();
    expect(String(b.recv(5))).toBe('x\n');
    b.sendall(Buffer.from('y\n'));
    expect(String(file.readline())).toBe('y\n');
    const unbuffered = fdopen(a, 'rb', { closefd: false, buffering: 0 });
    expect(thrown(() => unbuffered.write(Buffer.from('x')))).toEqual(osError('EBADF', 'write'));
  });
});

/** A program that imports input and inputAsync, with a pipe for standard input. */
function program(source: string): Child {
  const file = scriptFile(`import { getpass, input, inputAsync } from 'fdselect/io';
const code = (error) => error.code;
const attempt = (run) => { try { return run(); } catch (error) { return error.code; } };
const say = (value) => console.log(JSON.stringify(value));
${source}`);
  const [command, ...args] = [...RUN_FILE, file] as unknown as [string, ...string[]];
  return new Child(spawn(command, args, { stdio: 'pipe' }));
}

describe('input', () => {
  test('reads lines, which end at a newline only; the last needs none', async () => {
    await using child = program(`
say([input('> '), input(), await inputAsync('async> '), input(), attempt(input), attempt(input)]);`);
    child.process.stdin?.end('one\r\n\nthr\u00e9e\nfour');
    expect(await child.finished()).toMatchObject({
      code: 0,
      stdout: `> async> ${JSON.stringify(['one\r', '', 'thr\u00e9e', 'four', 'ERR_EOF', 'ERR_EOF'])}\n`,
      stderr: '',
    });
  });

  test('a part of a line survives the end of the time and an abort', async () => {
    await using child = program(`
say(attempt(() => input('', { timeout: 0.05 })));
const abort = new AbortController();
const pending = inputAsync('', { signal: abort.signal });
say(await inputAsync('').catch(code));
setTimeout(() => abort.abort(Object.assign(new Error('mine'), { code: 'MINE' })), 50);
say(await pending.catch(code));
say(await inputAsync('', { timeout: 0.01 }).catch(code));
say('ready');
say(input());`);
    child.process.stdin?.write('half ');
    await until(() => child.stdout.includes('ready'), 'ready');
    child.process.stdin?.end('line\n');
    const { stdout, stderr } = await child.finished();
    expect([
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
      stderr,
    ]).toEqual([
      ['ETIMEDOUT', 'ERR_CONCURRENT_POLL', 'MINE', 'ETIMEDOUT', 'ready', 'half line'],
      '',
    ]);
  });

  test('closed standard input is EBADF', async () => {
    await using child = program(`
import { close } from 'fdselect/os';
close(0);
say([attempt(input), await inputAsync().catch(code)]);`);
    expect((await child.finished()).stdout).toBe('["EBADF","EBADF"]\n');
  });

  test('bad arguments', async () => {
    for (const ask of [input, getpass] as ((p: string, o: InputOptions) => string)[]) {
      expect(thrown(() => ask(5 as never, {}))).toEqual(typeError);
      expect(thrown(() => ask('', null as never))).toEqual(typeError);
      expect(thrown(() => ask('', { timeout: -1 }))).toEqual(rangeError);
      expect(String(thrown(() => ask(5 as never, {})))).toContain('prompt must be a string');
    }
    expect(thrown(() => input('', { tty: 1 as never }))).toEqual(typeError);
    await expect(inputAsync('', { tty: 1 as never })).rejects.toEqual(typeError);
    await expect(inputAsync('', { signal: {} as never })).rejects.toEqual(typeError);
  });
});
