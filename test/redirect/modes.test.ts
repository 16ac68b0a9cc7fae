/** The five modes of redirection, each side in CPython or here: the transcripts agree byte for byte. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Child, run, until } from '../support/server.ts';
import { closedPort } from '../support/target.ts';

type Side = 'ours' | 'Python';

const PROGRAMS: Record<Side, [string, string]> = {
  ours: [process.execPath, `${import.meta.dirname}/modes.mjs`],
  Python: ['python3', `${import.meta.dirname}/modes.py`],
};

/** Who prints what where; S and C are the process ids. */
const MODES = [
  { mode: 1, by: 'server', on: 'stdout', line: 'server S got [client C: i]' },
  { mode: 2, by: 'client', on: 'stdout', line: 'client C got [server S: i]' },
  { mode: 3, by: 'client', on: 'stderr', line: 'client C got [server S got [client C: i]]' },
  { mode: 4, by: 'server', on: 'stdout', line: 'server S got [client C got [server S: i]]' },
  { mode: 5, by: 'server', on: 'stdout', line: 'server S got [client C got [server S: i]]' },
] as const;

const PAIRS: [server: Side, client: Side][] = [
  ['ours', 'Python'],
  ['Python', 'ours'],
  ['ours', 'ours'],
  ['Python', 'Python'], // the original, with which the others are compared
];

function start(side: Side, role: string, mode: number, port: number): Child {
  const [command, script] = PROGRAMS[side];
  return run(command, [script, role, String(mode), String(port)]);
}

/** Whether a socket listens on the port (proc(5): state 0A). */
function isListening(port: number): boolean {
  const local = port.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync('/proc/net/tcp', 'utf8').includes(`:${local} 00000000:0000 0A`);
}

describe.each(MODES)('mode $mode', ({ mode, by, on, line }) => {
  test.each(PAIRS)('server: %s, client: %s', async (serverSide, clientSide) => {
    const port = await closedPort();
    const first = mode === 4 ? 'client' : 'server'; // who listens
    const sides = { server: serverSide, client: clientSide };
    await using listener = start(sides[first], first, mode, port);
    await until(() => isListening(port), `${first} listens: ${listener.stderr}`);
    const second = first === 'server' ? 'client' : 'server';
    await using connector = start(sides[second], second, mode, port);

    const children = { [first]: listener, [second]: connector } as Record<typeof by, Child>;
    const { server, client } = children;
    const results = {
      server: await server.finished(),
      client: await client.finished(),
    };
    const transcript = [0, 1, 2]
      .map((i) =>
        line
          .replaceAll('S', `${server.pid}`)
          .replaceAll('C', `${client.pid}`)
          .replace('i]', `${i}]`),
      )
      .map((text) => `${text}\n`)
      .join('');
    const silent = { code: 0, signal: null, stdout: '', stderr: '' };
    const expected = { server: silent, client: silent, [by]: { ...silent, [on]: transcript } };
    expect(results).toEqual(expected);
  });
});
