/** Access to the constants that the addon has taken from the system's headers. */
import { native } from './load.js';

/**
 * A constant by its C name. One that this system lacks is `undefined`, although the type does not
 * say so: a test at every use on every system would be noise for the many that have it.
 */
export function header(name: string): number {
  return native.constants[name] as number;
}

/** The constants of a module that reads its own list when it is imported: a function like {@link header}. */
export function headersOf(
  module: 'socket' | 'os' | 'fcntl' | 'termios' | 'inotify',
): typeof header {
  const constants = native.moduleConstants(module);
  return (name) => constants[name] as number;
}
