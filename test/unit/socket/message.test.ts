/** Messages with ancillary data, and file descriptors in them. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { getInheritable, read, write } from 'fdselect/os';
import * as s from 'fdselect/socket';
import { expect, test } from 'vitest';
import { isMusl, testUnless } from '../../support/runtime.ts';
import { close, closing, openPair, openPipe } from '../../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../../support/thrown.ts';
import { inWorker } from '../../support/worker.ts';

const { SCM_CREDENTIALS, SCM_RIGHTS, SO_PASSCRED, SOL_SOCKET } = s;

function fdCount(): number {
  return readdirSync('/proc/self/fd').length;
}

test('sendmsg gathers buffers and strings, recvmsgInto scatters', () => {
  const [a, b] = openPair();
  expect(a.sendmsg(['é', Buffer.from('bc'), new Uint16Array([0x6464])])).toBe(6);
  const [one, two] = [Buffer.alloc(3), new ArrayBuffer(10)];
  expect(b.recvmsgInto([one, two])).toEqual([6, [], 0, null]);
  expect([String(one), Buffer.from(two).toString('latin1', 0, 3)]).toEqual(['éb', 'cdd']);
});

test('recvmsg: at most bufsize bytes; a datagram that is cut has MSG_TRUNC', () => {
  const [a, b] = s.socketpair(s.AF_UNIX, s.SOCK_DGRAM).map(closing) as [s.Socket, s.Socket];
  a.sendmsg([Buffer.from('hello')]);
  const [data, ancdata, flags, address] = b.recvmsg(3);
  expect([String(data), ancdata, flags, address]).toEqual(['hel', [], s.MSG_TRUNC, null]);
});

test('sendmsg to an address; recvmsg returns the address of the sender', () => {
  const [a, b] = [1, 2].map(() => closing(s.socket(s.AF_INET, s.SOCK_DGRAM))) as [
    s.Socket,
    s.Socket,
  ];
  for (const one of [a, b]) one.bind(['127.0.0.1', 0]);
  expect(a.sendmsg(['x'], [], 0, b.getsockname())).toBe(1);
  expect(b.recvmsg(10)).toEqual([Buffer.from('x'), [], 0, a.getsockname()]);
});

test('a file descriptor arrives as a duplicate that closes on exec', () => {
  const [a, b] = openPair();
  const [r, w] = openPipe();
  a.sendmsg(['x'], [[SOL_SOCKET, SCM_RIGHTS, Int32Array.of(w)]]);
  const [data, [[level, type, bytes] = [0, 0, Buffer.alloc(0)]], flags] = b.recvmsg(
    10,
    s.CMSG_SPACE(4),
  );
  expect([String(data), level, type, bytes.length, flags]).toEqual([
    'x',
    SOL_SOCKET,
    SCM_RIGHTS,
    4,
    0,
  ]);
  const fd = closing(bytes.readInt32LE());
  expect(getInheritable(fd)).toBe(false);
  write(fd, 'through');
  expect(String(read(r, 100))).toBe('through');
});

test('MSG_CMSG_CLOEXEC is shown only where it was asked for', () => {
  const [a, b] = openPair();
  a.sendmsg(['xy']);
  expect(b.recvmsg(1)[2]).toBe(0);
  expect(b.recvmsg(1, 0, s.MSG_CMSG_CLOEXEC)[2]).toBe(s.MSG_CMSG_CLOEXEC);
});

const LOSES_FDS = 'qemu-user installs fds that do not fit, and does not report them';

for (const most of [0, 1, 2, 3, 5]) {
  testUnless(most < 3 ? { qemu: LOSES_FDS } : {})(
    `sendFds and recvFds: of 3 fds, ${most} are wanted, and none leaks`,
    () => {
      const [a, b] = openPair();
      const [r, w] = openPipe();
      const before = fdCount();
      s.sendFds(a, ['data'], [r, w, a]);
      const [data, fds, flags, address] = s.recvFds(b, 100, most);
      expect([String(data), fds.length, address]).toEqual(['data', Math.min(most, 3), null]);
      expect(flags).toBe(most < 3 ? s.MSG_CTRUNC : 0);
      expect(fdCount()).toBe(before + fds.length);
      for (const fd of fds) close(fd);
    },
  );
}

testUnless({ qemu: LOSES_FDS })(
  'every fd that the kernel installs is returned, whatever the size of the ancillary buffer',
  () => {
    const [a, b] = openPair();
    const [r, w] = openPipe();
    for (let room = 0; room < s.CMSG_SPACE(16); room++) {
      const before = fdCount();
      s.sendFds(a, ['x'], [r, w, r, w]);
      const [, ancdata] = b.recvmsg(1, room);
      const fds = ancdata.flatMap(([, , bytes]) =>
        Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => bytes.readInt32LE(4 * i)),
      );
      expect([room, fdCount()]).toEqual([room, before + fds.length]);
      for (const fd of fds) close(fd);
    }
  },
);

test('sendFds asks each object for its fd once', () => {
  const [a, b] = openPair();
  let asked = 0;
  const [r] = openPipe();
  const file = {
    fileno() {
      asked++;
      return r;
    },
  };
  s.sendFds(a, ['x'], [file]);
  expect(asked).toBe(1);
  closing(s.recvFds(b, 1, 1)[1][0] as number);
});

test('credentials, and several messages at once', () => {
  const [a, b] = openPair();
  b.setsockopt(SOL_SOCKET, SO_PASSCRED, true);
  const [r] = openPipe();
  s.sendFds(a, ['x'], [r]);
  const [, ancdata] = b.recvmsg(1, 1000);
  const found = new Map(ancdata.map(([, type, data]) => [type, data]));
  expect(found.get(SCM_CREDENTIALS)?.readInt32LE()).toBe(process.pid);
  closing((found.get(SCM_RIGHTS) as Buffer).readInt32LE());
});

test('CMSG_LEN and CMSG_SPACE are CPython’s', () => {
  const sizes = [0, 1, 4, 7, 8, 100];
  const script = `import json, socket as s; print(json.dumps([[s.CMSG_LEN(n), s.CMSG_SPACE(n)] for n in ${JSON.stringify(sizes)}]))`;
  const theirs = JSON.parse(execFileSync('python3', ['-c', script], { encoding: 'utf8' }));
  expect(sizes.map((n) => [s.CMSG_LEN(n), s.CMSG_SPACE(n)])).toEqual(theirs);
  for (const n of [-1, 2 ** 31, 0.5]) expect(thrown(() => s.CMSG_LEN(n))).toEqual(rangeError);
  expect(thrown(() => s.CMSG_SPACE('4' as never))).toEqual(typeError);
});

test('errors of the kernel, and values that are not a list', () => {
  const [a, b] = openPair();
  const [r] = openPipe();
  const many = Array.from({ length: 254 }, () => r);
  // More than the kernel takes; musl itself takes 252.
  const tooMany = isMusl ? 'ENOMEM' : 'EINVAL';
  expect(thrown(() => s.sendFds(a, ['x'], many))).toEqual(osError(tooMany, 'sendmsg'));
  const buffers = Array.from({ length: 1025 }, () => 'x');
  expect(thrown(() => a.sendmsg(buffers))).toEqual(osError('EMSGSIZE', 'sendmsg'));
  expect(thrown(() => s.sendFds(a, ['x'], [9999]))).toEqual(osError('EBADF', 'sendmsg'));
  b.setblocking(false);
  expect(thrown(() => b.recvmsg(1))).toEqual(osError('EAGAIN', 'recvmsg'));
  expect(thrown(() => b.recvmsg(1, -1))).toEqual(rangeError);
  expect(thrown(() => b.recvmsg(-1))).toEqual(rangeError);
  for (const list of ['x', null, 1, Buffer.from('x')]) {
    expect(thrown(() => a.sendmsg(list as never))).toEqual(typeError);
    expect(thrown(() => b.recvmsgInto(list as never))).toEqual(typeError);
  }
  for (const ancdata of [1, [1], [[1, 2]], [[1, 2, 'x']], [['1', 2, r]]]) {
    expect(thrown(() => a.sendmsg(['x'], ancdata as never))).toEqual(typeError);
  }
});

test('a timeout holds', () => {
  const [a] = openPair();
  a.settimeout(0.05);
  expect(thrown(() => a.recvmsg(1))).toEqual(osError('ETIMEDOUT', 'recvmsg'));
  expect(
    thrown(() => {
      for (;;) a.sendmsg([Buffer.alloc(100_000)]);
    }),
  ).toEqual(osError('ETIMEDOUT', 'sendmsg'));
});

test('memory that shrinks while the list is read never reaches the kernel', () => {
  const [a, b] = openPair();
  const memory = Reflect.construct(ArrayBuffer, [1000, { maxByteLength: 1000 }]) as ArrayBuffer & {
    resize(size: number): void;
  };
  const list = function* () {
    yield memory;
    memory.resize(3);
    yield 'end';
  };
  expect(a.sendmsg(list())).toBe(6);
  expect(b.recv(10)).toHaveLength(6);
});

const WORKER_END = 'the runtime does not tear down the environment of a worker at its end';

testUnless({ Bun: WORKER_END, Deno: WORKER_END })(
  'a worker sends and receives file descriptors; those it got go with it',
  async () => {
    const [a, b] = openPair();
    const [r] = openPipe();
    s.sendFds(a, ['x'], [r]);
    const before = fdCount();
    const count = await inWorker((fd, { recvFds, Socket }) => {
      const socket = Socket.fromfd(fd);
      return recvFds(socket, 10, 4)[1].length;
    }, b.fileno());
    expect(count).toBe(1);
    await expect.poll(fdCount, { timeout: 30_000, interval: 10 }).toBe(before);
  },
);

test('sendfile: from an offset, a part, to the end; the position is where it ended', async () => {
  const { memfdCreate, lseek } = await import('fdselect/os');
  const [a, b] = openPair();
  const file = closing(memfdCreate('file'));
  write(file, '0123456789');
  expect(a.sendfile(file, 2, 3)).toBe(3);
  expect(lseek(file, 0, 1)).toBe(5);
  expect(a.sendfile(file, 8)).toBe(2);
  expect(a.sendfile(file)).toBe(10);
  expect(a.sendfile(file, 100)).toBe(0);
  expect(String(b.recv(100))).toBe('234890123456789');
  for (const count of [0, -1, 1.5]) {
    expect(thrown(() => a.sendfile(file, 0, count))).toEqual(rangeError);
  }
  a.settimeout(0.05);
  expect(thrown(() => a.sendfile(file, -1))).toEqual(rangeError);
  write(file, Buffer.alloc(10_000_000));
  expect(thrown(() => a.sendfile(file))).toEqual(osError('ETIMEDOUT', 'sendfile'));
  a.settimeout(0);
  expect(thrown(() => a.sendfile(file))).toEqual(rangeError);
  const udp = closing(s.socket(s.AF_INET, s.SOCK_DGRAM));
  expect(thrown(() => udp.sendfile(file))).toEqual(rangeError);
});

test('recvfromInto returns the number of bytes and the address of the sender', () => {
  const [a, b] = [1, 2].map(() => closing(s.socket(s.AF_INET, s.SOCK_DGRAM))) as [
    s.Socket,
    s.Socket,
  ];
  for (const one of [a, b]) one.bind(['127.0.0.1', 0]);
  a.sendto('hello', b.getsockname());
  const memory = Buffer.alloc(10);
  expect(b.recvfromInto(memory, 3)).toEqual([3, a.getsockname()]);
  expect(memory.toString('latin1', 0, 4)).toBe('hel\0');
  b.setblocking(false);
  expect(thrown(() => b.recvfromInto(memory))).toEqual(osError('EAGAIN', 'recvfrom'));
  expect(thrown(() => b.recvfromInto(memory, 11))).toEqual(rangeError);
  const [x, y] = openPair();
  x.send('z');
  expect(y.recvfromInto(memory)).toEqual([1, null]);
});
