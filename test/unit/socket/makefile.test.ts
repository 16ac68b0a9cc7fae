/** Socket.makefile(): text, bytes and raw files. */
import { deserialize, serialize } from 'node:v8';
import { select } from 'fdselect';
import { setBlocking } from 'fdselect/os';
import {
  BufferedFile,
  socket as openSocket,
  SHUT_WR,
  type Socket,
  SocketFile,
  SocketIO,
  socketpair,
  TextFile,
} from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { shown } from '../../support/runtime.ts';
import { closing, openPair, openTcp, reset } from '../../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../../support/thrown.ts';
import { InWorker } from '../../support/worker.ts';

const closedFile: unknown = expect.objectContaining({ name: 'Error', code: 'ERR_CLOSED' });

const bytes = (text: string) => Buffer.from(text);

/** A socket that has received `data`, then the end of file. */
function openEnded(...data: (string | Uint8Array)[]): Socket {
  const [reader, writer] = openPair();
  for (const part of data) writer.sendall(typeof part === 'string' ? bytes(part) : part);
  writer.close();
  return reader;
}

/** The same, but each recv(2) gets one byte, as from a peer that sends them one by one. */
function openSlow(...data: (string | Uint8Array)[]): Socket {
  const reader = openEnded(...data);
  const recvInto = reader.recvInto.bind(reader);
  reader.recvInto = (buffer) => recvInto((buffer as Uint8Array).subarray(0, 1));
  return reader;
}

function received(socket: Socket): string | null {
  const buffer = Buffer.alloc(65536);
  const size = socket.tryRecvInto(buffer);
  return size === null ? null : buffer.toString('utf8', 0, size);
}

/** A non-blocking socket that takes no more bytes. */
function openFull(): [full: Socket, peer: Socket] {
  const [full, peer] = openPair();
  full.setblocking(false);
  const data = Buffer.alloc(65536);
  while (full.trySend(data) !== null);
  return [full, peer];
}

describe('the arguments', () => {
  test.each([
    ['', TextFile, true, false],
    ['r', TextFile, true, false],
    ['w', TextFile, false, true],
    ['rw', TextFile, true, true],
    ['wr', TextFile, true, true],
    ['rr', TextFile, true, false],
    ['b', BufferedFile, true, false],
    ['rb', BufferedFile, true, false],
    ['bw', BufferedFile, false, true],
    ['rwb', BufferedFile, true, true],
  ])('mode %j', (mode, Class, isReadable, isWritable) => {
    const file = closing(openPair()[0].makefile(mode));
    expect(file).toBeInstanceOf(Class);
    expect(file).toBeInstanceOf(SocketFile);
    expect([file.readable(), file.writable()]).toEqual([isReadable, isWritable]);
  });

  test('by default text for reading; without a buffer a SocketIO', () => {
    const [socket] = openPair();
    const text = closing(socket.makefile());
    const raw = closing(socket.makefile('rwb', { buffering: 0 }));
    expect(text).toBeInstanceOf(TextFile);
    expect([text.readable(), text.writable(), text.fileno()]).toEqual([
      true,
      false,
      socket.fileno(),
    ]);
    expect(raw).toBeInstanceOf(SocketIO);
    expect([raw.readable(), raw.writable(), raw.fileno()]).toEqual([true, true, socket.fileno()]);
  });

  test.each(shown(['x', 'r+', 'rt', 'U', 'B', 'r b']))('mode %s is invalid', (_, mode) => {
    expect(thrown(() => openPair()[0].makefile(mode))).toEqual(rangeError);
  });

  test('other invalid arguments are named in the error', () => {
    const [socket] = openPair();
    const make = (mode: unknown, options?: object) =>
      thrown(() => socket.makefile(mode as string, options));
    expect(make(5)).toEqual(typeError);
    expect(make(null)).toEqual(typeError);
    expect(make('x')).toHaveProperty('message', "mode must be made of r, w and b, received 'x'");
    expect(make('r', { buffering: 0 })).toHaveProperty(
      'message',
      'buffering must be other than 0 in text modes, received 0',
    );
    expect(make('r', { buffering: 1.5 })).toEqual(rangeError);
    expect(make('rb', { buffering: '1' })).toEqual(typeError);
    expect(make('r', { buffering: true })).toEqual(typeError);
    expect(make('r', { encoding: 'klingon' })).toEqual(rangeError);
    expect(make('r', { encoding: 'hex' })).toEqual(rangeError);
    expect(make('r', { encoding: 5 })).toEqual(typeError);
    expect(make('r', { newline: '\n\r' })).toEqual(rangeError);
    expect(make('r', { newline: 5 })).toEqual(typeError);
    socket.close();
    expect(socket.fileno()).toBe(-1); // none of them keeps it open
    expect(make('r')).toEqual(osError('EBADF', 'makefile'));
  });

  test('sizes', () => {
    for (const mode of ['r', 'rb'] as const) {
      const file = closing(openEnded('abc\n').makefile(mode));
      expect(thrown(() => file.readline(1.5))).toEqual(rangeError);
      expect(thrown(() => file.readline('1' as unknown as number))).toEqual(typeError);
      expect(thrown(() => file.read(Number.NaN))).toEqual(rangeError);
      expect(thrown(() => file.readlines(true as unknown as number))).toEqual(typeError);
      expect(String(file.readline(null))).toBe('abc\n');
    }
  });
});

describe('reading text', () => {
  test('lines, the last one without a newline, then nothing', () => {
    const file = closing(openEnded('one\n\ntwo\nthree').makefile());
    const lines = [1, 2, 3, 4, 5, 6].map(() => file.readline());
    expect(lines).toEqual(['one\n', '\n', 'two\n', 'three', '', '']);
  });

  test('by iteration, which leaves the file open', () => {
    const file = closing(openEnded('1\n2\n3\n').makefile());
    for (const line of file) {
      expect(line).toBe('1\n');
      break;
    }
    expect([...file]).toEqual(['2\n', '3\n']);
    expect(file.closed).toBe(false);
    expect([...file]).toEqual([]);
  });

  test('readlines, all or until a hint is reached', () => {
    const file = closing(openEnded('abc\ndef\nghi\njkl\n').makefile());
    expect(file.readlines(4)).toEqual(['abc\n', 'def\n']);
    expect(file.readlines(0)).toEqual(['ghi\n', 'jkl\n']);
    expect(file.readlines()).toEqual([]);
  });

  test('read and readline with sizes', () => {
    const file = closing(openEnded('abc\ndefg\nhi').makefile());
    expect([file.read(0), file.read(2), file.readline(0), file.readline(1)]).toEqual([
      '',
      'ab',
      '',
      'c',
    ]);
    expect([file.readline(9), file.readline(2), file.read(4), file.read(9)]).toEqual([
      '\n',
      'de',
      'fg\nh',
      'i',
    ]);
    expect([file.read(1), file.read()]).toEqual(['', '']);
    expect(closing(openEnded('all\nof it').makefile()).read()).toBe('all\nof it');
    expect(closing(openEnded('all\nof it').makefile()).read(-1)).toBe('all\nof it');
  });

  test('a character that comes byte by byte is whole, and counts as one', () => {
    const text = 'aé€😀\n';
    const file = closing(openSlow(text, text, text, text).makefile());
    expect(file.readline()).toBe(text);
    expect([file.read(1), file.read(2), file.read(1), file.read(1)]).toEqual([
      'a',
      'é€',
      '😀',
      '\n',
    ]);
    expect([file.readline(4), file.readline(4)]).toEqual(['aé€😀', '\n']);
    expect(file.read()).toBe(text);
  });

  test('bytes that are not UTF-8 are U+FFFD, also a cut character at the end', () => {
    const file = closing(openEnded('a', Buffer.of(0xff), 'b\n', Buffer.of(0xe2, 0x82)).makefile());
    expect([file.readline(), file.readline(), file.readline()]).toEqual([
      'a\ufffdb\n',
      '\ufffd',
      '',
    ]);
  });

  const all = 'a\r\nb\rc\nd\r\r\n\n\re\r';
  test.each([
    [undefined, ['a\n', 'b\n', 'c\n', 'd\n', '\n', '\n', '\n', 'e\n']],
    [null, ['a\n', 'b\n', 'c\n', 'd\n', '\n', '\n', '\n', 'e\n']],
    ['', ['a\r\n', 'b\r', 'c\n', 'd\r', '\r\n', '\n', '\r', 'e\r']],
    ['\n', ['a\r\n', 'b\rc\n', 'd\r\r\n', '\n', '\re\r']],
    ['\r', ['a\r', '\nb\r', 'c\nd\r', '\r', '\n\n\r', 'e\r']],
    ['\r\n', ['a\r\n', 'b\rc\nd\r\r\n', '\n\re\r']],
  ] as const)('newline %j, in one packet and byte by byte', (newline, lines) => {
    const options = newline === undefined ? {} : { newline };
    expect(closing(openEnded(all).makefile('r', options)).readlines()).toEqual(lines);
    expect(closing(openSlow(all).makefile('r', options)).readlines()).toEqual(lines);
    expect(closing(openSlow(all).makefile('r', options)).read()).toBe(lines.join(''));
  });

  test.each([
    ['utf-8', 'aé€😀\n'],
    ['UTF8', 'aé€😀\n'],
    ['utf16le', 'aé€😀\n'],
    ['latin1', 'aé\n'],
    ['ascii', 'a\n'],
  ] as [BufferEncoding, string][])('encoding %s, there and back', (encoding, text) => {
    const [reader, writer] = openPair();
    const out = closing(writer.makefile('w', { encoding }));
    expect(out.write(text + text)).toBe(2 * [...text].length);
    out.close();
    writer.close();
    const recvInto = reader.recvInto.bind(reader);
    reader.recvInto = (buffer) => recvInto((buffer as Uint8Array).subarray(0, 1));
    expect(closing(reader.makefile('r', { encoding })).readlines()).toEqual([text, text]);
  });

  test('lines that come in a hundred thousand packets', () => {
    const line = `${'x'.repeat(100_000)}\n`;
    const [reader, writer] = openPair();
    writer.setblocking(false);
    const data = bytes(line.repeat(10));
    let sent = 0;
    let calls = 0;
    const recvInto = reader.recvInto.bind(reader);
    reader.recvInto = (buffer) => {
      if (sent < data.length) sent += writer.trySend(data, sent) ?? 0;
      else writer.close();
      calls++;
      return recvInto((buffer as Uint8Array).subarray(0, 7));
    };
    const file = closing(reader.makefile());
    expect([...file].every((read) => read === line)).toBe(true);
    expect(calls).toBeGreaterThan(100_000);
  });
});

describe('reading bytes', () => {
  test('lines and sizes', () => {
    const file = closing(openEnded('abc\ndef\r\nghi\njkl\n').makefile('rb'));
    expect([file.readline(2), file.readline(0), file.readline(5)].map(String)).toEqual([
      'ab',
      '',
      'c\n',
    ]);
    expect(file.readline()).toEqual(bytes('def\r\n'));
    expect(file.read(2)).toEqual(bytes('gh'));
    expect(file.readlines()).toEqual([bytes('i\n'), bytes('jkl\n')]);
    expect([file.read(), file.read(5), file.readline()]).toEqual([bytes(''), bytes(''), bytes('')]);
  });

  test('returned Buffers do not change later', () => {
    const file = closing(openEnded('one\ntwo\n').makefile('rb'));
    const one = file.readline();
    file.readline();
    expect(one).toEqual(bytes('one\n'));
    one.fill(0x21);
    expect(file.read()).toEqual(bytes(''));
  });

  test('read() and read(n) take as many packets as it needs, read1() one', () => {
    const text = 'x'.repeat(30_000);
    expect(closing(openSlow(text).makefile('rb')).read(20_000)).toHaveLength(20_000);
    expect(closing(openSlow(text).makefile('rb')).read()).toHaveLength(30_000);
    const file = closing(openSlow('abc').makefile('rb'));
    expect([file.read1(0), file.read1(), file.read1(5)].map(String)).toEqual(['', 'a', 'b']);
    const whole = closing(openEnded('abc').makefile('rb'));
    expect([whole.read1(2), whole.read1(), whole.read1()].map(String)).toEqual(['ab', 'c', '']);
  });

  test('peek() shows the lines that were read ahead, which select() cannot see', () => {
    const [ours, peer] = openPair();
    ours.setblocking(false);
    const file = closing(ours.makefile('rb'));
    expect(file.peek()).toEqual(bytes('')); // nothing has come, and it does not wait
    peer.sendall('one\ntwo\n');
    expect(String(file.readline())).toBe('one\n');
    expect(select([ours], [], [], 0)[0]).toEqual([]);
    file.peek().fill(0); // a copy
    expect([file.peek(), file.peek()].map(String)).toEqual(['two\n', 'two\n']);
    expect(String(file.readline())).toBe('two\n');
    peer.close();
    expect(file.peek()).toEqual(bytes('')); // the end
    const writer = closing(ours.makefile('wb'));
    expect(thrown(() => writer.peek())).toEqual(osError('EBADF', 'recv'));
    file.close();
    expect(thrown(() => file.peek())).toEqual(closedFile);
  });

  test.each([1, 2, 5, 100_000])(
    'a buffer of %d bytes reads the same and no more ahead',
    (buffering) => {
      const [reader, writer] = openPair();
      writer.sendall(bytes('abcd\nefghijklmnopqrstuvwxyz\n'));
      const file = closing(reader.makefile('rb', { buffering }));
      expect(file.readline()).toEqual(bytes('abcd\n'));
      const ahead = 28 - (received(reader)?.length ?? 0) - 5;
      expect(ahead).toBeLessThan(buffering);
      writer.close();
    },
  );

  test('values framed by their lengths, as with pickle', () => {
    const [a, b] = openPair();
    const out = closing(a.makefile('wb'));
    const values = [
      { name: 'Bob', ages: new Map([['a', 1n]]) },
      [1, 'zwei', null],
      'x'.repeat(9000),
    ];
    for (const value of values) {
      const data = serialize(value);
      const size = Buffer.alloc(4);
      size.writeUInt32BE(data.length);
      out.write(size);
      out.write(data);
    }
    out.close();
    const file = closing(b.makefile('rb'));
    const read = values.map(() => {
      const size = (file.read(4) as Buffer).readUInt32BE();
      return deserialize(file.read(size) as Buffer);
    });
    expect(read).toEqual(values);
  });
});

describe('writing', () => {
  test('nothing is sent before flush(), everything after it', () => {
    const [socket, peer] = openPair();
    const file = closing(socket.makefile('w'));
    expect([file.write('héllo\n'), file.write('😀')]).toEqual([6, 1]);
    expect(received(peer)).toBeNull();
    file.flush();
    expect(received(peer)).toBe('héllo\n😀');
    file.flush();
    expect(received(peer)).toBeNull();
    file.writelines(['a', 'b\n']);
    file.close();
    expect(received(peer)).toBe('ab\n');
  });

  test('data that does not fit into the buffer is sent, in order', () => {
    const [socket, peer] = openPair();
    const file = closing(socket.makefile('wb', { buffering: 4 }));
    expect(file.write(bytes('abcd'))).toBe(4);
    expect(received(peer)).toBeNull();
    file.write(bytes('e'));
    expect(received(peer)).toBe('abcd');
    file.write(bytes('fghijklmn'));
    file.write(Buffer.alloc(0));
    file.flush();
    expect(received(peer)).toBe('efghijklmn');
  });

  test('with buffering 1 every line is sent at once, the rest is not', () => {
    const [socket, peer] = openPair();
    const file = closing(socket.makefile('w', { buffering: 1 }));
    file.write('a');
    expect(received(peer)).toBeNull();
    file.write('b\nc');
    expect(received(peer)).toBe('ab\nc');
    file.write('d\r');
    expect(received(peer)).toBe('d\r');
  });

  test.each([
    [null, 'a\nb\r\n'],
    ['', 'a\nb\r\n'],
    ['\n', 'a\nb\r\n'],
    ['\r', 'a\rb\r\r'],
    ['\r\n', 'a\r\nb\r\r\n'],
  ] as const)('newline %j', (newline, sent) => {
    const [socket, peer] = openPair();
    const file = closing(socket.makefile('w', { newline }));
    expect(file.write('a\nb\r\n')).toBe(5);
    file.flush();
    expect(received(peer)).toBe(sent);
  });

  test('any bytes in binary modes, strings in text modes', () => {
    const [socket, peer] = openPair();
    const file = closing(socket.makefile('wb'));
    expect(file.write(Uint16Array.of(0x4241).buffer)).toBe(2);
    expect(file.write(new DataView(Uint8Array.of(0x43).buffer))).toBe(1);
    file.flush();
    expect(received(peer)).toBe('ABC');
    expect(thrown(() => file.write('x' as unknown as Buffer))).toEqual(typeError);
    const text = closing(socket.makefile('w'));
    expect(thrown(() => text.write(bytes('x') as unknown as string))).toEqual(typeError);
    expect(thrown(() => text.write(5 as unknown as string))).toEqual(typeError);
  });

  test('a character that the encoding does not have', () => {
    const [socket, peer] = openPair();
    const file = closing(socket.makefile('w', { encoding: 'latin1' }));
    expect(thrown(() => file.write('1 €'))).toEqual(rangeError);
    const ascii = closing(socket.makefile('w', { encoding: 'ascii' }));
    expect(thrown(() => ascii.write('é'))).toEqual(rangeError);
    file.flush();
    expect(received(peer)).toBeNull();
  });

  test('partial sends: all data arrives', () => {
    const [socket, peer] = openPair();
    const send = socket.send.bind(socket);
    socket.send = (data) => send((data as Uint8Array).subarray(0, 3));
    const file = closing(socket.makefile('wb', { buffering: 10 }));
    file.write(bytes('0123456789'));
    file.write(bytes('abcdefghijklmnopqrstuvwxyz'));
    file.flush();
    expect(received(peer)).toBe('0123456789abcdefghijklmnopqrstuvwxyz');
  });

  test('a megabyte to a peer that reads in another thread', async () => {
    const [socket, peer] = openTcp();
    const fd = peer.detach();
    const file = socket.makefile('w');
    await using worker = await InWorker.start((fd: number, { socket }) => {
      const reader = socket(undefined, undefined, undefined, fd);
      const lines = reader.makefile('r');
      let size = 0;
      for (const line of lines) size += line.length;
      reader.close();
      lines.close();
      return size;
    }, fd);
    for (let i = 0; i < 10_000; i++) file.write(`${'x'.repeat(99)}\n`);
    file.close();
    socket.shutdown(SHUT_WR);
    expect(await worker.result).toBe(1_000_000);
  });
});

describe('both directions', () => {
  test('an echo; writing loses no data that was read ahead', () => {
    const [socket, peer] = openPair();
    const file = closing(socket.makefile('rw'));
    peer.sendall(bytes('1\n2\n3\n'));
    expect(file.readline()).toBe('1\n');
    file.write('one\n');
    file.flush();
    expect(received(peer)).toBe('one\n');
    expect([file.readline(), file.readline()]).toEqual(['2\n', '3\n']);
  });

  test('the wrong direction: EBADF', () => {
    const [socket] = openPair();
    for (const mode of ['w', 'wb'] as const) {
      const file = closing(socket.makefile(mode));
      expect(thrown(() => file.read())).toEqual(osError('EBADF', 'recv'));
      expect(thrown(() => file.readline())).toEqual(osError('EBADF', 'recv'));
      expect(thrown(() => [...file])).toEqual(osError('EBADF', 'recv'));
    }
    const raw = closing(socket.makefile('wb', { buffering: 0 }));
    expect(thrown(() => raw.readInto(Buffer.alloc(1)))).toEqual(osError('EBADF', 'recv'));
    const text = closing(socket.makefile('r'));
    expect(thrown(() => text.write('x'))).toEqual(osError('EBADF', 'send'));
    expect(thrown(() => text.writelines(['x']))).toEqual(osError('EBADF', 'send'));
    text.flush();
  });
});

describe('closing', () => {
  test('the fd closes with the last of the socket and its files', () => {
    const [socket, peer] = openPair();
    const one = socket.makefile('r');
    const two = socket.makefile('wb');
    const fd = socket.fileno();
    socket.close();
    socket.close();
    peer.sendall(bytes('x\n'));
    expect([socket.fileno(), one.readline()]).toEqual([fd, 'x\n']);
    one.close();
    one.close();
    expect(socket.fileno()).toBe(fd);
    two.write(bytes('bye'));
    two.close();
    expect(socket.fileno()).toBe(-1);
    expect(peer.recv(9)).toEqual(bytes('bye'));
    expect(peer.recv(9)).toEqual(bytes(''));
  });

  test('files first, then the socket', () => {
    const [socket] = openPair();
    socket.makefile('rw').close();
    expect(socket.fileno()).toBeGreaterThan(-1);
    socket.close();
    expect(socket.fileno()).toBe(-1);
  });

  test('`using` closes both', () => {
    const [socket, peer] = socketpair();
    closing(peer);
    {
      using owned = socket;
      using file = owned.makefile('w');
      file.write('x');
    }
    expect(socket.fileno()).toBe(-1);
    expect(received(peer)).toBe('x');
  });

  test('detach() with an open file: the fd belongs to the caller', () => {
    const [socket, peer] = openPair();
    const file = socket.makefile('r');
    const fd = socket.detach();
    expect(thrown(() => file.readline())).toEqual(osError('EBADF', 'recv'));
    file.close();
    socket.close();
    const again = closing(openSocket(undefined, undefined, undefined, fd));
    peer.sendall(bytes('x'));
    expect(again.recv(1)).toEqual(bytes('x'));
  });

  test.each(['r', 'w', 'rb', 'wb', 'raw'])('a closed file is ERR_CLOSED: %s', (mode) => {
    const [socket] = openPair();
    const file = mode === 'raw' ? socket.makefile('rwb', { buffering: 0 }) : socket.makefile(mode);
    file.close();
    expect(file.closed).toBe(true);
    const calls = [
      () => file.read(),
      () => file.readline(),
      () => file.readlines(),
      () => [...file],
      () => file.write('x' as never),
      () => file.flush(),
      () => file.fileno(),
    ];
    for (const call of calls) expect(thrown(call)).toEqual(closedFile);
  });

  test('data that cannot be sent is an error; the file is closed even then', () => {
    const [socket, peer] = openPair();
    const file = socket.makefile('w');
    file.write('lost');
    peer.close();
    expect(thrown(() => file.close())).toEqual(osError('EPIPE', 'send'));
    expect(file.closed).toBe(true);
    file.close();
    socket.close();
    expect(socket.fileno()).toBe(-1);
  });
});

describe('a peer that has closed', () => {
  test('every flush says so, also after a write that did not fit', () => {
    const [socket, peer] = openPair();
    const file = socket.makefile('wb', { buffering: 4 });
    peer.close();
    file.write(bytes('ab'));
    expect(thrown(() => file.flush())).toEqual(osError('EPIPE', 'send'));
    expect(thrown(() => file.flush())).toEqual(osError('EPIPE', 'send'));
    expect(thrown(() => file.write(bytes('cdefgh')))).toHaveProperty('charactersWritten', 2);
    expect(thrown(() => file.close())).toEqual(osError('EPIPE', 'send'));
    const direct = socket.makefile('wb', { buffering: 4 });
    expect(thrown(() => direct.write(bytes('0123456789')))).toHaveProperty('charactersWritten', 4);
    expect(thrown(() => direct.close())).toEqual(osError('EPIPE', 'send'));
  });

  test('a reset is an error, and data from before it is not lost', () => {
    const [client, server] = openTcp();
    const file = closing(client.makefile('r'));
    server.sendall(bytes('whole\nhalf'));
    expect(file.readline()).toBe('whole\n');
    reset(server);
    expect(thrown(() => file.readline())).toEqual(osError('ECONNRESET', 'recv'));
    expect(file.read()).toBe('half'); // as in Python the error comes once, then the end
  });
});

describe('a non-blocking socket', () => {
  test('raw: null instead of waiting', () => {
    const [socket, peer] = openPair();
    socket.setblocking(false);
    const raw = closing(socket.makefile('rwb', { buffering: 0 }));
    expect([raw.read(5), raw.read(), raw.readinto(Buffer.alloc(5))]).toEqual([null, null, null]);
    expect(thrown(() => raw.readline())).toEqual(osError('EAGAIN', 'recv'));
    peer.sendall(bytes('ab'));
    expect(raw.readline()).toEqual(bytes('ab'));
    peer.sendall(bytes('abc'));
    expect(raw.read()).toEqual(bytes('abc'));
    peer.sendall(bytes('abc'));
    const buffer = Buffer.alloc(5);
    expect([raw.readinto(buffer), buffer.toString('utf8', 0, 3)]).toEqual([3, 'abc']);
    peer.close();
    expect([raw.read(5), raw.read(), raw.readinto(buffer)]).toEqual([bytes(''), bytes(''), 0]);
    const full = closing(openFull()[0].makefile('wb', { buffering: 0 }));
    expect(full.write(bytes('x'))).toBeNull();
  });

  test('the same if only the fd is non-blocking', () => {
    const [socket] = openPair();
    setBlocking(socket, false);
    expect(closing(socket.makefile('rb', { buffering: 0 })).read(1)).toBeNull();
  });

  test('bytes: the existing ones, or null, or EAGAIN for a line', () => {
    const [socket, peer] = openPair();
    socket.setblocking(false);
    const file = closing(socket.makefile('rb'));
    expect([file.read(5), file.read(), file.read1(5)]).toEqual([null, null, null]);
    expect(thrown(() => file.readline())).toEqual(osError('EAGAIN', 'recv'));
    expect(thrown(() => file.readlines())).toEqual(osError('EAGAIN', 'recv'));
    peer.sendall(bytes('ab'));
    expect(file.readline()).toEqual(bytes('ab'));
    peer.sendall(bytes('ab'));
    expect(file.read(5)).toEqual(bytes('ab'));
    peer.sendall(bytes('a\nb'));
    expect(file.readline()).toEqual(bytes('a\n'));
    expect(file.read()).toEqual(bytes('b'));
  });

  test('text: the existing text, or EAGAIN; a cut character waits', () => {
    const [socket, peer] = openPair();
    socket.setblocking(false);
    const file = closing(socket.makefile());
    expect(thrown(() => file.readline())).toEqual(osError('EAGAIN', 'recv'));
    expect(thrown(() => file.read(3))).toEqual(osError('EAGAIN', 'recv'));
    peer.sendall(bytes('ab€').subarray(0, 3));
    expect(file.readline()).toBe('ab');
    expect(thrown(() => file.read())).toEqual(osError('EAGAIN', 'recv'));
    peer.sendall(bytes('ab€\r').subarray(3));
    expect(file.read(9)).toBe('€');
    peer.sendall(bytes('\nx'));
    expect([file.readline(), file.read()]).toEqual(['\n', 'x']);
    peer.close();
    expect(file.readline()).toBe('');
  });

  test('writing fills the buffer, then throws, and goes on in order', () => {
    const [socket, peer] = openFull();
    const file = socket.makefile('wb', { buffering: 10 });
    expect(file.write(bytes('0123456'))).toBe(7);
    expect(thrown(() => file.write(bytes('789abc')))).toEqual(
      expect.objectContaining({ code: 'EAGAIN', syscall: 'send', charactersWritten: 3 }),
    );
    expect(thrown(() => file.write(bytes('x')))).toHaveProperty('charactersWritten', 0);
    expect(thrown(() => file.flush())).toEqual(osError('EAGAIN', 'send'));
    while (received(peer) !== null);
    file.write(bytes('abc'));
    file.flush();
    expect(received(peer)).toBe('0123456789abc');
    const data = Buffer.alloc(65536);
    while (socket.trySend(data) !== null);
    expect(thrown(() => file.write(Buffer.alloc(100)))).toHaveProperty('charactersWritten', 10);
    expect(thrown(() => file.close())).toEqual(osError('EAGAIN', 'send'));
    expect(file.closed).toBe(true);
  });
});

describe('a timeout', () => {
  test.each(['r', 'rb'] as const)('%s: ETIMEDOUT, and every later read fails', (mode) => {
    const [socket, peer] = openPair();
    socket.settimeout(0.02);
    const file = closing(socket.makefile(mode));
    peer.sendall(bytes('ab'));
    expect(thrown(() => file.readline())).toEqual(osError('ETIMEDOUT', 'recv'));
    peer.sendall(bytes('c\n'));
    const error = thrown(() => file.readline());
    expect(error).toEqual(osError('ETIMEDOUT', 'recv'));
    expect(error).toHaveProperty(
      'message',
      expect.stringContaining('cannot read from timed out object'),
    );
    expect(String(file.read(2))).toBe('ab'); // earlier data is kept
    expect(thrown(() => file.read(1))).toEqual(osError('ETIMEDOUT', 'recv'));
    expect(String(closing(socket.makefile(mode)).readline())).toBe('c\n');
  });

  test('of a send: unsent data stays', () => {
    const [full, peer] = openFull();
    full.settimeout(0.02);
    const file = closing(full.makefile('w'));
    file.write('late');
    expect(thrown(() => file.flush())).toEqual(osError('ETIMEDOUT', 'send'));
    while (received(peer) !== null);
    file.flush();
    expect(received(peer)).toBe('late');
  });
});
