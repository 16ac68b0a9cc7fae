/** The constants of the system's headers, which the addon exports. */
import { native } from './load.js';

/**
 * A constant by its C name. It is `undefined` on a system that lacks it, although its type is
 * number: otherwise each use would need a check, although nearly all systems have nearly all
 * constants.
 */
export function header(name: string): number {
  return native.constants[name] as number;
}

let hasFiles = false;

/**
 * Adds the addon's functions for files, which most modules do not need. A module that needs them
 * calls this when it is imported.
 */
export function loadFiles(): void {
  if (hasFiles) return;
  native.exportFiles(native);
  hasFiles = true;
}

/** A function like {@link header} for the constants of one module. */
export function headersOf(
  module: 'socket' | 'os' | 'fcntl' | 'termios' | 'inotify',
): typeof header {
  loadFiles();
  const constants = native.moduleConstants(module);
  return (name) => constants[name] as number;
}
