/** Makes the replay page: one file of HTML with its script, its style and the recordings in it. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { LEARN } from '../place.js';
import type { PageData } from './data.js';

/** The page without data, which the build makes. The build puts this module into `learn/`. */
const TEMPLATE = new URL('page/template.html', LEARN);
const PLACE = '<script type="application/json" id="data"></script>';

/** Data beyond this many bytes are compressed. */
const MAX_PLAIN = 200 * 1024;

/** The text of a page that shows these scenarios. */
export function pageOf(data: PageData): string {
  const json = JSON.stringify(data);
  const isLong = json.length > MAX_PLAIN;
  const text = isLong ? JSON.stringify(gzipSync(json, { level: 9 }).toString('base64')) : json;
  const encoding = isLong ? ' data-encoding="gzip"' : '';
  // Nothing in the data can end the element.
  const element = `<script type="application/json" id="data"${encoding}>${text.replaceAll('<', '\\u003c')}</script>`;
  return readFileSync(TEMPLATE, 'utf8').replace(PLACE, () => element);
}
