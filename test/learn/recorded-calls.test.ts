/** Each function of the addon is recorded, or there is a reason why not. */
import { expect, test } from 'vitest';
import { unrecorded } from '../../dist/native/index.js';
import type { NativeBinding } from '../../lib/native/contract.ts';
import { asyncWaits } from '../../lib/native/record/async-waits.ts';
import { specs } from '../../lib/native/record/calls.ts';

/** They make no call of the kernel, or none on a file descriptor of the program. */
const NOT_RECORDED = [
  // Bookkeeping of the addon itself.
  ...['exportRest', 'moduleConstants', 'watchTermination', 'ownFds', 'adoptFd', 'giveFd'],
  ...['keepSignals', 'waitsFor', 'rearmWait', 'forgetWaits'],
  // Calculations.
  ...['strerror', 'cmsgLen', 'cmsgSpace', 'inetPton', 'inetNtop', 'decodeWaitStatus'],
  // The C library's name service, on sockets of its own.
  ...['getaddrinfo', 'beginLookup', 'takeLookup', 'endLookup', 'getnameinfo'],
  ...['ifNametoindex', 'ifIndextoname', 'ifNameindex'],
];

test('a function of the addon has a place in the table of calls, or is on the list of exceptions', () => {
  const late = {} as NativeBinding;
  unrecorded.exportRest(late);
  const names = Object.entries({ ...unrecorded, ...late })
    .filter(([, value]) => typeof value === 'function')
    .map(([name]) => name);
  const kept = asyncWaits(unrecorded, () => {});
  const recorded = [
    ...['select', 'poll', 'waitEpoll'],
    ...Object.keys(specs(1, 0x40)),
    ...Object.keys(kept),
  ];
  expect(names.length).toBeGreaterThan(90);
  expect(names.filter((name) => !recorded.includes(name)).sort()).toEqual(
    NOT_RECORDED.filter((name) => names.includes(name)).sort(),
  );
  expect(recorded.filter((name) => !names.includes(name))).toEqual([]);
});
