/** fdselect/io: getpass() and input() on a terminal. */
import { rmSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { RUN_FILE, testUnless } from '../support/runtime.ts';
import { scriptFile } from '../support/script.ts';
import { run } from '../support/server.ts';
import { Terminal } from '../support/terminal.ts';

/** A program that asks for a password, and prints it. */
function asking(question = 'getpass()'): string[] {
  const source = `
import { getpass, input } from 'fdselect/io';
try {
  console.log('got ' + JSON.stringify(${question}));
} catch (error) {
  console.log('threw', error.name, error.code, error.signal);
}`;
  return [...RUN_FILE, scriptFile(source)];
}

test('typed keys are not shown; the terminal is restored', async () => {
  await using terminal = new Terminal(asking());
  await terminal.shows('Password: ');
  expect(terminal.echoes).toBe(false);
  terminal.type('sécret\n');
  expect(await terminal.finished()).toMatchObject({ code: 0, signal: null });
  expect(terminal.shown).toBe('Password: \r\ngot "sécret"\r\n');
  expect(terminal.echoes).toBe(true);
});

test('keys that were typed ahead are dropped', async () => {
  await using terminal = new Terminal(asking("getpass('Code? ')"), 'typed ahead\n');
  await terminal.shows('Code? ');
  terminal.type('real\n');
  await terminal.finished();
  expect(terminal.shown).toContain('got "real"');
});

test('Ctrl-D is the end of the input', async () => {
  await using terminal = new Terminal(asking());
  await terminal.shows('Password: ');
  terminal.type('\x04');
  await terminal.finished();
  expect(terminal.shown).toContain('threw EOFError ERR_EOF');
  expect(terminal.echoes).toBe(true);
});

test('the timeout: ETIMEDOUT', async () => {
  await using terminal = new Terminal(asking("getpass('? ', { timeout: 0.2 })"));
  await terminal.shows('? ');
  terminal.type('half a passw');
  await terminal.finished();
  expect(terminal.shown).toContain('threw OSError ETIMEDOUT');
  expect(terminal.echoes).toBe(true);
});

test.each(['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR2', 'SIGALRM'] as const)(
  '%s ends the process, but only once the terminal is restored',
  async (signal) => {
    await using terminal = new Terminal(asking());
    await terminal.shows('Password: ');
    expect(terminal.echoes).toBe(false);
    process.kill(terminal.child.pid, signal);
    expect(await terminal.finished()).toMatchObject({ code: null, signal });
    expect(terminal.echoes).toBe(true);
  },
);

test('Ctrl-C is SIGINT', async () => {
  await using terminal = new Terminal(asking());
  await terminal.shows('Password: ');
  terminal.type('\x03');
  expect(await terminal.finished()).toMatchObject({ code: null, signal: 'SIGINT' });
  expect(terminal.echoes).toBe(true);
});

test('a handler of the program runs, once getpass() has ended with EINTR', async () => {
  const source = `
import { getpass } from 'fdselect/io';
process.on('SIGINT', () => { console.log('handler'); process.exit(7); });
await new Promise((resolve) => setTimeout(resolve, 10));
try { getpass(); } catch (error) { console.log('threw', error.code, error.signal); }
setInterval(() => {}, 1000);`;
  await using terminal = new Terminal([...RUN_FILE, scriptFile(source)]);
  await terminal.shows('Password: ');
  process.kill(terminal.child.pid, 'SIGINT');
  expect(await terminal.finished()).toMatchObject({ code: 7 });
  expect(terminal.shown).toBe('Password: threw EINTR SIGINT\r\nhandler\r\n');
  expect(terminal.echoes).toBe(true);
});

test('Ctrl-Z restores the terminal, and fg hides it and asks again', async () => {
  const command = asking()
    .map((word) => `'${word}'`)
    .join(' ');
  const script = `${command}; echo stopped; read x; fg`;
  await using terminal = new Terminal(['bash', '-mc', script]);
  await terminal.shows('Password: ');
  terminal.type('forgotten\x1a');
  await terminal.shows('stopped');
  expect(terminal.echoes).toBe(true);
  terminal.shown = '';
  terminal.type('\n');
  await terminal.shows('Password: ');
  expect(terminal.echoes).toBe(false);
  terminal.type('new\n');
  await terminal.finished();
  expect(terminal.shown).toContain('got "new"');
  expect(terminal.echoes).toBe(true);
});

const inWorkers = testUnless({
  Bun: 'the end of a worker does not end what blocks it',
  Deno: 'the end of a worker does not end what blocks it',
});

for (const end of ['await worker.terminate()', 'process.exit(0)']) {
  inWorkers(`a worker that asks: ${end} restores the terminal`, async () => {
    const source = `
import { existsSync } from 'node:fs';
import { isMainThread, Worker } from 'node:worker_threads';
import { getpass } from 'fdselect/io';
if (!isMainThread) getpass();
else {
  const worker = new Worker(new URL(import.meta.url));
  while (!existsSync(process.argv[1] + '.end')) await new Promise((done) => setTimeout(done, 5));
  ${end};
  console.log('ended');
}`;
    const file = scriptFile(source);
    onTestFinished(() => rmSync(`${file}.end`));
    await using terminal = new Terminal([...RUN_FILE, file]);
    await terminal.shows('Password: ');
    expect(terminal.echoes).toBe(false);
    writeFileSync(`${file}.end`, '');
    expect(await terminal.finished()).toMatchObject({ code: 0 });
    expect(terminal.echoes).toBe(true);
  });
}

test('without a terminal: from standard input, with a warning on standard error', async () => {
  await using child = run('setsid', [...asking()], 'piped\nrest');
  expect(await child.finished()).toEqual({
    code: 0,
    signal: null,
    stdout: 'got "piped"\n',
    stderr: 'Warning: Password input may be echoed.\nPassword: ',
  });
});

test('input() asks on standard output, or on the terminal', async () => {
  await using terminal = new Terminal(
    asking("[input('Name? '), input('On tty? ', { tty: true })]"),
  );
  await terminal.shows('Name? ');
  expect(terminal.echoes).toBe(true);
  terminal.type('Ann\n');
  await terminal.shows('On tty? ');
  terminal.type('yes\n');
  await terminal.finished();
  expect(terminal.shown).toContain('got ["Ann","yes"]');
});

test('input() with tty where there is no terminal is ENXIO', async () => {
  await using child = run('setsid', [...asking("input('?', { tty: true })")], 'x\n');
  expect(await child.finished()).toMatchObject({ stdout: 'threw OSError ENXIO undefined\n' });
});
