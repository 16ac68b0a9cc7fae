/** The README and docs/: their examples run, their links and commands lead somewhere. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  compiler,
  DOCUMENTS,
  documentExample,
  EXAMPLES,
  runExample,
} from '../support/documents.ts';
import { CLI, fdselect, run, until } from '../support/server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** What an example prints, each by a text that only it has. */
const OUTPUTS: [text: string, stdout: string][] = [
  ["write(writer, 'hello')", '[]\ntrue true\n'],
  ['selectAsync([peer]', 'true\nhi\n\n'],
  ["'the listener'", '1\nthe listener 1\n1\n'],
];
/** Examples that other test files run, each by a text that only it has. */
const ELSEWHERE = [
  'const echo = (connection: Connection)',
  'loop.callEvery(',
  "makefile('rw')",
  'redirectBothAsClient',
  'extends Protocol',
  'extends LineOnlyReceiver',
  'extends DispatcherWithSend',
  'extends AsyncChat',
  "new Backplane('TIME')",
  "new Backplane('EVENTS')",
  'new TCPClient(',
];

const compiled = compiler(OUTPUTS.map(([text]) => documentExample(text)));

test.each(OUTPUTS)('the example with %s prints what the page says', async (text, stdout) => {
  const example = documentExample(text);
  const ports = [...example.matchAll(/'127\.0\.0\.1', (\d+)\]/g)].map(([, port]) => [
    Number(port),
    0,
  ]);
  // A client connects to the port that the server got, not to a fixed one.
  const source = (await compiled(example))
    .replace(/createServer\(\['127\.0\.0\.1', \d+\]\)/, "createServer(['127.0.0.1', 0])")
    .replace(
      /createConnection\(\['127\.0\.0\.1', \d+\]\)/,
      'createConnection(server.getsockname())',
    );
  expect(ports.length === 0 || source.includes('getsockname')).toBe(true);
  await using child = runExample(source, {});
  expect(await child.finished()).toEqual({ code: 0, signal: null, stdout, stderr: '' });
});

test('every example of every page is run by a test', () => {
  const known = [...OUTPUTS.map(([text]) => text), ...ELSEWHERE];
  for (const text of known) documentExample(text);
  expect(EXAMPLES.filter((code) => !known.some((text) => code.includes(text)))).toEqual([]);
});

test('links between the pages lead to files that exist', () => {
  const links = DOCUMENTS.flatMap(([page, text]) =>
    [...text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, link]) =>
      join(dirname(page), link as string),
    ),
  );
  expect(links.length).toBeGreaterThan(15);
  expect(links.filter((link) => !existsSync(join(ROOT, link)))).toEqual([]);
});

test('files and folders of this repository that the pages name exist', () => {
  const folders = 'lib|native|test|scripts|docs|benchmarks';
  const path = new RegExp(`(?<![\\w/.:@-])(?:${folders})/[\\w./-]*[\\w/](?![\\w{*])`, 'g');
  const named = DOCUMENTS.flatMap(([page, text]) =>
    [...text.matchAll(path)].map(([name]): [page: string, name: string] => [page, name]),
  );
  expect(named.length).toBeGreaterThan(50);
  const missing = named.filter(
    ([, name]) =>
      !name.includes('NAME') && // stands for any name
      !name.startsWith('benchmarks/results/') && // made by npm run bench
      !existsSync(join(ROOT, name)),
  );
  expect(missing).toEqual([]);
});

test('npm scripts that the pages name exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const named = DOCUMENTS.flatMap(([, text]) =>
    [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name as string),
  );
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
});

test('the README has at most 1200 words', () => {
  expect(README.split(/\s+/).length).toBeLessThanOrEqual(1200);
});

test('the commands of the README run, in their order', async () => {
  // Inside the package, which finds itself by its own name.
  const folder = mkdtempSync(join(ROOT, 'build/readme-'));
  writeFileSync(
    join(folder, 'program.mjs'),
    await compiled(documentExample("write(writer, 'hello')")),
  );
  const commands = [...README.matchAll(/^npx fdselect ([^#`\n]+?) *(?:#.*)?$/gm)];
  expect(commands.length).toBeGreaterThan(5);
  for (const [, command] of commands) {
    const words = (command as string).split(' ');
    const isServer = words[0] === 'serve';
    if (isServer) words.push('--port', '0');
    const script = 'cd "$1" && shift && exec "$@"';
    await using child = run('bash', ['-c', script, '-', folder, process.execPath, CLI, ...words]);
    if (isServer) {
      await until(() => child.stdout.includes('listening on'), `${command} listens`);
      child.process.kill('SIGTERM');
    }
    expect(await child.finished(), command).toMatchObject({ code: 0, signal: null });
  }
  rmSync(folder, { recursive: true });
});

test('docs/programs.md lists the programs that there are, minimal first', async () => {
  await using child = fdselect('list');
  const { stdout } = await child.finished();
  const listed = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s/)[0]);
  const page = readFileSync(join(ROOT, 'docs/programs.md'), 'utf8');
  const documented = [...page.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name);
  expect(documented[0]).toBe('minimal');
  expect(documented.toSorted()).toEqual(listed.toSorted());
});
