/** How `lib/` becomes the few files of `dist/`: to open a file is most of what its import costs. */
import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';

const { name, exports, dependencies } = JSON.parse(
  readFileSync(new URL('package.json', import.meta.url), 'utf8'),
);

const lib = `${import.meta.dirname}/lib`;

/** What has a file of its own name: what users import, the command, and the addon for the tests. */
const lessons = readdirSync(`${lib}/learn/lessons`, { recursive: true });
const entries = [
  ...lessons
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `./dist/learn/lessons/${file.slice(0, -3)}.js`),
  ...Object.values(exports).flatMap((target) => target.default ?? []),
  './dist/cli.js',
  // scripts/man-page.mjs reads what the command takes.
  './dist/command-line.js',
  './dist/learn/cli.js',
  // A thread of its own.
  './dist/servers/worker.js',
  // Processes of their own, and what the tests and scripts/learn-record.mjs use.
  ...['prove-child', 'exercise-child', 'lesson', 'exercise', 'claim', 'ready', 'mark'].map(
    (name) => `./dist/learn/${name}.js`,
  ),
  './dist/native/index.js',
  './dist/native/record/index.js',
].map((file) => file.slice('./dist/'.length, -'.js'.length));

/**
 * The chunks, from below: each holds what these modules need and no earlier one holds. They lie in
 * `dist/` itself.
 */
const chunks = {
  core: /\/lib\/(index|waits\/internal|values\/index|native\/index)\.ts$/,
  selectors: /\/lib\/selectors\/internal\.ts$/,
  files: /\/lib\/io\/internal\.ts$/,
  socket: /\/lib\/socket\/(index|internal)\.ts$/,
  os: /\/lib\/os\/index\.ts$/,
  stream: /\/lib\/stream\/(index|internal)\.ts$/,
  'signal-pipe': /\/lib\/signal\/index\.ts$/,
  loop: /\/lib\/loop\/(index|internal)\.ts$/,
  asyncore: /\/lib\/asyncore\/index\.ts$/,
  command: /\/lib\/command-line\.ts$/,
  // The command needs it without the addon.
  printable: /\/lib\/servers\/support\/printable\.ts$/,
  common: /\/lib\/servers\/support\/(start|output|lines)\.ts$/,
};

/** The texts of the lessons, their exercises, and the programs as they are shown. */
const lessonFiles = {
  name: 'lesson-files',
  buildStart() {
    for (const file of lessons.filter((name) =>
      /\.(md|mjs|txt|jsonl|c)$|(?<!\b(claims|check))\.ts$/.test(name),
    )) {
      const path = `${lib}/learn/lessons/${file}`;
      this.addWatchFile(path);
      this.emitFile({
        type: 'asset',
        fileName: `learn/lessons/${file}`,
        source: readFileSync(path, 'utf8'),
      });
    }
  },
};

export default defineConfig({
  plugins: [lessonFiles],
  input: Object.fromEntries(entries.map((entry) => [entry, `lib/${entry}.ts`])),
  // The programs import the package by its name, and so what its users get.
  external: [name, ...Object.keys(dependencies)].map((id) => new RegExp(`^${id}(/|$)`)),
  platform: 'node',
  transform: { target: 'node20.19' },
  output: {
    dir: 'dist',
    cleanDir: true,
    sourcemap: true,
    // The lines of lib/ are enough for a stack trace; the sources themselves were half of the package.
    sourcemapExcludeSources: true,
    minifyInternalExports: false,
    codeSplitting: {
      groups: Object.entries(chunks).map(([name, test]) => ({ name, test })),
    },
    chunkFileNames: ({ moduleIds }) => {
      const lieIn = (folder) => moduleIds.every((id) => id.startsWith(`${lib}/${folder}`));
      const folder = ['servers/support/', 'servers/', 'learn/'].find(lieIn) ?? '';
      return `${folder}[name].js`;
    },
  },
});
