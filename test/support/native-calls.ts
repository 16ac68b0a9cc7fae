/** Notes which functions of the addon a test file calls, for test/runtimes.mjs. */
import { appendFileSync } from 'node:fs';
import { afterAll } from 'vitest';
import { native as binding } from '../../dist/native/index.js';

const file = process.env.FDSELECT_NATIVE_CALLS as string;
const native = binding as unknown as Record<string, unknown>;
const noted = new Set<string>();
const called = new Set<string>();

/** Puts a function that notes its calls in the place of each function of the addon. */
function note(): void {
  for (const [name, value] of Object.entries(native)) {
    if (typeof value !== 'function' || noted.has(name)) continue;
    noted.add(name);
    native[name] = (...args: unknown[]) => {
      called.add(name);
      const result = (value as (...args: unknown[]) => unknown)(...args);
      if (name === 'exportRest') note(); // it has added functions
      return result;
    };
  }
}

note();

afterAll(() => {
  const uncalled = [...noted].filter((name) => !called.has(name));
  appendFileSync(file, `${JSON.stringify({ called: [...called], uncalled })}\n`);
});
