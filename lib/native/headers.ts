/** Access to the constants that the addon has taken from the system's headers. */
import { native } from './load.js';

/**
 * A constant by its C name. One that this system lacks is `undefined`, although the type does not
 * say so: a test at every use on every system would be noise for the many that have it.
 */
export function header(name: string): number {
  return native.constants[name] as number;
}

let hasFiles = false;

/**
 * Adds the addon's functions for files, which the rest of the package loads without. To be called by
 * what needs them, when it is imported.
 */
export function loadFiles(): void {
  if (hasFiles) return;
  native.exportFiles(native);
  hasFiles = true;
}

/** The constants of a module that reads its own list when it is imported: a function like {@link header}. */
export function headersOf(
  module: 'socket' | 'os' | 'fcntl' | 'termios' | 'inotify',
): typeof header {
  loadFiles();
  const constants = native.moduleConstants(module);
  return (name) => constants[name] as number;
}
