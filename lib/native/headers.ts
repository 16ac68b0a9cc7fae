/** The constants of the system's headers, which the addon exports. */
import type { Errno } from './contract.js';
import { native } from './load.js';

/**
 * A constant by its C name. It is `undefined` on a system that lacks it, although its type is
 * number: otherwise each use would need a check, although nearly all systems have nearly all
 * constants.
 */
export function header(name: string): number {
  return native.constants[name] as number;
}

let numbers: Readonly<Record<string, number>> | undefined;

/** The number of an error. Not from node:os, which takes longer to load than these few numbers. */
export function errnoNumber(name: Errno): number {
  numbers ??= native.moduleConstants('errno');
  return numbers[name] as number;
}

/** The numbers of the signals. Loads node:os, so it is not called by an import. */
export function signalNumbers(): NodeJS.Dict<number> {
  return process.getBuiltinModule('node:os').constants.signals;
}

let hasRest = false;

/**
 * Adds the functions of the addon that `import 'fdselect'` does not need. A module that needs one of
 * them calls this when it is imported.
 */
export function loadRest(): void {
  if (hasRest) return;
  native.exportRest(native);
  hasRest = true;
}

/** A function like {@link header} for the constants of one module. */
export function headersOf(
  module: 'socket' | 'socket-core' | 'os' | 'fcntl' | 'termios' | 'inotify',
): typeof header {
  loadRest();
  const constants = native.moduleConstants(module);
  return (name) => constants[name] as number;
}
