/** The examples of the README and of docs/: the tests run what the pages show. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { scriptFile } from './script.ts';
import { type Child, run } from './server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));

/** Each page of the documentation and its text. */
export const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...PAGES.map((name) => join('docs', name)),
].map((name): [name: string, text: string] => [name, readFileSync(join(ROOT, name), 'utf8')]);

/** Every example in JavaScript or TypeScript. */
export const EXAMPLES = DOCUMENTS.flatMap(([, text]) =>
  [...text.matchAll(/^```(?:js|ts)\n(.*?)^```$/gms)].map(([, code]) => code as string),
);

/** The only example of all pages that contains a text. */
export function documentExample(text: string): string {
  const found = EXAMPLES.filter((code) => code.includes(text));
  if (found.length !== 1) throw new Error(`${found.length} examples of the pages have ${text}`);
  return found[0] as string;
}

/** How many lines of code it has. */
export function linesOf(example: string): number {
  return example.split('\n').filter((line) => line.trim() !== '').length;
}

const TSC = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url));
const OPTIONS = '--ignoreConfig --strict --target es2023 --module nodenext --types node';

/**
 * Checks examples, as strictly as the package is checked, and compiles them; each is a module. Checking
 * the declarations of the package, of Node and of the browser too takes four times as long:
 * test/dist/declarations.test.ts does it, for every module.
 */
async function compile(
  examples: readonly string[],
  { checksLibraries = false } = {},
): Promise<Map<string, string>> {
  const paths = examples.map((example) => scriptFile(example, 'mts'));
  const options = [...OPTIONS.split(' '), '--skipLibCheck', String(!checksLibraries)];
  await using tsc = run(TSC, [...options, ...paths]);
  expect(await tsc.finished()).toMatchObject({ code: 0, stdout: '' });
  const compiled = paths.map((path) => {
    const output = path.replace(/mts$/, 'mjs');
    const source = readFileSync(output, 'utf8');
    rmSync(output);
    return source;
  });
  return new Map(examples.map((example, n) => [example, compiled[n] as string]));
}

/**
 * A function that gives the compiled text of each of some examples. The first test that asks compiles
 * all: one of them takes tsc as long, which reads the declarations of Node and of the package.
 */
export function compiler(examples: readonly string[]): (example: string) => Promise<string> {
  let compiling: Promise<Map<string, string>> | undefined;
  return async (example) => {
    compiling ??= compile(examples);
    const source = (await compiling).get(example);
    if (source === undefined) throw new Error(`this is not among the examples:\n${example}`);
    return source;
  };
}

/** Checks an example and compiles it. */
export async function compiledExample(
  example: string,
  options?: { checksLibraries: boolean },
): Promise<string> {
  return (await compile([example], options)).get(example) as string;
}

/** Runs an example in another process, with other ports than those of the page. */
export function runExample(example: string, ports: Record<number, number>): Child {
  let source = example;
  for (const [theirs, ours] of Object.entries(ports)) {
    if (!source.includes(theirs)) throw new Error(`no port ${theirs} in\n${example}`);
    source = source.replaceAll(theirs, String(ours));
  }
  return run(process.execPath, [scriptFile(source)]);
}
