/** fdselect/redirect in every runtime: not every console writes to process.stdout. */
import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { scriptFile } from '../support/script.ts';
import { Child, until } from '../support/server.ts';
import { Target } from '../support/target.ts';

const PROGRAM = `
import { input, redirectBothAsClient, restore } from 'fdselect/redirect';

const port = Number(process.argv[2]);
const socket = redirectBothAsClient(port);
console.log('log %d', 1);
console.info('info');
console.group('group');
console.debug('debug');
console.groupEnd();
console.error('error');
process.stdout.write('text\\n');
console.log('got ' + input('? '));
restore();
socket.close();
console.log('log', input('? '));
redirectBothAsClient(port);
console.log('at the end');
`;

test('output, input, restore and the end of the process', async () => {
  await using target = await Target.open();
  const args = [scriptFile(PROGRAM), String(target.port)];
  await using child = new Child(spawn(process.execPath, args, { stdio: 'pipe' }));
  const first = (await target.peer(0)).read();
  const question = 'log 1\ninfo\ngroup\n  debug\ntext\n? ';
  await until(() => first.text === question, `the question, not ${first.text}`);
  first.write('€\n');
  expect((await first.ends()).toString()).toBe(`${question}got €\n`);
  child.process.stdin?.end('from stdin\n');
  expect((await (await target.peer(1)).read().ends()).toString()).toBe('at the end\n');
  expect(await child.finished()).toEqual({
    code: 0,
    signal: null,
    stdout: '? log from stdin\n',
    stderr: 'error\n',
  });
});
