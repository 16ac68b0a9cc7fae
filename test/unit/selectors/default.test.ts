/** DefaultSelector and FDSELECT_SELECTOR, which is read at the import: in child processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { scriptFile } from '../../support/script.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** What a script prints with FDSELECT_SELECTOR set to `name`, or without it. */
async function run(name: string | undefined, script: string): Promise<unknown> {
  const { FDSELECT_SELECTOR: _, ...env } = process.env;
  const prelude = "import * as selectors from 'fdselect/selectors';";
  const child = spawn(process.execPath, [scriptFile(prelude + script)], {
    cwd: ROOT,
    env: name === undefined ? env : { ...env, FDSELECT_SELECTOR: name },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data;
  });
  expect(await once(child, 'close')).toEqual([0, null]);
  return JSON.parse(output);
}

test.each([
  ['select', 'SelectSelector'],
  ['poll', 'PollSelector'],
  ['epoll', 'EpollSelector'],
  [undefined, process.platform === 'linux' ? 'EpollSelector' : 'PollSelector'],
])('FDSELECT_SELECTOR=%s: DefaultSelector is %s', async (name, expected) => {
  const answer = await run(
    name,
    `
      import { pipe } from 'fdselect/os';
      const { DefaultSelector, EVENT_READ, EVENT_WRITE } = selectors;
      const selector = new DefaultSelector();
      const [r, w] = pipe();
      selector.register(r, EVENT_READ);
      selector.register(w, EVENT_WRITE, 'data');
      const ready = selector.select().map(([key, events]) => [key.fd === w, key.data, events]);
      const same = Object.keys(selectors).filter((name) => selectors[name] === DefaultSelector);
      console.log(JSON.stringify([same.filter((name) => name !== 'DefaultSelector'), ready]));
    `,
  );
  expect(answer).toEqual([[expected], [[true, 'data', 2]]]);
});

test.each(['nonsense', 'EPOLL', 'epoll ', 'toString', 'kqueue'])(
  'FDSELECT_SELECTOR=%s: a RangeError of the constructor that names it',
  async (name) => {
    const answer = await run(
      name,
      `
      const { DefaultSelector, SelectSelector, PollSelector, EpollSelector } = selectors;
      const errors = [1, 2].map(() => {
        try { return new DefaultSelector(); }
        catch ({ name, code, message }) { return { name, code, message }; }
      });
      for (const Class of [SelectSelector, PollSelector, EpollSelector]) {
        const selector = new Class();
        selector.select(0);
        selector.close();
      }
      console.log(JSON.stringify([typeof DefaultSelector, ...errors]));
    `,
    );
    const error = {
      name: 'RangeError',
      code: 'ERR_OUT_OF_RANGE',
      message: `FDSELECT_SELECTOR must be one of epoll, poll, select, received '${name}'`,
    };
    expect(answer).toEqual(['function', error, error]);
  },
);

test('it is read once: a later change does nothing', async () => {
  const answer = await run(
    'poll',
    `
      process.env.FDSELECT_SELECTOR = 'select';
      const again = await import('fdselect/selectors');
      console.log(JSON.stringify(again.DefaultSelector === again.PollSelector));
    `,
  );
  expect(answer).toBe(true);
});

test('the variable is for DefaultSelector alone', async () => {
  const answer = await run(
    'select',
    `
      const { SelectSelector, PollSelector, EpollSelector } = selectors;
      const made = [new SelectSelector(), new PollSelector(), new EpollSelector()];
      console.log(JSON.stringify(made.map((selector) => selector.constructor.name)));
    `,
  );
  expect(answer).toEqual(['SelectSelector', 'PollSelector', 'EpollSelector']);
});

// Otherwise a run of all tests with FDSELECT_SELECTOR would not test that selector.
test('the variable of this process is used', async () => {
  const { DefaultSelector } = await import('fdselect/selectors');
  const names = { select: 'SelectSelector', poll: 'PollSelector', epoll: 'EpollSelector' };
  const forced = process.env.FDSELECT_SELECTOR ?? 'epoll';
  expect(DefaultSelector.name).toBe(names[forced as keyof typeof names]);
});
