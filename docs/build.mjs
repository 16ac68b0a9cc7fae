/** Builds the site: the API, the lessons and the pages of this folder. `npm run docs` in the root. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { Application, OptionDefaults } from 'typedoc';
import { expand, lessons } from '../dist/learn/course/lesson.js';
import { pageOf } from '../dist/learn/page/page.js';
import { pageScenario, scenarios } from '../dist/learn/play/scenario.js';

const here = import.meta.dirname;
const root = join(here, '..');
const readme = join(root, 'README.md');
/** Copies of the pages, which TypeDoc reads. */
const copies = join(here, 'pages');

/** The pages of this folder, recipes included. */
const pages = readdirSync(here, { recursive: true })
  .filter((name) => name.endsWith('.md') && !/^(node_modules|pages|site)\//.test(name))
  .map((name) => join(here, name));

/** Where the copy of a page is. */
const copyOf = (page) =>
  join(copies, page.startsWith(`${here}/`) ? relative(here, page) : relative(root, page));

/** Copies a page; its links lead to the other copies, and a link to a folder is plain text. */
function copyPage(page) {
  const copy = copyOf(page);
  const link = /\[([^\]]+)\]\(([^)#\s]+)(#[^)]*)?\)/g;
  const text = readFileSync(page, 'utf8').replace(link, (whole, words, target, hash = '') => {
    const file = resolve(dirname(page), target);
    const { isFile, isFolder } = kindOf(file);
    if (isFolder) return words;
    if (!isFile) return whole; // an address, or a dead link: TypeDoc says so
    const place = pages.includes(file) || file === readme ? copyOf(file) : file;
    return `[${words}](${relative(dirname(copy), place)}${hash})`;
  });
  // TypeDoc shows the name of the project above the text of the README.
  const body = page === readme ? text.replace(/^# .*\n/, '') : text;
  mkdirSync(dirname(copy), { recursive: true });
  writeFileSync(copy, asText(body));
  return copy;
}

/** Code without a language is text: TypeDoc would colour it as TypeScript. */
function asText(markdown) {
  let isCode = false;
  const named = markdown.split('\n').map((line) => {
    if (!line.trimStart().startsWith('```')) return line;
    isCode = !isCode;
    return isCode && line.trim() === '```' ? `${line}text` : line;
  });
  return named.join('\n');
}

function kindOf(file) {
  const stat = statSync(file, { throwIfNoEntry: false });
  return { isFile: stat?.isFile() === true, isFolder: stat?.isDirectory() === true };
}

const recorded = await scenarios();

/** A link to the page of a recording, which is beside the lessons. */
function linkTo({ scenario: name, column, beat }) {
  const found = recorded.find(({ scenario }) => scenario.name === name);
  if (found === undefined) throw new Error(`there is no scenario '${name}'`);
  const fields = Object.entries({ s: name, v: column, b: beat });
  const address = fields.filter(([, value]) => value !== undefined).map((field) => field.join('='));
  return `▶ [Watch it: ${found.scenario.title}](replay-${name}.html#${address.join('&')})`;
}

/** The page of a recording. */
function writeReplay(found) {
  const path = join(copies, 'lessons', `replay-${found.scenario.name}.html`);
  writeFileSync(path, pageOf({ scenarios: [pageScenario(found)] }));
}

/** A lesson with its claims, code and output, as a page. */
async function writeLesson(lesson) {
  const title = `${lesson.number} · ${lesson.title}`;
  const path = join(copies, 'lessons', `${lesson.folder}.md`);
  const head = `---\ntitle: ${JSON.stringify(title)}\ngroup: Lessons\n---\n`;
  const text = asText(await expand(lesson, () => '●', linkTo));
  writeFileSync(path, `${head}\n# ${title}\n\n${text}`);
  return path;
}

rmSync(copies, { recursive: true, force: true });
mkdirSync(join(copies, 'lessons'), { recursive: true });
const documents = pages.map(copyPage);
recorded.forEach(writeReplay);
for (const lesson of lessons()) documents.push(await writeLesson(lesson));

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const sources = Object.values(exports)
  .flatMap((target) => target.types ?? [])
  .map((file) => join(root, file.replace('./dist', 'lib').replace('.d.ts', '.ts')));

const app = await Application.bootstrap({
  name: 'fdselect',
  entryPoints: sources,
  tsconfig: join(here, 'tsconfig.json'),
  readme: copyPage(readme),
  projectDocuments: documents,
  out: join(here, 'site'),
  customCss: join(here, 'site.css'),
  excludeInternal: true,
  // A constructor may have only @param.
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  requiredToBeDocumented: ['Class', 'Interface', 'Function', 'Method', 'Accessor', 'TypeAlias'],
  excludePrivate: true,
  disableSources: true,
  highlightLanguages: [...OptionDefaults.highlightLanguages, 'ini'],
  blockTags: [...OptionDefaults.blockTags, '@platform'],
  // Types that the API uses and does not export.
  intentionallyNotExported: [
    ...['Watcher', 'WatchOwner', 'TimerSetting', 'SystemCalls', 'Sleep'],
    ...['SelectorClass', 'Place', 'PathLike', 'PHASES', 'Microprocess', 'KeyTable'],
    ...['EpollSelector', 'EpollFactory', 'Epoll', 'EVENTS', 'Direction', 'Box', 'Body'],
  ],
});
const project = await app.convert();
if (project === undefined) process.exit(1);
app.validate(project);
await app.generateOutputs(project);
// A warning is an unknown link, tag or file: the site would have a hole.
process.exit(app.logger.hasErrors() || app.logger.hasWarnings() ? 1 : 0);
