/** The types of the installed package, in the versions and settings of TypeScript that users have. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { root } from '../../scripts/prebuilds.mjs';
import { tarball, tool, User } from './support/user.mjs';

const VERSIONS = ['5.4', '5.9', '7'];
const SETTINGS = [
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
];

/** Uses every module, and fails to compile where a type is `any` or what has an fd is refused. */
const program = `
import { createSocket } from 'node:dgram';
import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream, promises } from 'node:fs';
import { createServer } from 'node:net';
import { type FileDescriptorLike, fileno, poll, select, selectAsync, Waker } from 'fdselect';
import { AsyncChat } from 'fdselect/asynchat';
import { Dispatcher } from 'fdselect/asyncore';
import { Component } from 'fdselect/components';
import { fcntl, flockAsync } from 'fdselect/fcntl';
import { readAll, readAsync } from 'fdselect/io';
import { readInotify } from 'fdselect/linux';
import { EventLoop } from 'fdselect/loop';
import { read, readvAsync, waitpidAsync } from 'fdselect/os';
import { Protocol } from 'fdselect/reactor';
import { redirectOut } from 'fdselect/redirect';
import { DefaultSelector } from 'fdselect/selectors';
import { signalPipe } from 'fdselect/signal';
import { Socket, socketpair } from 'fdselect/socket';
import { OutputBuffer } from 'fdselect/stream';
import { tcgetattr } from 'fdselect/tty';

type IsAny<T> = 0 extends 1 & T ? true : false;
type Known<T> = IsAny<T> extends true ? never : T;

// Without the types of Node, Buffer would be any, and so would these be.
export type Results = [
  Known<ReturnType<Socket['recv']>>,
  Known<Awaited<ReturnType<Socket['recvAsync']>>>,
  Known<ReturnType<typeof read>>,
  Known<ReturnType<typeof readAll>>,
  Known<Awaited<ReturnType<typeof readAsync>>>,
  Known<Parameters<typeof readvAsync>[1]>,
  Known<Awaited<ReturnType<typeof waitpidAsync>>>,
  Known<ReturnType<typeof readInotify>[number]['name']>,
  Known<ReturnType<typeof tcgetattr>>,
  Known<FileDescriptorLike>,
];
export function check(socket: Socket): void {
  const bytes: Known<ReturnType<Socket['recv']>> = socket.recv(1);
  // @ts-expect-error: a Buffer is not a number
  const wrong: number = bytes;
  void wrong;
}

const child = spawn('true', { stdio: ['ignore', 'pipe', 'pipe'] });
const file = await promises.open('/dev/null');
const descriptors: FileDescriptorLike[] = [
  0,
  child.stdout,
  child.stderr,
  createReadStream('/dev/null'),
  createWriteStream('/dev/null'),
  createServer(),
  createSocket('udp4'),
  file,
  process.stdin,
  process.stdout,
  new Socket(),
  new Waker(),
  signalPipe('SIGINT'),
  { fileno: () => 1 },
];
// @ts-expect-error: an object without a file descriptor
descriptors.push({ name: 'none' });
const [a, b] = socketpair();
const [ready] = select([a, child.stdout], [b], []);
export const keys: Iterable<number> = new DefaultSelector<string>().getMap()?.keys() ?? [];
export const sources: (Socket | typeof child.stdout)[] = ready;
export const all = [AsyncChat, Component, Dispatcher, EventLoop, OutputBuffer, Protocol];
export const calls = [fcntl, fileno, flockAsync, poll, redirectOut, selectAsync];
`;

/** Compiles program.ts as strictly as can be: also the declarations of the package are checked. */
function compile(user, tsc, options) {
  const compilerOptions = {
    ...{ ...options, target: 'es2022', lib: ['es2023', 'esnext.disposable'], types: [] },
    ...{ strict: true, noEmit: true, skipLibCheck: false },
  };
  user.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['program.ts'] }));
  const { status, stdout } = user.attempt('node', tsc, '-p', '.');
  assert.equal(stdout, '');
  assert.equal(status, 0);
}

for (const version of VERSIONS) {
  test(`TypeScript ${version}`, async (t) => {
    const tsc = tool([`typescript@${version}`], 'typescript/bin/tsc');
    const user = new User(t);
    user.run('npm', 'install', '--ignore-scripts', tarball, '@types/node@20');
    user.write('package.json', '{ "name": "user", "private": true, "type": "module" }\n');
    user.write('program.ts', program);
    for (const [module, moduleResolution] of SETTINGS) {
      await t.test(moduleResolution, () => compile(user, tsc, { module, moduleResolution }));
    }
    if (version !== '7') return;
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    for (const name of Object.keys(exports).filter((name) => !name.endsWith('.json'))) {
      await t.test(`fdselect${name.slice(1)} alone brings the types of Node`, () => {
        const text = `import 'fdselect${name.slice(1)}';\nexport const x: NodeJS.Signals = 'SIGINT';\n`;
        user.write('program.ts', text);
        compile(user, tsc, { module: 'nodenext' });
      });
    }
  });
}
