/** Names of hosts, services and interfaces; what sockets and their errors show. */
import { execFileSync } from 'node:child_process';
import { hostname } from 'node:os';
import { inspect } from 'node:util';
import * as s from 'fdselect/socket';
import { expect, test } from 'vitest';
import { testUnless } from '../../support/runtime.ts';
import { closing, openPair, openServer, refusingAddress } from '../../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../../support/thrown.ts';
import '../../support/waiter.ts';

function python(expression: string): unknown {
  const script = `import json, socket as s; print(json.dumps(${expression}))`;
  return JSON.parse(execFileSync('python3', ['-c', script], { encoding: 'utf8' }));
}

const { AI_NUMERICHOST, AI_PASSIVE, NI_NUMERICHOST, NI_NUMERICSERV, SOCK_STREAM } = s;

const LOOKUPS: [text: string, ours: () => unknown][] = [
  ['"127.0.0.1", 80', () => s.getaddrinfo('127.0.0.1', 80)],
  ['"::1", 80', () => s.getaddrinfo('::1', 80)],
  ['"127.0.0.1", "http"', () => s.getaddrinfo('127.0.0.1', 'http')],
  ['"127.0.0.1", None', () => s.getaddrinfo('127.0.0.1', null)],
  ['None, 80', () => s.getaddrinfo(null, 80)],
  ['None, 80, 0, 0, 0, s.AI_PASSIVE', () => s.getaddrinfo(null, 80, 0, 0, 0, AI_PASSIVE)],
  ['"localhost", "80", 0, s.SOCK_STREAM', () => s.getaddrinfo('localhost', '80', 0, SOCK_STREAM)],
  ['"127.0.0.1", 1, s.AF_INET, 0, 17', () => s.getaddrinfo('127.0.0.1', 1, s.AF_INET, 0, 17)],
];

for (const [text, ours] of LOOKUPS) {
  testUnless({
    musl: 'CPython here uses glibc, which leaves the name empty and knows raw sockets',
  })(`getaddrinfo(${text}) is CPython’s`, () => {
    expect(ours()).toEqual(python(`s.getaddrinfo(${text})`));
  });
}

test('getaddrinfoAsync returns the same, and an AbortSignal ends it', async () => {
  expect(await s.getaddrinfoAsync('localhost', 80)).toEqual(s.getaddrinfo('localhost', 80));
  const abort = new AbortController();
  const { signal } = abort;
  const pending = s.getaddrinfoAsync('localhost', 80, 0, 0, 0, 0, { signal });
  abort.abort(new Error('mine'));
  await expect(pending).rejects.toThrow('mine');
  await expect(s.getaddrinfoAsync('x', 1, 0, 0, 0, AI_NUMERICHOST)).rejects.toMatchObject({
    code: 'EAI_NONAME',
  });
  await expect(s.getaddrinfoAsync(1 as never, 1)).rejects.toEqual(typeError);
});

test('getaddrinfo: failures have EAI names, bad arguments are errors', () => {
  const failed = (code: string) => osError(code, 'getaddrinfo');
  expect(thrown(() => s.getaddrinfo('x', 1, 0, 0, 0, AI_NUMERICHOST))).toEqual(
    failed('EAI_NONAME'),
  );
  expect(thrown(() => s.getaddrinfo(null, null))).toEqual(failed('EAI_NONAME'));
  expect(thrown(() => s.getaddrinfo('127.0.0.1', 'no-such-service'))).toEqual(
    failed('EAI_SERVICE'),
  );
  for (const port of [-1, 65536, '70000', 1.5]) {
    expect(thrown(() => s.getaddrinfo('127.0.0.1', port))).toEqual(rangeError);
  }
  expect(thrown(() => s.getaddrinfo('a\0b', 1))).toEqual(rangeError);
  expect(thrown(() => s.getaddrinfo('x', true as never))).toEqual(typeError);
});

test('getnameinfo returns what CPython returns', () => {
  const flags = NI_NUMERICHOST | NI_NUMERICSERV;
  expect(s.getnameinfo(['127.0.0.1', 80], flags)).toEqual(['127.0.0.1', '80']);
  expect(s.getnameinfo(['::1', 80, 0, 0], flags)).toEqual(['::1', '80']);
  expect(s.getnameinfo(['127.0.0.1', 80], 0)).toEqual(
    python("s.getnameinfo(('127.0.0.1', 80), 0)"),
  );
  expect(thrown(() => s.getnameinfo(['localhost', 80], flags))).toMatchObject({
    code: 'EAI_NONAME',
  });
  expect(thrown(() => s.getnameinfo('x' as never, 0))).toEqual(typeError);
  expect(thrown(() => s.getnameinfo(['127.0.0.1', 65536], 0))).toEqual(rangeError);
});

test('addresses as bytes', () => {
  expect(s.inetPton(s.AF_INET, '1.2.3.4')).toEqual(Buffer.from([1, 2, 3, 4]));
  expect(s.inetPton(s.AF_INET6, '::1').at(-1)).toBe(1);
  expect(s.inetNtop(s.AF_INET6, s.inetPton(s.AF_INET6, 'fe80::1'))).toBe('fe80::1');
  expect(s.inetNtoa(s.inetAton('127.1'))).toBe('127.0.0.1');
  for (const text of ['', '1.2.3', 'x', '1.2.3.4\0']) {
    expect(thrown(() => s.inetPton(s.AF_INET, text))).toEqual(osError('EINVAL', 'inet_pton'));
  }
  expect(thrown(() => s.inetPton(s.AF_UNIX, 'x'))).toEqual(osError('EAFNOSUPPORT', 'inet_pton'));
  expect(thrown(() => s.inetNtop(s.AF_INET, Buffer.alloc(5)))).toEqual(rangeError);
  expect(thrown(() => s.inetNtop(s.AF_UNIX, Buffer.alloc(4)))).toEqual(osError('EAFNOSUPPORT'));
  expect(thrown(() => s.inetAton('x'))).toEqual(osError('EINVAL'));
  expect(thrown(() => s.inetPton(s.AF_INET, 1 as never))).toEqual(typeError);
});

test('interfaces and this machine', () => {
  expect(s.ifNameindex()).toEqual(python('s.if_nameindex()'));
  expect(s.ifIndextoname(s.ifNametoindex('lo'))).toBe('lo');
  expect(thrown(() => s.ifNametoindex('none-such'))).toEqual(osError('ENODEV', 'if_nametoindex'));
  expect(thrown(() => s.ifIndextoname(99999))).toEqual(osError('ENXIO', 'if_indextoname'));
  expect(s.gethostname()).toBe(hostname());
  expect([s.hasIpv6, s.hasDualstackIpv6()]).toEqual(python('[s.has_ipv6, s.has_dualstack_ipv6()]'));
});

test('network byte order', () => {
  const numbers = [0, 1, 0x1234, 0xffff];
  expect(numbers.map(s.htons)).toEqual(python(`[s.htons(n) for n in ${JSON.stringify(numbers)}]`));
  const long = [0, 1, 0x12345678, 0xffffffff];
  expect(long.map(s.htonl)).toEqual(python(`[s.htonl(n) for n in ${JSON.stringify(long)}]`));
  expect([s.ntohs(s.htons(7)), s.ntohl(s.htonl(7))]).toEqual([7, 7]);
  expect(thrown(() => s.htons(65536))).toEqual(rangeError);
  expect(thrown(() => s.htonl(-1))).toEqual(rangeError);
});

test('errors of bind, connect, sendto and accept have the address', () => {
  const listener = openServer();
  const [address, port] = listener.getsockname() as [string, number];
  const one = closing(s.socket());
  expect(thrown(() => one.bind([address, port]))).toMatchObject({
    code: 'EADDRINUSE',
    address,
    port,
  });
  expect(thrown(() => s.createServer([address, port]))).toMatchObject({ address, port });
  listener.setblocking(false);
  expect(thrown(() => listener.accept())).toMatchObject({ code: 'EAGAIN', address, port });
  const udp = closing(s.socket(s.AF_INET, s.SOCK_DGRAM));
  expect(thrown(() => udp.sendto(Buffer.alloc(70_000), [address, 9]))).toMatchObject({
    code: 'EMSGSIZE',
    address,
    port: 9,
  });
  const refusing = refusingAddress();
  expect(thrown(() => one.connect(refusing))).toMatchObject({
    code: 'ECONNREFUSED',
    address: refusing[0],
    port: refusing[1],
  });
  const unix = thrown(() => closing(s.socket(s.AF_UNIX)).connect('/none/such')) as object;
  expect(unix).toMatchObject({ code: 'ENOENT', address: '/none/such' });
  expect('port' in unix).toBe(false);
  const other = thrown(() => one.recv(1)) as object;
  expect('address' in other).toBe(false);
});

test('console.log and String() describe a socket', () => {
  const listener = openServer();
  const [, port] = listener.getsockname() as [string, number];
  const fd = listener.fileno();
  expect(inspect(listener)).toBe(
    `Socket {\n  fd: ${fd},\n  family: 'AF_INET',\n  type: 'SOCK_STREAM',\n  local: [ '127.0.0.1', ${port} ]\n}`.replace(
      /\n\s*/g,
      (gap) => (inspect(listener).includes('\n') ? gap : ' '),
    ),
  );
  expect(String(listener)).toBe(
    `Socket { fd: ${fd}, family: 'AF_INET', type: 'SOCK_STREAM', local: [ '127.0.0.1', ${port} ] }`,
  );
  expect(inspect({ a: { b: { listener } } }, { depth: 0 })).toBe('{ a: [Object] }');
  const [a] = openPair();
  expect(`${a}`).toBe(
    `Socket { fd: ${a.fileno()}, family: 'AF_UNIX', type: 'SOCK_STREAM', local: '', peer: '' }`,
  );
  a.close();
  expect(`${a}`).toBe("Socket { fd: -1, family: 'AF_UNIX', type: 'SOCK_STREAM' }");
});
