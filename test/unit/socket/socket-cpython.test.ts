/** What CPython's test_socket checks and the other files here do not: each test has its name there. */
import { spawnSync } from 'node:child_process';
import { inspect } from 'node:util';
import { OSError } from 'fdselect';
import { F_GETFD, F_SETFD, FD_CLOEXEC, fcntl } from 'fdselect/fcntl';
import * as s from 'fdselect/socket';
import { BufferedFile, type Socket, SocketIO, socketpair, TextFile } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { RUN_FILE } from '../../support/runtime.ts';
import { closing } from '../../support/sandbox.ts';
import { scriptFile } from '../../support/script.ts';

function openPair(): [Socket, Socket] {
  const [a, b] = socketpair();
  return [closing(a), closing(b)];
}

describe('files of makefile()', () => {
  const FILES = [
    ['r', 'r', TextFile, undefined],
    ['wr', 'rw', TextFile, undefined],
    ['rb', 'rb', BufferedFile, undefined],
    ['rwb', 'rwb', BufferedFile, undefined],
    ['wb', 'wb', SocketIO, 0],
  ] as const;

  test.each(FILES)('testAttributes, test_repr: %s', (mode, shownMode, Class, buffering) => {
    const [socket] = openPair();
    const file = closing(socket.makefile(mode as string, { buffering: buffering ?? null }));
    const fd = socket.fileno();
    expect([file.mode, file.name, file.seekable(), file.isatty()]).toEqual([
      shownMode,
      fd,
      false,
      false,
    ]);
    const view = (number: number) => `${Class.name} { fd: ${number}, mode: '${shownMode}' }`;
    expect([String(file), inspect(file)]).toEqual([view(fd), view(fd)]);
    file.close();
    expect([String(file), file.name]).toEqual([view(-1), -1]);
  });

  test.each(FILES)('test_unusable_closed_socketio: %s', (mode, _, __, buffering) => {
    const file = openPair()[0].makefile(mode as string, { buffering: buffering ?? null });
    file.close();
    for (const ask of ['readable', 'writable', 'seekable', 'isatty', 'fileno'] as const) {
      expect(() => file[ask](), ask).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }));
    }
  });

  test('TextIOWrapper.encoding', () => {
    const [socket] = openPair();
    const names = ['utf-8', 'ucs2', 'binary', 'ascii'] as const;
    expect(names.map((encoding) => closing(socket.makefile('r', { encoding })).encoding)).toEqual([
      'utf8',
      'utf16le',
      'latin1',
      'ascii',
    ]);
  });

  test('testSmallReadNonBlocking: readinto and readinto1 of a buffered file', () => {
    const [socket, peer] = openPair();
    const file = closing(socket.makefile('rb'));
    const memory = Buffer.alloc(4);
    socket.setblocking(false);
    expect([file.readinto(memory), file.readinto1(memory)]).toEqual([null, null]);
    peer.send('abcdefg');
    expect([file.readinto(memory), String(memory)]).toEqual([4, 'abcd']);
    expect([file.readinto1(memory), String(memory)]).toEqual([3, 'efgd']);
    peer.send('hi');
    peer.close();
    expect([file.readinto(new Uint16Array(memory.buffer, 0, 2)), file.readinto(memory)]).toEqual([
      2, 0,
    ]);
    expect(() => file.readinto('text' as never)).toThrow(/^buffer must be/);
  });
});

test.each([
  ['testCMSG_LEN', s.CMSG_LEN, 0x7fffffff - s.CMSG_LEN(0)],
  ['testCMSG_SPACE', s.CMSG_SPACE, 0x7fffffff - s.CMSG_SPACE(1)],
])('%s: up to the largest length', (_, size, largest) => {
  expect(size(largest)).toBeGreaterThan(largest);
  for (const length of [-1, largest + 1, Number.MAX_SAFE_INTEGER]) {
    expect(() => size(length)).toThrow(/^length must be from 0 to/);
  }
});

test('test_create_connection_all_errors: one error per address', () => {
  const listener = s.createServer(['127.0.0.1', 0]);
  const port = (listener.getsockname() as [string, number])[1];
  listener.close();
  const connect = () => s.createConnection(['localhost', port], { allErrors: true });
  const addresses = s.getaddrinfo('localhost', port, 0, s.SOCK_STREAM);
  expect(connect).toThrow(AggregateError);
  expect(connect).toThrow(
    expect.objectContaining({
      message: 'create_connection failed',
      errors: addresses.map(() => expect.any(OSError)),
    }),
  );
  expect(() => s.createConnection(['localhost', port], { allErrors: 1 as never })).toThrow(
    /^allErrors must be a boolean/,
  );
});

// A network namespace of its own has one interface, which may get any name.
test('the name of an interface is no host name', (context) => {
  const script = `
    import { execFileSync } from 'node:child_process';
    import * as s from 'fdselect/socket';
    const name = 'Zürich0';
    execFileSync('ip', ['link', 'set', 'lo', 'name', name]);
    const [, , , , address] = s.getaddrinfo('fe80::1%' + name, 1, s.AF_INET6, s.SOCK_DGRAM)[0];
    console.log(JSON.stringify([s.ifNameindex(), s.ifNametoindex(name), address]));`;
  const command = ['-n', ...RUN_FILE, scriptFile(script)];
  const { stdout, stderr, status } = spawnSync('unshare', command, { encoding: 'utf8' });
  if (/unshare failed|ENOENT|Command failed: ip/.test(stderr ?? 'ENOENT')) {
    context.skip('no network namespaces here');
  }
  expect([stdout, stderr, status]).toEqual(['[[[1,"Zürich0"]],1,["fe80::1",1,0,1]]\n', '', 0]);
});

describe('names of hosts and services', () => {
  const CALLS = [
    "gethostbyname('127.0.0.1')",
    "gethostbyname('localhost')",
    "gethostbyname('127.1')",
    "gethostbyname('')",
    "gethostbyname('<broadcast>')",
    "getfqdn(' 127.0.0.1 ')",
    "getservbyname('domain')",
    "getservbyname('tftp', 'udp')",
    "getservbyname('http', 'tcp')",
    'getservbyport(53)',
    "getservbyport(69, 'udp')",
    "getservbyport(80, 'tcp')",
  ];

  test('are those of CPython', () => {
    const script = `import json; from socket import *; print(json.dumps([${CALLS.join(', ')}]))`;
    const python = spawnSync('python3', ['-c', script], { encoding: 'utf8' });
    const ours = new Function('s', `return [${CALLS.map((call) => `s.${call}`).join(', ')}]`);
    expect(ours(s), python.stderr).toEqual(JSON.parse(python.stdout));
  });

  test('testGetServBy, testHostnameRes: errors', () => {
    const noService = expect.objectContaining({ code: 'EAI_SERVICE' });
    for (const name of ['nosuch', '80', '', '+80', ' 80'])
      expect(() => s.getservbyname(name), name).toThrow(noService);
    expect(() => s.getservbyname('tftp', 'tcp')).toThrow(noService);
    expect(() => s.getservbyport(54321)).toThrow(noService);
    for (const port of [-1, 65536, 1.5]) {
      expect(() => s.getservbyport(port)).toThrow(/^port must be/);
    }
    expect(() => s.getservbyname('http', 'xyz' as never)).toThrow(/^protocolname must be/);
    expect(() => s.getservbyname(1 as never)).toThrow(/^servicename must be a string/);
    expect(() => s.gethostbyname(null as never)).toThrow(/^hostname must be a string/);
    expect(() => s.gethostbyname('::1')).toThrow(OSError);
    const name = 'x'.repeat(64); // longer than a label may be, so that no name server is asked
    expect(() => s.gethostbyname(name)).toThrow(OSError);
    expect(s.getfqdn(name)).toBe(name);
    expect(() => s.getfqdn(1 as never)).toThrow(/^name must be a string/);
  });
});

test('test_set_inheritable, test_get_inheritable_cloexec', () => {
  const [socket] = openPair();
  expect(socket.getInheritable()).toBe(false);
  socket.setInheritable(true);
  expect([socket.getInheritable(), fcntl(socket, F_GETFD)]).toEqual([true, 0]);
  fcntl(socket, F_SETFD, FD_CLOEXEC);
  expect(socket.getInheritable()).toBe(false);
  expect(() => socket.setInheritable(1 as never)).toThrow(/^inheritable must be a boolean/);
  socket.close();
  expect(() => socket.getInheritable()).toThrow(expect.objectContaining({ code: 'EBADF' }));
});
