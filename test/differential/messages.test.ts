/**
 * The same random calls with messages, control messages and addresses through CPython's socket and
 * ours: the answers agree. FDSELECT_SCRIPTS sets how many scripts, FDSELECT_SEED which.
 */
import { randomBytes } from 'node:crypto';
import { fstatSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { select } from 'fdselect';
import { memfdCreate, close as osClose, pipe } from 'fdselect/os';
import * as sockets from 'fdselect/socket';
import { test } from 'vitest';
import { amount } from '../support/amount.ts';
import { SEED } from '../support/seed.ts';
import { agree, type Step, stepOf } from './agree.ts';

const { AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM } = sockets;
const { IP_RECVTOS, IPV6_RECVHOPLIMIT, IPV6_RECVPKTINFO } = sockets;
/** linux/in.h; CPython has it since 3.14. */
const IP_RECVTTL = 12;
const { SCM_CREDENTIALS, SCM_RIGHTS, SOL_SOCKET } = sockets;
type Address = sockets.Address;
type Control = ['rights', number[]] | ['credentials'] | ['other', [number, number, string]];

const COUNT = Number(process.env.FDSELECT_SCRIPTS ?? amount(150, 500));
const TAG = randomBytes(8).toString('hex');
const constant = (name: string) => (sockets as unknown as Record<string, number>)[name] as number;
const raw = (text: string) => Buffer.from(text, 'latin1');
const shown = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const inode = (fd: number) => fstatSync(fd).ino;

/** The sockets and files of a script, in the order of messages.py. */
class State {
  readonly #sockets: sockets.Socket[] = [];
  readonly #files = [...pipe(), memfdCreate('x')];
  readonly #inodes = this.#files.map(inode);
  readonly #names: Address[];

  constructor() {
    for (const type of [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET]) {
      this.#sockets.push(...sockets.socketpair(AF_UNIX, type));
    }
    for (const [family, host] of [
      [AF_INET, '127.0.0.1'],
      [AF_INET, '127.0.0.1'],
      [AF_INET6, '::1'],
      [AF_INET6, '::1'],
    ] as const) {
      this.#bound(family, [host, 0]);
    }
    for (const name of ['plain', 'z\0 \xff']) this.#bound(AF_UNIX, raw(`\0${TAG}${name}`));
    for (const one of this.#sockets) one.settimeout(0);
    this.#names = this.#sockets.map((one) => one.getsockname());
  }

  #bound(family: number, address: Address): void {
    const one = sockets.socket(family, SOCK_DGRAM);
    this.#sockets.push(one);
    one.bind(address);
  }

  #socket(i: number): sockets.Socket {
    return this.#sockets[i] as sockets.Socket;
  }

  #name(address: Address | null): unknown {
    const i = this.#names.findIndex((name) => name !== '' && isDeepStrictEqual(name, address));
    if (i >= 0) return `of ${i}`;
    if (typeof address === 'string' && /^\0[0-9a-f]{5}$/.test(address))
      return 'given by the kernel';
    return address instanceof Uint8Array ? shown(address) : address;
  }

  #settle(i: number): void {
    const one = this.#socket(i);
    // A closed one is an error of the call that follows.
    if (i >= 6 && i < 10 && one.fileno() >= 0) select([one], [], [], 0.002);
  }

  /** Which of the files they are; closes them. */
  #kinds(fds: number[]): number[] {
    const kinds = fds.map((fd) => this.#inodes.indexOf(inode(fd)));
    for (const fd of fds) osClose(fd);
    return kinds;
  }

  #ancillary(ancdata: [number, number, Buffer][]): unknown[] {
    return ancdata.map(([level, type, data]) => {
      const isSocket = level === SOL_SOCKET;
      const ints = Array.from({ length: data.length >> 2 }, (_, i) => data.readInt32LE(4 * i));
      if (isSocket && type === SCM_RIGHTS) return [level, type, this.#kinds(ints)];
      if (isSocket && type === SCM_CREDENTIALS) {
        return [level, type, [ints[0] === process.pid ? 'me' : 'other', data.length]];
      }
      return [level, type, shown(data)];
    });
  }

  #control(spec: Control[]): sockets.AncillaryData[] {
    return spec.map(([kind, argument]) => {
      if (kind === 'rights') {
        const fds = argument.map((i) => (i >= 0 ? (this.#files[i] as number) : i));
        return [SOL_SOCKET, SCM_RIGHTS, Int32Array.from(fds)];
      }
      if (kind === 'credentials') {
        const { pid, getuid, getgid } = process;
        const ids = [pid, getuid?.() ?? 0, getgid?.() ?? 0];
        return [SOL_SOCKET, SCM_CREDENTIALS, Int32Array.from(ids)];
      }
      const [level, type, data] = argument as [number, number, string];
      return [level, type, raw(data)];
    });
  }

  /** The functions behind the names of steps. */
  readonly steps: Record<string, (...args: never[]) => unknown> = {
    sendmsg: (i: number, parts: string[], spec: Control[], flags, target: number | null) => {
      const address = target === null ? [] : [this.#names[target] as Address];
      const control = this.#control(spec);
      return this.#socket(i).sendmsg(parts.map(raw), control, flags, ...address);
    },
    recvmsg: (i: number, size: number, room: number, flags: number) => {
      this.#settle(i);
      const [data, ancdata, found, address] = this.#socket(i).recvmsg(size, room, flags);
      return [shown(data), this.#ancillary(ancdata), found, this.#name(address)];
    },
    recvmsgInto: (i: number, sizes: number[], room: number, flags: number) => {
      this.#settle(i);
      const buffers = sizes.map((size) => Buffer.alloc(size));
      const [size, ancdata, found, address] = this.#socket(i).recvmsgInto(buffers, room, flags);
      const data = buffers.map(shown);
      return [size, data, this.#ancillary(ancdata), found, this.#name(address)];
    },
    recvfromInto: (i: number, size: number, count: number, flags: number) => {
      this.#settle(i);
      const buffer = Buffer.alloc(size);
      const [received, address] = this.#socket(i).recvfromInto(buffer, count, flags);
      return [received, shown(buffer), this.#name(address)];
    },
    sendto: (i: number, target: number, data: string) =>
      this.#socket(i).sendto(raw(data), this.#names[target] as Address),
    sendFds: (i: number, data: string, files: number[]) =>
      sockets.sendFds(
        this.#socket(i),
        [raw(data)],
        files.map((file) => this.#files[file] as number),
      ),
    recvFds: (i: number, size: number, most: number) => {
      this.#settle(i);
      const [data, fds, found, address] = sockets.recvFds(this.#socket(i), size, most);
      return [shown(data), this.#kinds(fds), found & ~sockets.MSG_CTRUNC, this.#name(address)];
    },
    option: (i: number, level: number, name: number, value: number) =>
      this.#socket(i).setsockopt(level, name, value),
    getsockname: (i: number) => this.#name(this.#socket(i).getsockname()),
    getpeername: (i: number) => this.#name(this.#socket(i).getpeername()),
    connect: (i: number, target: number) => this.#socket(i).connect(this.#names[target] as Address),
    shutdown: (i: number, how: number) => this.#socket(i).shutdown(how),
    close: (i: number) => this.#socket(i).close(),
    bound: (family: string, address: Address) => {
      const one = sockets.socket(constant(family), SOCK_DGRAM);
      try {
        one.bind(address);
        const name = [...(one.getsockname() as sockets.InternetAddress)];
        name[1] = 0;
        return name;
      } finally {
        one.close();
      }
    },
    lookUp: (host: string | null, port, family: string, type: number, flags: number) =>
      sockets.getaddrinfo(host, port, constant(family), type, 0, flags),
    nameInfo: (address: never, flags: number) => sockets.getnameinfo(address, flags),
    toBytes: (family: string, text: string) => shown(sockets.inetPton(constant(family), text)),
    toText: (family: string, data: string) => sockets.inetNtop(constant(family), raw(data)),
    aton: (text: string) => shown(sockets.inetAton(text)),
    ntoa: (data: string) => sockets.inetNtoa(raw(data)),
    space: (length: number) => [sockets.CMSG_LEN(length), sockets.CMSG_SPACE(length)],
  };

  finish(): void {
    for (const one of this.#sockets) one.close();
    for (const fd of this.#files) osClose(fd);
  }
}

const index = fc.nat(11);
const unix = fc.nat(5);
/** Two sockets of one family: whether a closed socket or a wrong address is named first is not compared. */
const sameFamily = fc.oneof(
  fc.tuple(fc.constantFrom(0, 2, 3, 4, 10, 11), fc.constantFrom(3, 10, 11)),
  fc.tuple(fc.constantFrom(6, 7), fc.constantFrom(6, 7)),
  fc.tuple(fc.constantFrom(8, 9), fc.constantFrom(8, 9)),
);
const data = fc.constantFrom('', 'a', 'hello', '\xff\0x', 'y'.repeat(300));
const size = fc.constantFrom(0, 1, 3, 100, 1000, -1);
const room = fc.oneof(fc.nat(70), fc.constantFrom(0, 20, 24, 40, 100, -1));
const flags = fc.constantFrom(0, 0, 0, sockets.MSG_PEEK, sockets.MSG_TRUNC, sockets.MSG_DONTWAIT);
const control = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(fc.constant('rights'), fc.array(fc.nat(2), { maxLength: 4 })),
    },
    { weight: 1, arbitrary: fc.constant(['rights', [0, -1]]) },
    { weight: 1, arbitrary: fc.constant(['credentials', null]) },
    { weight: 1, arbitrary: fc.constant(['other', [1, 99, 'x']]) },
    { weight: 1, arbitrary: fc.constant(['other', [0, 2, '\x40\0\0\0']]) }, // IP_TTL
  ),
  { maxLength: 2 },
);
const ipv4 = fc.constantFrom('127.0.0.1', '127.1', '', '0', '<broadcast>', '10.255.255.1');
const ipv6 = fc.constantFrom('::1', '::', '', '::ffff:127.0.0.1');
const host = fc.oneof(ipv4, ipv6);
const port = fc.constantFrom(0, -1, 65_536, 2 ** 40);
const family = fc.constantFrom('AF_INET', 'AF_INET6');
const ipText = fc.constantFrom(
  ...['1.2.3.4', '1.2.3', '::', '::1', 'fe80::1%lo', '1::2::3', '::ffff:1.2.3.4', '', '256.1.1.1'],
  ...['0x7f.1', '017.1', '1.2.3.4 ', 'ABCD:EF01:2345:6789:abcd:ef01:2345:6789'],
);
const ipBytes = fc.constantFrom(
  '\x01\x02\x03\x04',
  '',
  'abc',
  `${'\0'.repeat(15)}\x01`,
  '\xff'.repeat(16),
);

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(sameFamily, fc.array(data, { maxLength: 3 }), control, fc.boolean())
      .map(([[i, target], parts, ancdata, isSent]): Step => {
        return ['sendmsg', i, parts, ancdata, 0, isSent ? target : null];
      }),
  },
  { weight: 4, arbitrary: stepOf('recvmsg', index, size, room, flags) },
  {
    weight: 2,
    arbitrary: stepOf('recvmsgInto', index, fc.array(fc.nat(9), { maxLength: 4 }), room, flags),
  },
  {
    weight: 2,
    arbitrary: stepOf('recvfromInto', index, fc.nat(20), fc.integer({ min: -1, max: 25 }), flags),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(sameFamily, data)
      .map(([[i, target], bytes]): Step => ['sendto', i, target, bytes]),
  },
  { weight: 2, arbitrary: stepOf('sendFds', unix, data, fc.array(fc.nat(2), { maxLength: 3 })) },
  { weight: 2, arbitrary: stepOf('recvFds', unix, size, fc.integer({ min: 0, max: 4 })) },
  stepOf(
    'option',
    fc.constantFrom(0, 2, 4, 10),
    ...[fc.constant(SOL_SOCKET), fc.constant(sockets.SO_PASSCRED), fc.nat(1)],
  ),
  stepOf(
    'option',
    fc.constantFrom(6, 7),
    ...[fc.constant(sockets.IPPROTO_IP), fc.constantFrom(IP_RECVTTL, IP_RECVTOS), fc.nat(1)],
  ),
  stepOf(
    'option',
    fc.constantFrom(8, 9),
    fc.constant(sockets.IPPROTO_IPV6),
    fc.constantFrom(IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT),
    fc.nat(1),
  ),
  stepOf('getsockname', index),
  stepOf('getpeername', index),
  sameFamily.map(([i, target]): Step => ['connect', i, target]),
  stepOf('shutdown', index, fc.constantFrom(0, 1, 2, 3)),
  stepOf('close', index),
  stepOf('bound', family, fc.tuple(host, fc.constant(0))),
  stepOf('bound', fc.constant('AF_INET'), fc.tuple(ipv4, port)),
  // With one mistake at the most: which of two is named first is not compared.
  stepOf(
    'bound',
    fc.constant('AF_INET6'),
    fc.oneof(
      fc.tuple(ipv6, port),
      fc.tuple(ipv6),
      fc.tuple(ipv6, fc.constant(0), fc.constantFrom(0, 1, 0xfffff, 0x100000, -1)),
      fc.tuple(ipv6, fc.constant(0), fc.constant(0), fc.constantFrom(0, 1)),
      fc.tuple(ipv6, fc.constant(0), fc.constant(0), fc.constant(0), fc.constant(0)),
    ),
  ),
  stepOf(
    'lookUp',
    fc.option(fc.constantFrom('127.0.0.1', '::1', '0', 'x', '1.2.3.4.5')),
    fc.constantFrom(null, 0, 80, '80', 'http', 'no-such-service'),
    fc.constantFrom('AF_UNSPEC', 'AF_INET', 'AF_INET6'),
    fc.constantFrom(0, SOCK_STREAM, SOCK_DGRAM, 99),
    fc.constantFrom(sockets.AI_NUMERICHOST, sockets.AI_NUMERICHOST | sockets.AI_PASSIVE),
  ),
  stepOf(
    'nameInfo',
    fc.tuple(fc.constantFrom('127.0.0.1', '::1'), fc.constantFrom(0, 80, 65_535)),
    fc.constantFrom(sockets.NI_NUMERICHOST, sockets.NI_NUMERICHOST | sockets.NI_NUMERICSERV),
  ),
  stepOf('toBytes', family, ipText),
  stepOf('toText', family, ipBytes),
  stepOf('aton', ipText),
  stepOf('ntoa', ipBytes),
  stepOf('space', fc.constantFrom(0, 1, 4, 12, 1000, -1)),
);

/** What every run meets, or it would not test much. */
const OUTCOMES =
  'sendmsg recvmsg recvmsgInto recvfromInto sendFds recvFds bound lookUp ' +
  `cmsg.${SCM_RIGHTS} cmsg.${SCM_CREDENTIALS} ` +
  'EAGAIN EBADF EINVAL ENOTCONN EPIPE EISCONN EAI_NONAME RangeError TypeError';

function outcomes([name]: Step, answer: unknown): string[] {
  if (typeof answer === 'string') return [answer];
  if (name !== 'recvmsg' || !Array.isArray(answer)) return [name];
  return [name, ...answer[1].map(([, type]: number[]) => `cmsg.${type}`)];
}

test(
  `CPython and ours agree on ${COUNT} scripts of messages, seed ${SEED}`,
  {
    timeout: 60_000 + 60 * COUNT,
  },
  () => agree('messages.py', COUNT, step, () => new State(), outcomes, OUTCOMES.split(' ')),
);
