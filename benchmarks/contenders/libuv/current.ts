/** The programs on libuv inside of Node, which brings its own: a newer one than Debian's. */
import { addon } from '../c/in-process.js';

// They take over the thread, and speak with the runner themselves.
const [mode] = process.argv.slice(2);
if (mode === 'wake') addon.libuvWake();
else addon.libuvEcho();
