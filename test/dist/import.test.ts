/** Mistakes that would make `import 'fdselect'` slow, and that no other test would notice. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const read = (file: string) => readFileSync(dist + file, 'utf8');

/** The files of the API: those that importing a module of the package may load. */
const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.js') && !/^(learn|servers|native)\/|^(cli|com[^/]*)\.js$/.test(file),
);

// V8 compiles regular expressions when it parses them, and builds the set of characters then: a
// tenth of the time of the import.
test('no file of the API has a regular expression with a Unicode property', () => {
  expect(files).toContain('core.js');
  expect(files).toContain('asyncore/index.js');
  expect(files.filter((file) => /\\p\{/i.test(read(file)))).toEqual([]);
});

test('the constants of sockets that only users need are in the file that only users load', () => {
  const having = files.filter((file) => read(file).includes('"TCP_USER_TIMEOUT"'));
  expect(having).toEqual(['socket/index.js']);
});

test('local variables have short names, functions and classes their own', () => {
  expect(read('core.js')).toMatch(/^function isInt32Array\(\w\) \{$/m);
  expect(read('socket.js')).toMatch(/^var Socket = class /m);
});
