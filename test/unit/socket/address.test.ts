/** Addresses of every family: an address that one call returns is accepted by the others. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as s from 'fdselect/socket';
import { expect, onTestFinished, test } from 'vitest';
import { closing, openServer } from '../../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../../support/thrown.ts';

const { AF_INET6, AF_NETLINK, AF_PACKET, AF_UNIX, AF_VSOCK, SOCK_DGRAM, SOCK_RAW } = s;

/** A Unix datagram socket with a name, which gives up after 5 s. */
function openUnix(name: s.Address): s.Socket {
  const one = closing(s.socket(AF_UNIX, SOCK_DGRAM));
  one.settimeout(5);
  one.bind(name);
  return one;
}

const unique = `fdselect-${process.pid}`;

test.each([
  ['has NUL in the middle', `\0${unique}\0b`],
  ['ends with NUL', `\0${unique}-end\0`],
  ['has as many bytes as fit', `\0${unique}`.padEnd(108, '\0')],
  ['is no UTF-8', Buffer.from(`\0${unique}\xff`, 'latin1')],
])('an abstract name that %s comes back as it was given', (_, name) => {
  const receiver = openUnix(name);
  expect(receiver.getsockname()).toEqual(name);
  const client = openUnix(`\0${unique}-client`);
  client.connect(name);
  expect(client.getpeername()).toEqual(name);
});

test('recvfrom returns an address that is not UTF-8 as a Buffer, and sendto takes it', () => {
  const name = Buffer.from([0, 0xff, 0xfe, 0]);
  const sender = openUnix(name);
  const receiver = openUnix(`\0${unique}-receiver`);
  sender.sendto('question', receiver.getsockname());
  const [data, from] = receiver.recvfrom(100);
  expect([data.toString(), from]).toEqual(['question', name]);
  receiver.sendto('answer', from as s.Address);
  expect(sender.recv(100).toString()).toBe('answer');
});

test('a path that is not UTF-8: bind, listen and connect', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = Buffer.concat([Buffer.from(join(folder, 's')), Buffer.from([0xe9])]);
  const listener = openServer(path);
  expect([listener.family, listener.getsockname()]).toEqual([AF_UNIX, path]);
  expect(closing(s.createConnection(path)).getpeername()).toEqual(path);
  expect(s.formatAddress(path)).toBe(`b'${folder}/s\\xe9'`);
});

test('invalid names of a Unix socket', () => {
  const one = closing(s.socket(AF_UNIX));
  for (const name of ['a\0b', Buffer.from('a\0'), '\ud800']) {
    expect(thrown(() => one.bind(name))).toEqual(rangeError);
  }
  for (const name of [1, null, ['x', 1], new Uint16Array(2)]) {
    expect(thrown(() => one.bind(name as never))).toEqual(typeError);
  }
  expect(thrown(() => one.bind('\0'.padEnd(109, 'x')))).toEqual(osError('ENAMETOOLONG'));
});

const [zone, linkLocal] =
  Object.entries(networkInterfaces())
    .flatMap(([name, list = []]) => list.map((entry) => [name, entry] as const))
    .find(([, entry]) => entry.family === 'IPv6' && entry.address.startsWith('fe80')) ?? [];

test.skipIf(linkLocal === undefined)(
  `link-local IPv6: the host has no zone, the scope is the fourth number${
    linkLocal === undefined ? ' [no interface here has a link-local address]' : ''
  }`,
  () => {
    const { address, scopeid } = linkLocal as { address: string; scopeid: number };
    const port = expect.any(Number) as number;
    const receiver = closing(s.socket(AF_INET6, SOCK_DGRAM));
    receiver.bind([`${address}%${zone}`, 0]);
    expect(receiver.getsockname()).toEqual([address, port, 0, scopeid]);
    const sender = closing(s.socket(AF_INET6, SOCK_DGRAM));
    sender.sendto('x', receiver.getsockname());
    expect(receiver.recvfrom(1)[1]).toEqual([address, port, 0, scopeid]);
    const listener = closing(s.createServer([address, 0, 0, scopeid], { family: AF_INET6 }));
    const client = closing(s.createConnection(listener.getsockname()));
    const [accepted, peer] = listener.accept();
    closing(accepted);
    expect(peer).toEqual(client.getsockname());
    expect(client.getpeername()).toEqual([address, port, 0, scopeid]);
  },
);

test('a scope that belongs to no interface stays a number', () => {
  const one = closing(s.socket(AF_INET6, SOCK_DGRAM));
  one.bind(['::1', 0, 0, 0]);
  expect(one.getsockname()).toEqual(['::1', expect.any(Number), 0, 0]);
});

/** What CPython says of a socket, as JSON. */
function python(script: string): unknown {
  const source = `import json, socket\n${script}`;
  return JSON.parse(execFileSync('python3', ['-c', source], { encoding: 'utf8' }));
}

test('AF_NETLINK: port id and groups', () => {
  const one = closing(s.socket(AF_NETLINK, SOCK_RAW, 0));
  one.bind([0, 0]);
  expect(one.getsockname()).toEqual([process.pid, 0]);
  const other = closing(s.socket(AF_NETLINK, SOCK_RAW, 0));
  other.bind([0, 1]);
  expect((other.getsockname() as [number, number])[1]).toBe(1);
  for (const address of [[1], [0, 0, 0], 'x', [-1, 0], [0, 2 ** 32], ['0', 0]]) {
    expect(thrown(() => other.bind(address as never))).toSatisfy(
      (error: unknown) => error instanceof TypeError || error instanceof RangeError,
    );
  }
});

const hasVsock = (() => {
  try {
    s.socket(AF_VSOCK).close();
    return true;
  } catch {
    return false;
  }
})();

test.skipIf(!hasVsock)(`AF_VSOCK: context id and port${hasVsock ? '' : ' [no vsock]'}`, () => {
  const one = closing(s.socket(AF_VSOCK));
  one.bind([0xffffffff, 54321]);
  expect(one.getsockname()).toEqual([0xffffffff, 54321]);
  expect(
    python(
      `s = socket.socket(socket.AF_VSOCK); s.bind((0xffffffff, 54322)); print(json.dumps(s.getsockname()))`,
    ),
  ).toEqual([0xffffffff, 54322]);
});

const hasPacket = (() => {
  try {
    s.socket(AF_PACKET, SOCK_RAW, 0).close();
    return true;
  } catch {
    return false;
  }
})();

test.skipIf(!hasPacket)(
  `AF_PACKET: as CPython has it${hasPacket ? '' : ' [no CAP_NET_RAW]'}`,
  () => {
    const one = closing(s.socket(AF_PACKET, SOCK_RAW, 0));
    one.bind(['lo', 3]);
    const [ifname, proto, pkttype, hatype, addr] = one.getsockname() as s.PacketAddress;
    expect([ifname, proto, pkttype, hatype, [...addr]]).toEqual(
      python(`
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0); s.bind(('lo', 3))
n = s.getsockname(); print(json.dumps([*n[:4], list(n[4])]))`),
    );
    one.bind(['lo', 3, 0, 1, Buffer.alloc(6)]);
    expect(thrown(() => one.bind(['none-such', 3] as never))).toEqual(osError('ENODEV', 'bind'));
    expect(thrown(() => one.bind(['lo', 3, 0, 1, Buffer.alloc(9)]))).toEqual(rangeError);
  },
);

/** An EtherType for experiments, which nothing else sends; IEEE 802. */
const ETHERTYPE_LOCAL = 0x88b5;

test.skipIf(!hasPacket)(
  `AF_PACKET: a frame is sent to an address, and comes with one${hasPacket ? '' : ' [no CAP_NET_RAW]'}`,
  () => {
    const [receiver, sender] = [1, 2].map(() => closing(s.socket(AF_PACKET, SOCK_DGRAM, 0))) as [
      s.Socket,
      s.Socket,
    ];
    receiver.bind(['lo', ETHERTYPE_LOCAL]);
    receiver.settimeout(15);
    const from = ['lo', ETHERTYPE_LOCAL, s.PACKET_HOST, 772, Buffer.alloc(6)];
    expect(sender.sendto('one', ['lo', ETHERTYPE_LOCAL, 0, 0, Buffer.alloc(6)])).toBe(3);
    const [data, address] = receiver.recvfrom(100);
    expect([data, address]).toEqual([Buffer.from('one'), from]);
    // What was received can be answered.
    expect(sender.sendto('two', address as s.Address)).toBe(3);
    expect(receiver.recvmsg(100, 100)).toEqual([Buffer.from('two'), [], 0, from]);
    sender.sendto('three', address as s.Address);
    expect(receiver.recvfromInto(Buffer.alloc(10))).toEqual([5, from]);
    expect(thrown(() => sender.sendto('x', ['none-such', ETHERTYPE_LOCAL] as never))).toEqual(
      osError('ENODEV', 'sendto'),
    );
    receiver.settimeout(0);
    expect(thrown(() => receiver.recvmsg(1, 100, s.MSG_CMSG_CLOEXEC))).toEqual(osError('EINVAL'));
  },
);

const noCan = (() => {
  try {
    s.socket(s.AF_CAN, SOCK_RAW, s.CAN_RAW).close();
    return '';
  } catch (error) {
    return ` [${(error as Error).message}]`;
  }
})();

test.skipIf(noCan !== '')(`AF_CAN: all interfaces${noCan}`, () => {
  const one = closing(s.socket(s.AF_CAN, SOCK_RAW, s.CAN_RAW));
  one.bind(['']);
  expect(one.getsockname()).toEqual(['']);
  expect(String(one)).toContain("family: 'AF_CAN'");
});

test('AF_CAN: the address is a list with the name of an interface', () => {
  // The family is the caller's word: so the address is checked also where the kernel has no CAN.
  const fd = s.socket(AF_INET6, SOCK_DGRAM).detach();
  const one = closing(s.socket(s.AF_CAN, SOCK_RAW, s.CAN_RAW, fd));
  expect(thrown(() => one.bind(['none-such']))).toEqual(osError('ENODEV', 'bind'));
  for (const address of [[], ['lo', 0], 'lo', [1]]) {
    expect(thrown(() => one.bind(address as never))).toEqual(typeError);
  }
  expect(thrown(() => one.bind(['a\0']))).toEqual(rangeError);
});
