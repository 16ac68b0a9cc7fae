/** The first line of a recording. */
import { type DataMode, type Header, VERSION } from './format.js';
import { packageFolder } from './package-folder.js';

const { readFileSync } = process.getBuiltinModule('node:fs');

/** @param origin - the clock's value at `t` 0 */
export function headerOf(origin: string, data: DataMode): Header {
  const os = process.getBuiltinModule('node:os');
  const { bun, deno, node } = process.versions as Record<string, string | undefined>;
  const runtime = bun ? `bun ${bun}` : deno ? `deno ${deno}` : `node ${node}`;
  return {
    ...{ fdselect: 'recording', version: VERSION, by: `fdselect ${packageVersion()}`, runtime },
    os: `${os.type()} ${os.release()} ${os.machine()}`,
    epollEventBytes: process.arch === 'x64' ? 12 : 16,
    wordBits: 64,
    pid: process.pid,
    started: new Date().toISOString(),
    clock: 'CLOCK_MONOTONIC ns',
    origin,
    data,
  };
}

function packageVersion(): string {
  try {
    return JSON.parse(readFileSync(`${packageFolder}/package.json`, 'utf8')).version;
  } catch {
    return '?';
  }
}
