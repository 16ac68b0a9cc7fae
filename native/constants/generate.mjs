/**
 * Writes, from the lists of names beside it, the constants of a module twice: as entries of a table
 * for the addon (`NAME.inc`) and as exports of `lib/`. With `--check` it writes nothing and fails
 * where a file is not as it would write it.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const here = import.meta.dirname;
const root = `${here}/../..`;

const MODULES = {
  // What the package itself uses: an import of `fdselect/loop` does not make the other 470.
  'socket-core': {
    file: 'lib/socket/core-constants.ts',
    what: 'The constants of sockets that `lib/` uses',
    mirrors: 'socket(7), ip(7), tcp(7), unix(7)',
  },
  socket: {
    file: 'lib/socket/constants.ts',
    also: ['socket-core', './core-constants.js'],
    what: 'The constants of sockets',
    mirrors:
      'https://docs.python.org/3/library/socket.html#constants and socket(7), ip(7), tcp(7), …',
  },
  os: {
    file: 'lib/os/constants.ts',
    what: 'The constants of the calls in `fdselect/os`',
    mirrors: 'https://docs.python.org/3/library/os.html#open-constants and open(2)',
  },
  fcntl: {
    file: 'lib/fcntl/constants.ts',
    what: 'The constants of fcntl(2) and flock(2)',
    mirrors: 'https://docs.python.org/3/library/fcntl.html',
  },
  termios: {
    file: 'lib/tty/constants.ts',
    what: 'The constants of terminals',
    mirrors: 'https://docs.python.org/3/library/termios.html, termios(3) and ioctl_tty(2)',
  },
  inotify: {
    file: 'lib/linux/constants.ts',
    what: 'The constants of inotify',
    mirrors: 'inotify(7)',
  },
};

// Imported with ?check by the test.
const isCheck = process.argv.includes('--check') || import.meta.url.endsWith('?check');
const outdated = [];

function write(path, text) {
  if (!isCheck) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) outdated.push(path);
}

const linesOf = (group) => readFileSync(`${here}/${group}.txt`, 'utf8').trimEnd().split('\n');
const nameOf = (line) => line.split(' ')[0];

for (const [group, { file, what, mirrors, also }] of Object.entries(MODULES)) {
  const lines = linesOf(group);
  // The names of the list `also` are exported by another file, and so by this one.
  const others = new Set(also === undefined ? [] : linesOf(also[0]).map(nameOf));
  const names = lines.map(nameOf).filter((name) => !others.has(name));
  const entries = lines.map((line) => {
    // A macro; or `NAME HEADER VALUE`: an enumerator, or what has another name in C.
    const [name, header, value] = line.split(' ');
    return header === undefined
      ? `#ifdef ${name}\n    CONSTANT(${name}),\n#endif\n`
      : `#if __has_include(<${header}>)\n    {"${name}", static_cast<double>(${value})},\n#endif\n`;
  });
  const origin = `native/constants/${group}.txt`;
  write(
    `${here}/${group}.inc`,
    `// Made by generate.mjs from ${origin}; do not edit.\n${entries.join('')}`,
  );
  const exports = names.map((name) => `export const ${name}: number = header('${name}');\n`);
  write(
    `${root}/${file}`,
    `/**
 * ${what}, from the system's headers; one that a system lacks is
 * \`undefined\` there. Made by native/constants/generate.mjs from ${origin}.
 *
 * Mirrors ${mirrors}
 */
import { headersOf } from '../native/index.js';

${also === undefined ? '' : `export * from '${also[1]}';\n\n`}const header = headersOf('${group}');

${exports.join('')}`,
  );
}
if (outdated.length > 0 && !import.meta.url.endsWith('?check')) {
  console.error(`run native/constants/generate.mjs: ${outdated.join(', ')}`);
  process.exit(1);
}

/** The files that are not as they would be made. */
export default outdated;
