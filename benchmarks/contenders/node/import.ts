/** Measures the import of a module: `import.js MODULE` prints nanoseconds. */
const STDOUT = 1;
const start = process.hrtime.bigint();
await import(process.argv[2] as string);
const time = process.hrtime.bigint() - start;
// The first import of a module of Node's own costs more than the next: so it comes after the measured one.
const { writeSync } = await import('node:fs');
// Not with console.log(), for which Node would have to load half of node:net.
writeSync(STDOUT, `${time}\n`);
