/** Every claim of every lesson holds on this kernel, and stands in its lesson exactly once. */
import { selectAsync } from 'fdselect';
import { describe, expect, test } from 'vitest';
import { whySkipped } from '../../dist/learn/course/claim.js';
import { claimsOf, DIRECTIVE, lessons } from '../../dist/learn/course/lesson.js';

// The first asynchronous wait opens an epoll set, which is kept as long as the process lives.
await selectAsync([], [], [], 0.001);

const all = await Promise.all(
  lessons().map(async (lesson) => ({ lesson, claims: await claimsOf(lesson) })),
);

/** A claim that is skipped in CI would be proved nowhere. */
const isCi = process.env.CI !== undefined && process.platform === 'linux';

describe.each(all)('$lesson.folder', ({ lesson, claims }) => {
  for (const claim of claims) {
    const why = whySkipped(claim);
    if (why !== null && !isCi) test.skip(`${claim.id}: ${claim.says} (skipped: ${why})`);
    else test(`${claim.id}: ${claim.says}`, claim.prove);
  }

  test('each claim stands in the text once, and the text names no other', () => {
    const named = [...lesson.text.matchAll(DIRECTIVE)].flatMap(([, word, id]) =>
      word === 'claim' ? [id] : [],
    );
    expect(named.sort()).toEqual(claims.map(({ id }) => id).sort());
  });
});

test('the id of a claim is unique over all lessons', () => {
  const ids = all.flatMap(({ claims }) => claims.map(({ id }) => id));
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  expect(ids.filter((id) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
});
