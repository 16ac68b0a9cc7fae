/** What CPython's test_socket checks and the other files here do not: each test has its name there. */
import { inspect } from 'node:util';
import { BufferedFile, type Socket, SocketIO, socketpair, TextFile } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { closing } from '../../support/sandbox.ts';

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
