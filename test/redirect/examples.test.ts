/** The README's examples of makefile and of redirection. */
import { expect, test } from 'vitest';
import { scriptFile } from '../support/script.ts';
import { run, serve } from '../support/server.ts';
import { Target } from '../support/target.ts';

const MAKEFILE = `
import { createConnection, SHUT_WR } from 'fdselect/socket';

const socket = createConnection(['127.0.0.1', 8881]); // npm start
const file = socket.makefile('rw');
file.write('first\\nsecond ');
file.write('line\\n');
file.flush(); // until then it is in a buffer
console.log(file.readline()); // 'first\\n'
socket.shutdown(SHUT_WR);
for (const line of file) console.log(line); // up to the end
file.close();
socket.close(); // whichever is last closes the file descriptor
`;

const REDIRECT = `
import { input, redirectBothAsClient, restore } from 'fdselect/redirect';

const socket = redirectBothAsClient(50008);
console.log('hello');
const name = input('your name? '); // sends what is in the buffer, then waits for a line
restore();
socket.close();
console.log(\`that was \${name}\`); // on the terminal again
`;

/** Runs an example, with another port. */
function example(source: string, theirs: number, ours: number) {
  expect(source).toContain(String(theirs));
  return run(process.execPath, [scriptFile(source.replace(String(theirs), String(ours)))]);
}

test('makefile', async () => {
  await using server = await serve('echo-poll');
  await using child = example(MAKEFILE, 8881, server.port);
  expect(await child.finished()).toEqual({
    code: 0,
    signal: null,
    stdout: 'first\n\nsecond line\n\n',
    stderr: '',
  });
});

test('redirection', async () => {
  await using target = await Target.open();
  await using child = example(REDIRECT, 50008, target.port);
  const peer = (await target.peer()).read();
  peer.write('Bob\n');
  expect((await peer.ends()).toString()).toBe('hello\nyour name? ');
  expect(await child.finished()).toEqual({
    code: 0,
    signal: null,
    stdout: 'that was Bob\n',
    stderr: '',
  });
});
