/** Measures the import of a module: `import.js MODULE` prints nanoseconds. */
import { writeSync } from 'node:fs';

const STDOUT = 1;
const start = process.hrtime.bigint();
await import(process.argv[2] as string);
const time = process.hrtime.bigint() - start;
// Not with console.log(), for which Node would have to load half of node:net.
writeSync(STDOUT, `${time}\n`);
