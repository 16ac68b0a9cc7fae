/** Bundles `lib/` into the few files of `dist/`: opening a file is most of the cost of its import. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { decode, encode } from '@jridgewell/sourcemap-codec';
import { defineConfig, rolldown } from 'rolldown';
import { minifySync } from 'rolldown/experimental';

const { name, exports, dependencies } = JSON.parse(
  readFileSync(new URL('package.json', import.meta.url), 'utf8'),
);

/**
 * The packages whose code is not in `dist/`. commander's is: from there it loads quicker, and every
 * `fdselect serve` needs it. It is a dependency nevertheless, as the peer of
 * @bomb.sh/tab: without it, npm calls the tree of a user with an old commander invalid.
 */
const external = [name, ...Object.keys(dependencies).filter((id) => id !== 'commander')];

const lib = `${import.meta.dirname}/lib`;

/** The modules with a file of their own name: those that users import, the command, and the addon for the tests. */
const lessons = readdirSync(`${lib}/learn/lessons`, { recursive: true });
const entries = [
  ...lessons
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `./dist/learn/lessons/${file.slice(0, -3)}.js`),
  ...Object.values(exports).flatMap((target) => target.default ?? []),
  './dist/cli.js',
  // scripts/man-page.mjs reads its commands and options.
  './dist/command-line.js',
  './dist/learn/command/cli.js',
  './dist/servers/programs.js',
  // It runs in a thread of its own.
  './dist/servers/worker.js',
  // These run in processes of their own, or the tests and scripts/learn-record.mjs import them.
  ...[
    ...['course/lesson', 'course/claim', 'course/ready', 'course/prove-child'],
    ...['exercises/exercise', 'exercises/exercise-child'],
    ...['play/scenario', 'play/play', 'play/mark', 'play/recordings'],
    'page/page',
  ].map((name) => `./dist/learn/${name}.js`),
  './dist/native/index.js',
  './dist/native/record/index.js',
].map((file) => file.slice('./dist/'.length, -'.js'.length));

/**
 * The chunks, from below: each holds what these modules need and no earlier one holds. They lie in
 * `dist/` itself. A file takes as much CPU time of an import as about 8 KB of code, and 4 KB more
 * for each file that imports it: so floors that are usually loaded together share a file. What only
 * users of a module need is in none of them, but in the `index.js` of that module.
 */
const chunks = {
  core: /\/lib\/(index|waits\/internal|values\/index|native\/index)\.ts$/,
  selectors: /\/lib\/(selectors\/(index|internal)|os\/internal|signal\/index)\.ts$/,
  socket: new RegExp(
    `/lib/(${[
      ...['(io|socket|stream|loop|asyncore)/internal', 'stream/index'],
      // What lib/loop/internal.ts and lib/asyncore/internal.ts export.
      ...['loop/(addresses|context|options|seconds)', 'asyncore/(quiet|sending)'],
    ].join('|')})\\.ts$|/usingCtx\\.js$`,
  ),
  command: /\/lib\/command-line\.ts$/,
  // The command needs it without the addon.
  printable: /\/lib\/servers\/support\/printable\.ts$/,
  common: /\/lib\/servers\/support\/(start|output|lines)\.ts$/,
};

/**
 * The floors above the loop and asyncore import these from the files that users import. Otherwise
 * rolldown would put their code into another file, and `loop/index.js` would only export its names
 * again: that takes 4 % of the import.
 */
const ownFiles = {
  name: 'own-files',
  resolveId(source, importer) {
    const isOwn = source === '../loop/index.js' || source === '../asyncore/index.js';
    return isOwn && importer.startsWith(lib) ? { id: source, external: true } : null;
  },
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

/**
 * Short names for local variables and private members in the files of the API: V8 parses every
 * character at each import. It makes `import 'fdselect'` 6 % quicker. Lines, and the names of
 * functions, methods and classes, stay as they are in stack traces.
 */
const shortNames = {
  name: 'short-names',
  renderChunk(code, { fileName, moduleIds }) {
    const isApi = (id) => !/\/lib\/(learn|servers|native\/(record|trace)|c[^/]*\.ts$)/.test(id);
    if (!moduleIds.every(isApi)) return null;
    const { map, ...result } = minifySync(fileName, code, {
      module: true,
      compress: false,
      mangle: { toplevel: false, keepNames: true },
      codegen: { removeWhitespace: false },
      sourcemap: true,
    });
    if (result.errors.length > 0) throw new Error(`${fileName}: ${result.errors[0].message}`);
    return { code: result.code, map };
  },
};

/** One mapping for each line: a stack trace needs no more, and they are a sixth of the size. */
const lineMaps = {
  name: 'line-maps',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (!file.fileName.endsWith('.js.map')) continue;
      const map = JSON.parse(file.source);
      map.mappings = encode(decode(map.mappings).map((line) => line.slice(0, 1)));
      file.source = JSON.stringify({ ...map, names: [] });
    }
  },
};

/** The licence texts of the packages whose code is in `dist/`: their licences ask for it. */
const licenses = {
  name: 'licenses',
  generateBundle(_, bundle) {
    const modules = Object.values(bundle).flatMap(({ moduleIds }) => moduleIds ?? []);
    const folders = [...modules, ...replayPage.modules].flatMap(
      (id) => /^.*\/node_modules\/((@[^/]*\/)?[^/]*)/.exec(id)?.[0] ?? [],
    );
    const texts = [...new Set(folders)].toSorted().map((folder) => {
      const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
      return `${name} ${version}\n\n${readFileSync(`${folder}/LICENSE`, 'utf8').trim()}\n`;
    });
    const source = texts.join(`\n${'-'.repeat(80)}\n\n`);
    this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-LICENSES.txt', source });
  },
};

const page = `${lib}/learn/page/client`;
const hashOf = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The replay page without data: one script and one style, and a policy that allows nothing else. */
const replayPage = {
  name: 'replay-page',
  /** The files whose code is in its script. */
  modules: [],
  async buildStart() {
    for (const file of readdirSync(page)) this.addWatchFile(`${page}/${file}`);
    const bundle = await rolldown({
      input: `${page}/main.tsx`,
      platform: 'browser',
      // Unused parts of a module must not run in the page, such as the addon's loader.
      treeshake: { moduleSideEffects: false },
      tsconfig: `${page}/tsconfig.json`,
      transform: { target: 'es2022' },
    });
    const { output } = await bundle.generate({ format: 'iife', minify: true });
    await bundle.close();
    replayPage.modules = output[0].moduleIds;
    const script = output[0].code.trim();
    if (script.includes('</script')) throw new Error('the script would end its own element');
    const style = readFileSync(`${page}/style.css`, 'utf8')
      .replace(/\/\*.*?\*\//gs, '')
      .replace(/\s+/g, ' ')
      .replace(/ ?([{};,]) ?/g, '$1')
      .trim();
    const policy = [
      "default-src 'none'",
      `script-src ${hashOf(script)}`,
      `style-src ${hashOf(style)}`,
      "base-uri 'none'",
      "form-action 'none'",
    ];
    this.emitFile({
      type: 'asset',
      fileName: 'learn/page/template.html',
      source: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy.join('; ')}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>fdselect replay</title>
<style>${style}</style>
</head>
<body>
<div id="replay"><noscript>This page needs JavaScript. The same as text: fdselect replay FILE --plain</noscript></div>
<script type="application/json" id="data"></script>
<script>${script}</script>
</body>
</html>
`,
    });
  },
};

export default defineConfig({
  // No warnings about slow plugins: a busy machine makes any of them slow.
  checks: { pluginTimings: false },
  plugins: [ownFiles, lessonFiles, shortNames, lineMaps, replayPage, licenses],
  input: Object.fromEntries(entries.map((entry) => [entry, `lib/${entry}.ts`])),
  // The programs import the package by its name, and so get the code that users get.
  external: external.map((id) => new RegExp(`^${id}(/|$)`)),
  platform: 'node',
  transform: { target: 'node20.19' },
  output: {
    dir: 'dist',
    cleanDir: true,
    sourcemap: true,
    // The lines of lib/ are enough for a stack trace; the sources themselves were half of the package.
    sourcemapExcludeSources: true,
    // The declarations have the TSDoc; in the code it would only make an import and the package larger.
    comments: { jsdoc: false, annotation: true, legal: true },
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
