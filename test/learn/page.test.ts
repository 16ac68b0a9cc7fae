/** The replay page: it loads no other file; its text at each step, its keys, and accessibility. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { pageOf } from '../../dist/learn/page/page.js';
import { pageScenario, scenarios } from '../../dist/learn/play/scenario.js';
import { readAddress, writeAddress } from '../../lib/learn/page/client/address.ts';
import type { PageScenario } from '../../lib/learn/page/data.ts';
import { parse } from '../../lib/learn/replay/parse.ts';
import { plainText } from '../../lib/learn/replay/plain.ts';
import {
  columnOf,
  isThrough,
  openingOf,
  placeOf,
  placeOfBeat,
  stepAt,
  timelineOf,
} from '../../lib/learn/replay/timeline.ts';
import { verify } from '../../lib/learn/replay/verify.ts';
import { amount } from '../support/amount.ts';
import { call, fd, recorded, written } from './recordings.ts';

const CHROMIUM = '/usr/bin/chromium';
const KIBIBYTE = 1024;
const MAX_SCRIPT = 80 * KIBIBYTE;
const MAX_PAGE = 250 * KIBIBYTE;
/** With all scenarios in one. */
const MAX_ALL = 300 * KIBIBYTE;

const all: PageScenario[] = (await scenarios()).map(pageScenario);
const mark = (beat: number) => ({ k: 'mark' as const, beat, say: `beat ${beat}` });

test('columns are aligned by beat: one with fewer steps waits, dimmed, for the others', () => {
  const close = call('close', { fd: 9 });
  const short = columnOf('short', recorded(mark(1), close, mark(2), close, mark(3), close));
  const long = columnOf('long', recorded(mark(1), close, close, close, mark(3), close, close));
  const timeline = timelineOf([short, long]);
  expect(timeline.beats.map(({ beat }) => beat)).toEqual([1, 2, 3]);
  const rows = timeline.stops.map((stop) => [
    `${stop.beat}.${stop.i}`,
    ...[short, long].map(
      (column) => `${stepAt(column, stop)}${isThrough(column, stop) ? ' waits' : ''}`,
    ),
  ]);
  expect(rows).toEqual([
    ['1.0', '0', '0'],
    ['1.1', '1', '1'],
    ['1.2', '1 waits', '2'],
    ['1.3', '1 waits', '3'],
    ['2.1', '2', '3 waits'],
    ['3.1', '3', '4'],
    ['3.2', '3 waits', '5'],
  ]);
  expect(placeOfBeat(timeline, 0, 1)).toBe(1);
  expect(placeOfBeat(timeline, 1, 1)).toBe(4);
  expect(placeOfBeat(timeline, 6, -1)).toBe(5);
  expect(placeOf(timeline, { beat: 1, i: Number.POSITIVE_INFINITY })).toBe(3);
});

test('a scenario opens when all is set up, a recording without marks at its start', () => {
  const close = call('close', { fd: 9 });
  const marked = columnOf('marked', recorded(mark(0), close, close, mark(1), close));
  const plain = columnOf('plain', recorded(close, close));
  const places = [marked, plain].map((column) =>
    placeOf(timelineOf([column]), openingOf([column])),
  );
  expect(places).toEqual([2, 0]);
});

test('an address is read as it was written; nonsense in it is ignored', () => {
  const address = { s: 'a b', v: ['x', 'y,z'], b: 3, i: 1, w: 'no', t: true, embed: true };
  expect(readAddress(writeAddress({ ...address, v: ['x', 'y'] }))).toEqual({
    ...address,
    v: ['x', 'y'],
  });
  expect(readAddress('#b=x&i=-1&t=2&s=')).toEqual({});
});

describe.each(all)('$name', (scenario) => {
  test('its recordings agree with themselves, and its predictions are about its beats', () => {
    for (const { name, columns } of scenario.whatIfs) {
      for (const { text } of columns) expect(verify(parse(text))).toEqual([]);
      const timeline = timelineOf(columns.map((one) => columnOf(one.name, parse(one.text))));
      const asked = scenario.predictions.filter(({ whatIf = '' }) => whatIf === name);
      const beats = timeline.beats.map(({ beat }) => beat);
      for (const { beat, choices } of asked) {
        expect(beats).toContain(beat);
        expect(choices.filter(({ isRight }) => isRight)).toHaveLength(1);
      }
    }
  });

  test('its page is small, and loads nothing', () => {
    const html = pageOf({ scenarios: [scenario] });
    expect(html.length).toBeLessThan(MAX_PAGE);
    const script = /<script>([\s\S]*)<\/script>/.exec(html)?.[1] ?? '';
    expect(script.length).toBeGreaterThan(10 * KIBIBYTE);
    expect(script.length).toBeLessThan(MAX_SCRIPT);
    expect(html).toMatch(
      /http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-/,
    );
    expect(html.replace(/<script[\s\S]*?<\/script>/g, '')).not.toMatch(
      /\b(?:src|href)=|@import|url\(/,
    );
  });
});

test('the page of all scenarios is small too, and holds each program once', () => {
  expect(pageOf({ scenarios: all }).length).toBeLessThan(MAX_ALL);
  for (const { source, whatIfs } of all) {
    expect(Object.keys(source ?? {})).toEqual([expect.stringMatching(/^scenario.*\.ts$/)]);
    for (const { columns } of whatIfs) {
      for (const { text } of columns) expect(parse(text).header.source).toBeUndefined();
    }
  }
});

test('nothing in a recording can end the element that holds it', () => {
  const [first] = all as [PageScenario];
  const evil = { ...first, title: '</script><script>alert(1)</script>' };
  expect(pageOf({ scenarios: [evil] })).not.toContain('alert(1)</script>');
});

const reason = existsSync(CHROMIUM) ? '' : ` [${CHROMIUM} is missing: apt install chromium]`;

describe.skipIf(reason !== '')(`in a browser${reason}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-page-'));
  const address = pathToFileURL(join(folder, 'page.html')).href;
  let browser: Browser;
  /** A page costs twice as much as loading it anew: most tests share this one. */
  let shared: Page;
  let complaints: string[];
  let loads = 0;

  beforeAll(async () => {
    writeFileSync(join(folder, 'page.html'), pageOf({ scenarios: all }));
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        ...['--no-sandbox', '--disable-gpu', '--disable-software-rasterizer'],
        '--disable-background-networking',
      ],
    });
    shared = await newPage();
    // What the page remembers is not for the next test.
    await shared.addInitScript('localStorage.clear()');
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  async function newPage(options: Record<string, unknown> = {}) {
    const page = await browser.newPage(options);
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(address)) complaints.push(`asked for ${request.url()}`);
    });
    return page;
  }

  /** Loads the page, and returns it with everything that it complains of or asks for from now on. */
  async function open(hash = '', { width = 1280, page = shared } = {}) {
    complaints = [];
    await page.setViewportSize({ width, height: 800 });
    // With another query it is another document, not another place in the same.
    await page.goto(`${address}?${++loads}${hash}`);
    await page.waitForSelector('.column');
    return { page, complaints };
  }

  /** What the page says of each column that is shown. */
  const sentences = (page: Page) => page.locator('.column [aria-live]').allTextContents();
  /** Changes the address, and waits until the page has read and rendered it. */
  const goTo = (page: Page, hash: string) =>
    page.evaluate(`new Promise((done) => {
      addEventListener('hashchange', () => setTimeout(done), { once: true });
      location.hash = '${hash}';
    })`);
  const hashOf = (page: Page) => page.evaluate('location.hash') as Promise<string>;
  /** `Step 3 of 40, beat 1 of 6: the beginning`: the address follows when steps come quickly. */
  const placeOn = async (page: Page) =>
    (await page.getByRole('slider').getAttribute('aria-valuetext')) ?? '';

  test('scenario A: select passes all and clears bits, poll gets its array back, epoll has a list', async () => {
    const { page, complaints } = await open('#s=five-clients&b=2&i=2');
    const [select, poll, epoll] = await sentences(page);
    expect(select).toMatch(
      /^select wakes after \d+ ms\. Ready: fd 8 \(read\)\. The call has cleared the bits of the other 4 fds\. Ended by write on fd 7 in thread 1\.$/,
    );
    expect(poll).toMatch(/^poll wakes after \d+ ms\. Ready: fd 8 \(IN\)\. Ended by write/);
    expect(epoll).toMatch(/Ready: fd 8 \(IN\)\. It stays on the ready list\. Ended by write/);
    const crossing = await page.locator('.boundary').allInnerTexts();
    expect(crossing.map((text) => text.replace(/\s+/g, ' '))).toEqual([
      expect.stringMatching(/8 B ○ looks at 5 files ○/),
      expect.stringMatching(/10 B ○ looks at 5 files ○/),
      expect.stringMatching(/12 B ○ looks at 1 file ○/),
    ]);
    // The totals of the whole story.
    await page.keyboard.press('End');
    const figures = async () =>
      (await page.locator('.column .counters').allInnerTexts()).map((text) =>
        text.match(/(?<=bytes in ○\s|bytes out ○\s|looked at ○\s)[\d,]+/g),
      );
    await expect.poll(figures).toEqual([
      ['16', '16', '20'],
      ['80', '20', '20'],
      ['60', '24', '8'],
    ]);
    expect(complaints).toEqual([]);
  });

  test('keys go by step and by beat, ask the prediction first, and write the address', async () => {
    const { page } = await open('#s=five-clients&b=1&i=1');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('.prediction').innerText()).toContain(
      'How many files does poll look at',
    );
    await expect.poll(() => hashOf(page)).toContain('b=1&i=1');
    await page.getByRole('button', { name: 'Five' }).click();
    await expect.poll(() => page.locator('.prediction').innerText()).toContain('Yes.');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => hashOf(page)).toContain('b=2&i=1');
    await expect.poll(() => page.locator('.prediction').count()).toBe(0);
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => hashOf(page)).toContain('b=1&i=1');
    await page.keyboard.press('p');
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('Shift+ArrowRight');
    await expect.poll(() => hashOf(page)).toContain('b=3&i=1');
    await page.keyboard.press('1');
    await expect.poll(() => sentences(page)).toHaveLength(2);
    await page.keyboard.press('w');
    await expect.poll(() => hashOf(page)).toContain('w=many');
    await page.keyboard.press('?');
    await expect
      .poll(() => page.getByRole('dialog').innerText())
      .toContain('Everything here is a recording');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.keyboard.press('Home');
    await expect.poll(() => hashOf(page)).toContain('b=0&i=0');
    // A dialog that was closed keeps the focus until the next frame.
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await page.evaluate(`const dialog = document.querySelector('dialog');
      dialog.close();
      const key = new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true });
      dialog.querySelector('button').dispatchEvent(key);`);
    await expect.poll(() => hashOf(page)).toContain('b=0&i=1');
  });

  test('an address opens the same moment again', async () => {
    const { page } = await open('#s=ten-bytes&v=level,edge&b=3&i=2&w=drain');
    const first = await sentences(page);
    const hash = await hashOf(page);
    await open(hash);
    expect(await sentences(page)).toEqual(first);
    expect(await hashOf(page)).toBe(hash);
    await goTo(page, '#s=ghost&b=2&i=2&t=1');
    expect(await page.locator('h1').innerText()).toContain('The ghost');
  });

  test('a key that is held down does not change the address too often for a browser', async () => {
    const { page } = await open('#s=readiness&b=0&i=0');
    const [writes, ms] = (await page.evaluate(`(async () => {
      let writes = 0;
      const { replaceState } = history;
      history.replaceState = (...given) => (writes++, replaceState.apply(history, given));
      const began = performance.now();
      for (let n = 0; n < 60; n++) {
        dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', repeat: true }));
        await new Promise((done) => requestAnimationFrame(done));
      }
      return [writes, performance.now() - began];
    })()`)) as [number, number];
    // Two a second, as Safari throws after 100 in 30 s.
    expect(writes).toBeLessThanOrEqual(2 + ms / 500);
    const place = await placeOn(page);
    expect(place).toMatch(/^Step 60 /);
    // What was left out is made up for: the address opens the same place.
    const { columns } = (all[0] as PageScenario).whatIfs[0];
    const timeline = timelineOf(columns.map((one) => columnOf(one.name, parse(one.text))));
    await expect
      .poll(async () => {
        const { b: beat = 0, i = 0 } = readAddress(await hashOf(page));
        return placeOf(timeline, { beat, i });
      })
      .toBe(60);
    await open(await hashOf(page));
    expect(await placeOn(page)).toBe(place);
  });

  test('the text view has the sentences of --plain', async () => {
    const [scenario] = all as [PageScenario];
    const { page } = await open(`#s=${scenario.name}&t=1`);
    const shown = await page.locator('.text tbody tr:not(.beat) td:last-child').allTextContents();
    const said = scenario.whatIfs[0].columns.flatMap(({ text }) => plainText(parse(text)).rows);
    expect(shown).toEqual(said.map(({ sentence }) => sentence));
    expect(shown.length).toBeGreaterThan(30);
  });

  test('a recording of the user can be opened; another file is refused with a sentence', async () => {
    const { page } = await open();
    const text = all[0]?.whatIfs[0].columns[0]?.text ?? '';
    const file = (content: string) => ({
      name: 'own.jsonl',
      mimeType: '',
      buffer: Buffer.from(content),
    });
    await page.setInputFiles('input[type=file]', file('{}'));
    // The page reads the file after the event.
    await expect
      .poll(() => page.getByRole('alert').innerText())
      .toBe('own.jsonl is not a recording: its first line is not the header of one.');
    await page.setInputFiles('input[type=file]', file(text));
    await expect.poll(() => page.locator('h1').innerText()).toBe('own.jsonl');
  });

  /** Shows a recording of the test's own. */
  async function show(page: Page, text: string) {
    const buffer = Buffer.from(text);
    await page.setInputFiles('input[type=file]', { name: 'own.jsonl', mimeType: '', buffer });
    await page.getByRole('heading', { name: 'own.jsonl' }).waitFor();
  }

  test('it plays in the time of the recording, and says which sleep it has shortened', async () => {
    const { page } = await open('', { page: await newPage() });
    const close = (t: number) => call('close', { fd: 9, t });
    const poll = { in: [[3, 1]], out: [[3, 1]], timeout: -1, ret: 1 };
    await show(
      page,
      written(close(0), close(20e6), call('poll', { ...poll, t: 25e6, d: 42e6 }), close(90e6)),
    );
    // From here on the page's timers run when the test says so.
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 60_000);
    await page.getByLabel('Speed').selectOption('0.1×');
    await page.keyboard.press('Home');
    await page.keyboard.press('Space');
    const shown: { at: string; ms: number; pause: string | undefined }[] = [];
    // In one call, as it is asked a hundred times.
    const SHOWN = `({
      at: document.querySelector('input[type=range]').ariaValueText,
      pause: document.querySelector('.pause')?.textContent,
    })`;
    for (let ms = 0; ms < 1000 && shown.length < 5; ms += 10) {
      const { at, pause } = (await page.evaluate(SHOWN)) as { at: string; pause?: string };
      if (shown.at(-1)?.at !== at) shown.push({ at, ms, pause });
      await page.clock.runFor(10);
    }
    const none = undefined;
    expect(shown.map(({ pause }) => pause)).toEqual([none, none, none, 'asleep for 42 ms', none]);
    // Ten times 20, 5 and 42 ms; the last is shortened to 300. The page is drawn every 16 ms.
    const times = shown.map(({ ms }, n) => ms - (shown[n - 1]?.ms ?? 0)).slice(2);
    for (const [n, expected] of [200, 50, 300].entries()) {
      expect(times[n]).toBeGreaterThanOrEqual(expected);
      expect(times[n]).toBeLessThan(expected + 80);
    }
    await page.close();
  });

  test('above 5000 steps the scrubber shows the density', async () => {
    const { page } = await open();
    const bars = () => page.locator('.scrubber .density rect').count();
    expect(await bars()).toBe(0);
    await show(page, written(...Array.from({ length: 5001 }, () => call('close', { fd: 9 }))));
    expect(await bars()).toBe(120);
    const slider = page.getByRole('slider');
    await slider.fill('5000');
    await expect
      .poll(() => slider.getAttribute('aria-valuetext'))
      .toMatch(/^Step 250\d of 5001, beat 1 of 1: the beginning$/);
  });

  test('with 64 fds a step keeps the elements, and makes at most a tenth of them anew', async () => {
    const { page } = await open();
    const pairs = Array.from({ length: 32 }, (_, n) => [10 + 2 * n, 11 + 2 * n] as const);
    const asked = pairs.map(([first]) => [first, 1]);
    const opening = pairs.flatMap(([a, b]) => [
      call('socketpair', { fds: [a, b] }),
      fd(a, `f${a}`, { other: `f${b}` }),
      fd(b, `f${b}`, { other: `f${a}` }),
    ]);
    const turns = pairs.flatMap(([a, b]) => [
      call('send', { fd: b, file: `f${b}`, size: 3, ret: 3, text: 'abc' }),
      call('poll', { in: asked, out: [[a, 1]], timeout: -1, ret: 1, d: 2e6 }),
      call('recv', { fd: a, file: `f${a}`, size: 9, ret: 3, text: 'abc' }),
    ]);
    await show(page, written(...opening.map((one, n) => ({ t: n, ...one })), ...turns));
    await page.keyboard.press('c');
    // In the middle all files are open.
    await page.getByRole('slider').fill('5000');
    await expect.poll(() => placeOn(page)).toContain('beat 17 of 33');
    const watched = '.column, .column h2, .files, .lanes, .controls, .scrubber input, .text table';
    await page.evaluate(`addedAtOnce = 0;
      for (const one of document.querySelectorAll('${watched}')) one.isOld = true;
      new MutationObserver((changes) => {
        const nodes = changes.flatMap(({ addedNodes }) => [...addedNodes]);
        const added = nodes.reduce((sum, one) => sum + 1 + (one.querySelectorAll?.('*').length ?? 0), 0);
        addedAtOnce = Math.max(addedAtOnce, added);
      }).observe(document.body, { childList: true, subtree: true })`);
    for (let n = 0; n < 12; n++) {
      const before = await placeOn(page);
      await page.keyboard.press('ArrowRight');
      await expect.poll(() => placeOn(page)).not.toBe(before);
    }
    const [added, all] = (await page.evaluate(
      "[addedAtOnce, document.querySelectorAll('*').length]",
    )) as [number, number];
    expect(added).toBeGreaterThan(0);
    expect(added).toBeLessThan(all / 10);
    const isOld = `[...document.querySelectorAll('${watched}')].map((one) => one.isOld === true)`;
    expect(new Set((await page.evaluate(isOld)) as boolean[])).toEqual(new Set([true]));
  });

  test('a swipe is a step, and one to the right does not leave the page', async () => {
    const { page, complaints } = await open('#s=ten-bytes&b=2&i=1', {
      width: 360,
      page: await newPage({ hasTouch: true }),
    });
    const touches = await page.context().newCDPSession(page);
    const touch = (type: string, ...xs: number[]) =>
      touches.send('Input.dispatchTouchEvent', {
        type: type as 'touchMove',
        touchPoints: xs.map((x) => ({ x, y: 450 })),
      });
    const swipe = async (from: number, to: number) => {
      await touch('touchStart', from);
      for (let n = 1; n <= 5; n++) await touch('touchMove', from + ((to - from) * n) / 5);
      await touch('touchEnd');
    };
    await swipe(300, 100);
    await expect.poll(() => placeOn(page)).toMatch(/^Step 7 /);
    await swipe(100, 300);
    await expect.poll(() => placeOn(page)).toMatch(/^Step 6 /);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('what is printed is the text view', async () => {
    const { page } = await open('#s=ghost&b=2&i=2');
    const isSeen = (selector: string) => page.locator(selector).first().isVisible();
    expect([await isSeen('.text'), await isSeen('.controls')]).toEqual([false, true]);
    onTestFinished(() => page.emulateMedia({ media: null }));
    await page.emulateMedia({ media: 'print' });
    expect([await isSeen('.text'), await isSeen('.controls')]).toEqual([true, false]);
  });

  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const looks = [
    { colorScheme: 'light' },
    { colorScheme: 'dark' },
    { colorScheme: 'light', forcedColors: 'active', reducedMotion: 'reduce' },
  ];

  /** The text view is made by the same code in all scenarios: with threads, without, and very long. */
  const withText = amount(
    ['five-clients', 'ten-bytes'],
    ['readiness', 'five-clients', 'ten-bytes'],
  );

  test.each(looks)('axe finds nothing: %j', async (look) => {
    const { page, complaints } = await open(`#s=${all[0]?.name}&b=2&i=2`);
    onTestFinished(() =>
      page.emulateMedia({ colorScheme: null, forcedColors: null, reducedMotion: null }),
    );
    await page.emulateMedia(look as object);
    await page.keyboard.press('c');
    await page.evaluate(axe);
    // Another look changes colours only: in npm test the first scenarios show them.
    for (const { name } of look === looks[0] ? all : amount(all.slice(0, 3), all)) {
      await goTo(page, `#s=${name}&b=3&i=4${withText.includes(name) ? '&t=1' : ''}`);
      // It need not describe what is right.
      const found = (await page.evaluate(
        `axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
          violations.map(({ id, nodes }) => id + ": " + nodes[0].html + " " + nodes[0].failureSummary))`,
      )) as string[];
      expect(found, name).toEqual([]);
    }
    expect(complaints).toEqual([]);
  });

  /** The page is drawn, with its effects, and nothing moves any more. */
  const DRAWN = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
    .then(() => Promise.allSettled(document.getAnimations().map((one) => one.finished)))
    .then(() => null)`;

  /** A beat behind all: the end. */
  const LAST = 999;

  test.each(amount([360, 1280], [360, 700, 1280]))(
    'at %i px nothing is wider than the window or cut',
    async (width) => {
      const { page } = await open('', { width });
      const places = all.flatMap(({ name, whatIfs }) =>
        whatIfs.map((whatIf) => {
          const text = name === all[0]?.name && whatIf.name === '' ? '&t=1' : '';
          return `#s=${name}&b=${LAST}&w=${whatIf.name}${text}`;
        }),
      );
      const found = await page.evaluate(`(async () => {
        const found = [];
        for (const place of ${JSON.stringify(places)}) {
          const read = new Promise((done) => addEventListener('hashchange', () => setTimeout(done), { once: true }));
          location.hash = place;
          await read;
          await ${DRAWN};
          const cut = [...document.querySelectorAll('.column, .controls, header, .choices-row, .text, svg text')]
            .filter((one) => { const box = one.getBoundingClientRect(); return box.width > 0 && (box.right > innerWidth + 1 || box.left < -1); })
            .concat([...document.querySelectorAll('.column *')].filter((one) => {
              const column = one.closest('.column').getBoundingClientRect();
              const box = one.getBoundingClientRect();
              return box.width > 1 && (box.right > column.right || box.left < column.left);
            }))
            .map((one) => one.className.baseVal ?? one.className);
          found.push({ place, cut, isTooWide: document.documentElement.scrollWidth > ${width} });
        }
        return found;
      })()`);
      expect(found).toEqual(places.map((place) => ({ place, cut: [], isTooWide: false })));
    },
  );
});
