/** On a system without epoll its names are undefined, and everything else works. */
import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { scriptFile } from '../support/script.ts';
import { Child } from '../support/server.ts';

test('without epoll its names are undefined, and code that does not use them works', async () => {
  const file = scriptFile(`
    const { dlopen } = process;
    process.dlopen = (module, file) => {
      dlopen.call(process, module, file);
      // The functions that the addon of such a system lacks.
      const native = module.exports;
      for (const name of ['createEpoll', 'controlEpoll', 'waitEpoll']) delete native[name];
      for (const name of Object.keys(native.constants)) {
        if (name.startsWith('EPOLL')) delete native.constants[name];
      }
    };
    const select = await import('fdselect');
    const selectors = await import('fdselect/selectors');
    const { pipe, write } = await import('fdselect/os');
    const [r, w] = pipe();
    write(w, 'x');
    const selector = new selectors.DefaultSelector();
    selector.register(r, selectors.EVENT_READ);
    console.log(JSON.stringify({
      absent: Object.entries({ ...select, ...selectors })
        .filter(([, value]) => value === undefined)
        .map(([name]) => name)
        .filter((name) => !/^EPOLL/.test(name)),
      constants: select.EPOLLIN === undefined && select.EPOLLET === undefined,
      chosen: selectors.DefaultSelector === selectors.PollSelector,
      ready: [selector.select(0).length, select.select([r], [], [], 0)[0].length],
      async: (await selector.selectAsync()).length,
    }));
  `);
  await using child = new Child(spawn(process.execPath, [file], { stdio: 'pipe' }));
  const { code, stdout, stderr } = await child.finished();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({
    absent: ['Epoll', 'epoll', 'EpollSelector'],
    constants: true,
    chosen: true,
    ready: [1, 1],
    async: 1,
  });
});
