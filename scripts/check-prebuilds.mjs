/** `prepublishOnly`: a tarball without every prebuilt binary must not be published. */
import { problems } from './prebuilds.mjs';

const found = problems();
for (const problem of found) console.error(`fdselect: ${problem}`);
process.exitCode = found.length === 0 ? 0 : 1;
