/** The published declarations: a user who checks libraries too (skipLibCheck: false) gets no error. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { compiledExample } from '../support/documents.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('the declarations of every module compile', async () => {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const modules = Object.keys(exports).filter((name) => !name.endsWith('.json'));
  const example = modules.map((name) => `import 'fdselect${name.slice(1)}';\n`).join('');
  await compiledExample(example, { checksLibraries: true });
});
