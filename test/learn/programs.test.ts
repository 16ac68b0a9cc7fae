/** The lessons as files: short programs that run as the text shows, and plain words. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { DIRECTIVE, expand, fileOf, lessons } from '../../dist/learn/course/lesson.js';

const run = promisify(execFile);
const MAX_LINES = 80;
const MAX_WORDS = 900;
/** What a student imports: the package, and Node's own modules. */
const PUBLIC = /^(fdselect(\/[a-z]+)?|node:[a-z_]+)$/;
/** Words that tell a student who does not understand that the fault is theirs. */
const BANNED = /\b(simply|just|obviously|of course|easily)\b/i;

describe.each(lessons())('$folder', (lesson) => {
  const hasProgram = existsSync(fileOf(lesson, 'program.ts'));

  test.runIf(hasProgram)('its programs are short and import only what a student would', () => {
    const folder = dirname(fileOf(lesson, 'program.ts'));
    for (const file of readdirSync(folder).filter((name) => /^(program|broken)\.ts$/.test(name))) {
      const source = readFileSync(fileOf(lesson, file), 'utf8');
      expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(MAX_LINES);
      const imports = [...source.matchAll(/(?:from|import\() ?'([^']+)'/g)].map(([, name]) => name);
      expect(imports.length).toBeGreaterThan(0);
      expect(imports.filter((name) => !PUBLIC.test(name as string))).toEqual([]);
    }
  });

  for (const name of lesson.runs) {
    test(`--run ${name} prints what the lesson shows`, async () => {
      const { stdout } = await run(process.execPath, [fileOf(lesson, 'program.js'), name]);
      expect(stdout).toBe(readFileSync(fileOf(lesson, `outputs/${name}.txt`), 'utf8'));
      expect(stdout).not.toBe('');
    });
  }

  test('each run is shown once, and every {{...}} has its replacement', async () => {
    const shown = [...lesson.text.matchAll(DIRECTIVE)].flatMap(([, word, name]) =>
      word === 'run' ? [name] : [],
    );
    expect(shown).toEqual([...lesson.runs]);
    const text = await expand(lesson, () => '●');
    expect(text).not.toContain('{{');
    for (const [, code = ''] of text.matchAll(/^```ts\n(.*?)\n```$/gms)) {
      // An excerpt that is cut has an open bracket or a half line at one of its ends.
      const depth = [...code.replace(/'[^'\n]*'|`[^`\n]*`|\/\/.*/g, '')].reduce(
        (sum, c) => sum + (/[([{]/.test(c) ? 1 : /[)\]}]/.test(c) ? -1 : 0),
        0,
      );
      expect([code, depth]).toEqual([code.trim(), 0]);
    }
  });

  test('it is at most 900 words, and none of them talks down', () => {
    const prose = lesson.text.replace(DIRECTIVE, '');
    expect(prose.split(/\s+/).length).toBeLessThanOrEqual(MAX_WORDS);
    expect(BANNED.exec(prose)?.[0]).toBeUndefined();
    expect(lesson.minutes).toBeLessThanOrEqual(15);
    expect(lesson.needs.every((number) => number < lesson.number)).toBe(true);
  });
});
