/** The replay page: reads the data in its HTML, and shows them. */
import { render } from 'preact';
import { DATA_ELEMENT, type PageData } from '../data.js';
import { App } from './app.js';

/** Base64 of gzip, as text. */
async function unpacked(base64: string): Promise<string> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).text();
}

async function start(root: HTMLElement): Promise<void> {
  const element = document.getElementById(DATA_ELEMENT);
  const text = element?.textContent ?? '';
  const isPacked = element?.dataset.encoding === 'gzip';
  const data = JSON.parse(isPacked ? await unpacked(JSON.parse(text)) : text) as PageData;
  root.textContent = '';
  render(<App data={data} />, root);
}

const root = document.getElementById('replay') as HTMLElement;
start(root).catch((error: unknown) => {
  root.textContent = `This page cannot be shown: ${error instanceof Error ? error.message : error}`;
});
