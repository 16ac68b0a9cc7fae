/** With FDSELECT_CPU_REPORT=FILE: appends to it what each test file takes, its child processes included. */
import { appendFileSync, readFileSync } from 'node:fs';
import { afterAll, expect } from 'vitest';

/** CPU-seconds of this process and of its children that have ended: see proc(5). */
function cpuSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

const cpu = cpuSeconds();
const start = performance.now();

afterAll(() => {
  const seconds = [cpuSeconds() - cpu, (performance.now() - start) / 1000];
  const line = [...seconds.map((number) => number.toFixed(2)), expect.getState().testPath];
  appendFileSync(process.env.FDSELECT_CPU_REPORT as string, `${line.join('\t')}\n`);
});
