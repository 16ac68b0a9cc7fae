/**
 * Makes the README's picture of the replay page, `docs/replay.png`: `node scripts/screenshot.mjs`.
 * It needs the build and Debian's chromium.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { pageOf } from '../dist/learn/page/page.js';
import { pageScenario, scenarios } from '../dist/learn/play/scenario.js';

const OUT = join(import.meta.dirname, '../docs/replay.png');
/** The moment at which client 3 has spoken, and all three know it. */
const MOMENT = '#s=five-clients&b=2&i=2&embed=1';

const folder = mkdtempSync(join(tmpdir(), 'fdselect-screenshot-'));
const page = join(folder, 'page.html');
const found = (await scenarios()).find(({ scenario }) => scenario.name === 'five-clients');
writeFileSync(page, pageOf({ scenarios: [pageScenario(found)] }));
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  const tab = await browser.newPage({
    viewport: { width: 1280, height: 1000 },
    colorScheme: 'light',
  });
  await tab.goto(pathToFileURL(page).href + MOMENT);
  await tab.waitForSelector('.column');
  // The picture shows the story, not the controls, which would lie over it.
  await tab.evaluate(() => {
    for (const one of document.querySelectorAll('.controls, .choices-row')) one.remove();
    document.querySelector('main').style.padding = '16px 12px 2px';
  });
  await tab.locator('main').screenshot({ path: OUT });
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
console.log(`${OUT}: ${statSync(OUT).size} bytes`);
