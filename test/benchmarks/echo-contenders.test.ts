/** The echo servers of the benchmarks send back what they get; one that does not is not measured. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { catalogue } from '../../benchmarks/contenders/catalogue.ts';
import type { Command, Contender } from '../../benchmarks/runner/contender.ts';
import type { Scenario } from '../../benchmarks/runner/scenario.ts';
import { runSuite } from '../../benchmarks/runner/suite.ts';
import { echo } from '../../benchmarks/scenarios/echo.ts';
import { startVerified } from '../../benchmarks/scenarios/echo-servers.ts';
import { contender, testWith } from '../support/benchmarks.ts';
import { scriptFile } from '../support/script.ts';

const servers = catalogue.filter((one) => one.echo !== undefined);

for (const one of servers) {
  testWith(one, `${one.name} sends back what it gets`, async () => {
    const server = await startVerified(one, null);
    await server.close();
  });
}

const uring = contender('c-uring');

testWith(uring, 'a system without io_uring is recognized', () => {
  const [file] = uring.echo as Command;
  const check = (...command: string[]) => {
    const { status, stderr } = spawnSync('env', [...command, file, 'check'], { encoding: 'utf8' });
    return { status, stderr };
  };
  expect(check()).toEqual({ status: 0, stderr: '' });
  // As under Docker's seccomp profile.
  const inject = 'inject=io_uring_setup:error=EPERM';
  expect(check('strace', '-qq', '-o', '/dev/null', '-e', inject)).toEqual({
    status: 1,
    stderr: 'io_uring_setup: Operation not permitted\n',
  });
});

/** A server in JavaScript that treats each chunk its own way. */
function serverThat(treats: string): Contender {
  const script = scriptFile(`
    import { createServer } from 'node:net';
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (bytes) => { ${treats} });
    });
    server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
  `);
  return { name: 'wrong', label: 'wrong', family: 'wrong', echo: [process.execPath, script] };
}

test.each([
  ['changes a byte', 'if (bytes.length > 1000) bytes[500] ^= 1; socket.write(bytes)', 'not what'],
  ['sends more', 'socket.write(bytes); if (bytes.length > 1000) socket.write(bytes)', 'verify: '],
  ['closes', 'if (bytes.length > 1000) socket.destroy(); else socket.write(bytes)', 'closed'],
  ['answers something else', 'socket.write("Hello")', 'does not echo'],
])('a server that %s is refused, and the others are measured', async (_, treats, reason) => {
  const scale = { rounds: 1, isQuick: true };
  const cells = echo().cells(scale).slice(0, 1);
  const results = await runSuite({
    scenarios: [{ ...echo(), cells: () => cells } as unknown as Scenario],
    contenders: [serverThat(treats), contender('c-epoll')],
    scale,
    command: 'a test',
  });
  expect(results.refused).toEqual([
    { scenario: 'echo', contender: 'wrong', reason: expect.stringContaining(reason) },
  ]);
  expect(results.scenarios[0]?.rows.map((row) => row.contender)).toEqual(['c-epoll']);
});

test('a server that does not start is refused with its last output', async () => {
  const script = scriptFile('throw new Error("no luck today")');
  const failing = { ...serverThat(''), echo: [process.execPath, script] as const };
  await expect(startVerified(failing, null)).rejects.toThrow(/no luck today|Node\.js v/);
});
