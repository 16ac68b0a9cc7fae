/** LineBuffer: the same lines however the stream was cut, at about twice their size in memory. */
import fc from 'fast-check';
import { LineBuffer } from 'fdselect/stream';
import { expect, test } from 'vitest';
import { rangeError, thrown } from '../support/thrown.ts';

const CRLF = Buffer.from('\r\n');
const LF = Buffer.from('\n');

test('the same lines however the stream was cut', () => {
  const bytes = fc.stringMatching(/^[ab\r\n]{0,60}$/);
  const delimiters = fc.constantFrom('\n', '\r\n', 'ab', '\n\n');
  fc.assert(
    fc.property(bytes, delimiters, fc.array(fc.nat(60)), (text, delimiter, cuts) => {
      const places = [0, ...cuts.filter((cut) => cut < text.length), text.length];
      places.sort((a, b) => a - b);
      const buffer = new LineBuffer();
      const lines: string[] = [];
      for (let i = 1; i < places.length; i++) {
        const chunk = Buffer.from(text.slice(places[i - 1], places[i]));
        buffer.append(chunk);
        let line = buffer.takeLine(Buffer.from(delimiter));
        for (; line !== null; line = buffer.takeLine(Buffer.from(delimiter)))
          lines.push(String(line));
        chunk.fill(0); // it has copied the rest
      }
      const expected = text.split(delimiter);
      expect(String(buffer.clear())).toBe(expected.pop());
      expect(lines).toEqual(expected);
      expect(buffer.size).toBe(0);
    }),
    { numRuns: 1000 },
  );
});

test('an unfinished byte, or a line, does not keep its chunk in memory', () => {
  const buffer = new LineBuffer();
  buffer.append(
    Buffer.concat([Buffer.alloc(60_000), LF, Buffer.from('line'), LF, Buffer.from('x')]),
  );
  buffer.takeLine(LF);
  const line = buffer.takeLine(LF) as Buffer;
  expect([String(line), line.buffer.byteLength]).toEqual(['line', 4]);
  expect(buffer.takeLine(LF)).toBe(null);
  expect(buffer.unfinished(LF).buffer.byteLength).toBe(1);
});

test('a long block is freed when little of it is left', () => {
  const buffer = new LineBuffer();
  for (let i = 0; i < 100; i++) {
    buffer.append(Buffer.alloc(1000));
    buffer.takeLine(LF);
  }
  buffer.append(Buffer.from('\nx'));
  expect(buffer.takeLine(LF)?.length).toBe(100_000);
  expect(buffer.takeLine(LF)).toBe(null);
  expect(buffer.unfinished(LF).buffer.byteLength).toBeLessThan(200);
});

test('the length of an unfinished line does not include the beginning of a delimiter', () => {
  const buffer = new LineBuffer();
  buffer.append(Buffer.from('abc\r'));
  expect(buffer.takeLine(CRLF)).toBe(null);
  expect(String(buffer.unfinished(CRLF))).toBe('abc');
});

test('a line of a megabyte that comes byte by byte is searched once', () => {
  const buffer = new LineBuffer();
  const byte = Buffer.from('x');
  const begin = process.cpuUsage();
  for (let i = 0; i < 1_000_000; i++) {
    buffer.append(byte);
    buffer.takeLine(LF);
  }
  expect(buffer.size).toBe(1_000_000);
  expect(process.cpuUsage(begin).user / 1e6).toBeLessThan(10); // quadratic: minutes
});

test('a delimiter without bytes is refused: the lines would have no end', () => {
  const lines = new LineBuffer();
  lines.append(Buffer.from('text'));
  expect(thrown(() => lines.takeLine(Buffer.alloc(0)))).toEqual(rangeError);
  expect(lines.takeLine(Buffer.from('x'))?.toString()).toBe('te');
});
