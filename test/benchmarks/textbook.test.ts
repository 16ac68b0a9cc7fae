/** The contenders that are examples of the documentation have the same code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fromBenchmarks, root } from '../../benchmarks/runner/paths.ts';

/** The code without layout, types and modifiers that only a linter asks for. */
function essence(code: string): string {
  return code
    .replace(/\/\/.*$|\b(?:override|private|readonly) |: (?:void|Buffer|Socket)\b/gm, '')
    .replace(/[\s;,]+/g, '');
}

test.each([
  ['loop', 'loop', ['data: (bytes: Buffer) => void connection.write(bytes)', 'reusesInput: true']],
  [
    'reactor',
    'reactor',
    ['dataReceived(data: Buffer) { this.transport.write(data); }', 'Factory.forProtocol('],
  ],
  [
    'asyncore',
    'asyncore',
    [
      'handleRead() { const data = this.recv(8192); if (data.length > 0) this.send(data); }',
      'this.createSocket(); this.setReuseAddr(); this.bind([host, port]); this.listen(',
    ],
  ],
  [
    'asyncore',
    'asynchat',
    [
      "terminator = '\\n'",
      'collectIncomingData(data) { this._collectIncomingData(data); }',
      "foundTerminator() { this.push(Buffer.concat([this._getData(), Buffer.from('\\n')])); }",
      'handleAccepted(socket) { new Lines(socket); }',
      "await loopAsync(null, 'epoll')",
    ],
  ],
])('docs/%s.md has the code that contenders/textbook/%s.ts measures', (page, name, parts) => {
  const documented = essence(readFileSync(join(root, `docs/${page}.md`), 'utf8'));
  const measured = essence(readFileSync(fromBenchmarks(`contenders/textbook/${name}.ts`), 'utf8'));
  for (const part of parts.map(essence)) {
    expect({
      part,
      measured: measured.includes(part),
      documented: documented.includes(part),
    }).toEqual({ part, measured: true, documented: true });
  }
});
