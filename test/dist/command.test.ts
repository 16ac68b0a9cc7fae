/** Shell completions and the man page, which are made from the texts of `--help`. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { commandLine } from '../../lib/command-line.ts';
import { programs } from '../../lib/servers/programs.ts';
import { scriptFile } from '../support/script.ts';
import { CLI, fdselect, run } from '../support/server.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const man = `${root}/dist/fdselect.1`;

function isInstalled(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
}

/** The test, or, without the command, a test that is skipped and says why. */
function testWith(command: string) {
  return isInstalled(command)
    ? test
    : (title: string, body: () => Promise<void>) =>
        test.skip(`${title} [no ${command} here]`, body);
}

/** What bash offers, for each of some command lines. The last word is being typed. */
async function completed(lines: string[][]): Promise<string[][]> {
  // Without the package bash-completion; read twice, as a shell does that reads its settings again.
  const script = `
    compopt() { :; }
    fdselect() { "$NODE" "$CLI" "$@"; }
    source <(fdselect completions bash)
    source <(fdselect completions bash)
    ask() { COMP_WORDS=(fdselect "$@") COMP_CWORD=$# COMPREPLY=(); __fdselect_complete; echo "\${COMPREPLY[*]}"; }
    cd "$ROOT"
    ${lines.map((words) => `ask ${words.map((word) => `'${word}'`).join(' ')}`).join('\n')}`;
  const settings = [`NODE=${process.execPath}`, `CLI=${root}/dist/cli.js`, `ROOT=${root}`];
  await using shell = run('env', [...settings, 'bash', '-c', script]);
  const { stdout, stderr } = await shell.finished();
  expect(stderr).toBe('');
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '));
}

test('bash alone completes commands, programs, lessons, options, what options take, and files', async () => {
  const answers = await completed([
    ['re'],
    ['serve', 'echo-'],
    ['serve', 'echo-poll', '--w'],
    ['serve', 'echo-asyncore', '--selector', ''],
    ['learn', '--pro'],
    ['learn', 'po'],
    ['replay', 'docs/ap'],
    ['serve', 'echo-poll', '--record', 'doc'],
  ]);
  expect(answers).toEqual([
    ['record', 'replay'],
    programs.map(({ name }) => name).filter((name) => name.startsWith('echo-')),
    ['--workers'],
    ['select', 'poll', 'epoll'],
    ['--prove'],
    ['poll'],
    ['docs/api.md'],
    ['docs/'],
  ]);
});

test.each(['zsh', 'fish'])('there are completions for %s', async (shell) => {
  const { code, stdout } = await fdselect('completions', shell).finished();
  expect(code).toBe(0);
  expect(stdout).toContain('fdselect');
  if (!isInstalled(shell)) return;
  await using child = run(shell, ['-n', scriptFile(stdout, shell)]);
  expect(await child.finished()).toMatchObject({ code: 0, stderr: '' });
});

testWith('fish')('fish completes programs with what they are', async () => {
  const script = `
    function fdselect; "$NODE" "$CLI" $argv; end
    fdselect completions fish | source
    complete -C 'fdselect serve echo-ep'`;
  const settings = [`NODE=${process.execPath}`, `CLI=${root}/dist/cli.js`];
  await using shell = run('env', [...settings, 'fish', '--no-config', '-c', script]);
  const { stdout, stderr } = await shell.finished();
  const { name, description } = programs.find((program) => program.name === 'echo-epoll') ?? {};
  expect({ stdout, stderr }).toEqual({ stdout: `${name}\t${description}\n`, stderr: '' });
});

test.each([['list'], ['--help'], ['serve --help'], ['completions bash'], ['learn 0']])(
  '%s reports what it cannot write',
  async (line) => {
    await using child = run('sh', ['-c', `"$0" "$1" ${line} >/dev/full`, process.execPath, CLI]);
    const { code, stderr } = await child.finished();
    expect([code, stderr]).toEqual([1, 'fdselect: ENOSPC: no space left on device, write\n']);
  },
);

test('completions for another shell are a usage error', async () => {
  const { code, stdout, stderr } = await fdselect('completions', 'tcsh').finished();
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^error: .*tcsh.*\n$/);
});

test('the man page has every command, program and option', () => {
  const text = readFileSync(man, 'utf8').replaceAll('\\-', '-');
  for (const { name } of programs) expect(text).toContain(`\n.B ${name}\n`);
  for (const command of commandLine([]).commands) {
    expect(text).toContain(`fdselect ${command.name()}`);
    for (const { flags } of command.options) expect(text).toContain(`\n.B ${flags}\n`);
  }
  // An array: npm does not install the page of a string.
  const { man: listed } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  expect(listed).toEqual(['./dist/fdselect.1']);
});

testWith('man')('man shows the man page without a warning', async () => {
  await using child = run('man', ['--warnings', '-E', 'UTF-8', '-l', '-Tutf8', man]);
  expect(await child.finished()).toMatchObject({ code: 0, stderr: '' });
});
