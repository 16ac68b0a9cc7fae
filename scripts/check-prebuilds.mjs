/** `prepublishOnly`: a tarball without every prebuilt binary, or without an author, must not be published. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problems, root } from './prebuilds.mjs';

const found = problems();
const { author } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
if (author.includes('.invalid')) {
  found.push("package.json has placeholders: author, and the repository's address in three fields");
}
for (const problem of found) console.error(`fdselect: ${problem}`);
process.exitCode = found.length === 0 ? 0 : 1;
