/// <reference lib="dom" />
/** Colors and styles: those of the page, and one for each family. */

/** The same color for a family everywhere, readable on white and on black. */
const COLORS: Record<string, string> = {
  fdselect: '#2f81f7',
  'fdselect, examples': '#15aabf',
  'fdselect, tuned': '#79b8ff',
  'node:net': '#e8590c',
  libuv: '#c2255c',
  C: '#868e96',
  CPython: '#2b9348',
  'CPython, one thread': '#8fbc5a',
  Bun: '#b08968',
  Deno: '#7048e8',
  koffi: '#d19a00',
  'node:ffi': '#e64980',
  io_uring: '#f03e3e',
  'npm epoll': '#0c8599',
};
export const STACK_COLORS = ['#2f81f7', '#2b9348', '#e8590c', '#868e96'];

/** Of epoll, poll and select, and then of others with the same color; numbers are dashes and gaps. */
export const STYLES: { type: 'solid' | number[]; symbol: string }[] = [
  { type: 'solid', symbol: 'circle' },
  { type: [7, 4], symbol: 'rect' },
  { type: [2, 3], symbol: 'triangle' },
  { type: [14, 4], symbol: 'diamond' },
  { type: [9, 3, 2, 3], symbol: 'emptyCircle' },
  { type: [9, 3, 2, 3, 2, 3], symbol: 'emptyRect' },
  { type: [4, 7], symbol: 'emptyTriangle' },
  { type: [14, 3, 5, 3], symbol: 'emptyDiamond' },
];

export interface Theme {
  text: string;
  faint: string;
  line: string;
  back: string;
}

export function theme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return { text: color('text'), faint: color('faint'), line: color('line'), back: color('back') };
}

const ON_NODE_26 = ', Node 26';
/** Of the same color, but paler: two hexadecimal digits. */
const PALE = '99';

export function colorOf(family: string): string {
  const color = COLORS[family.replace(ON_NODE_26, '')] ?? '#888888';
  return family.endsWith(ON_NODE_26) ? `${color}${PALE}` : color;
}
