/** Steps that change what the fds are ready for. */
import { closeSync, readSync, writeSync } from 'node:fs';
import fc from 'fast-check';
import { dup2 } from 'fdselect/os';
import { MSG_OOB, MSG_PEEK } from 'fdselect/socket';
import { type Arguments, step } from './arguments.ts';
import type { Descriptors, Steps } from './descriptors.ts';
import { isNetwork, type Kind } from './kinds.ts';

const FLAGS: Record<string, number> = { '': 0, oob: MSG_OOB, peek: MSG_PEEK };

export function ioSteps(fds: Descriptors): Steps {
  return {
    // A line, because a terminal passes on whole lines. For other files the last byte does not matter.
    write: (index: number, size: number) =>
      fds.write(index, (fd) => writeSync(fd, `${'x'.repeat(size - 1)}\n`)),
    read: (index: number, size: number) => readSync(fds.fd(index), Buffer.alloc(size)),
    close: (index: number) => closeSync(fds.fd(index)),
    closeObject: (index: number) => fds.socket(index)?.close(),
    // Returns no result: the number differs between the two sides.
    dup2: (index: number, target: number) => void dup2(fds.fd(index), fds.fd(target)),
    shutdown: (index: number, how: number) => fds.socket(index)?.shutdown(how),
    send: (index: number, size: number, flag: string) =>
      fds.socket(index)?.send(Buffer.alloc(size, 'x'), FLAGS[flag]),
    sendall: (index: number, size: number) => fds.socket(index)?.sendall(Buffer.alloc(size, 'x')),
    recv: (index: number, size: number, flag: string) =>
      fds.socket(index)?.recv(size, FLAGS[flag]).length,
    // Python has no such methods: null stands for the EAGAIN of its send() and recv().
    trySend: (index: number, size: number) => {
      const sent = fds.socket(index)?.trySend(Buffer.alloc(size, 'x'));
      return sent === null ? 'EAGAIN' : sent;
    },
    tryRecv: (index: number, size: number) => {
      const received = fds.socket(index)?.tryRecvInto(Buffer.alloc(size));
      return received === null ? 'EAGAIN' : received;
    },
  };
}

/** Bytes; more would fill a buffer, and how much a buffer holds is up to the kernel. */
const NETWORK_SIZE = 1000;
/** Bytes; well below the longest line of a terminal. */
const PTY_SIZE = 100;

function sizes(kinds: readonly Kind[]): fc.Arbitrary<number> {
  if (kinds.includes('pty')) return fc.integer({ min: 1, max: PTY_SIZE });
  if (kinds.some(isNetwork)) return fc.integer({ min: 1, max: NETWORK_SIZE });
  return fc.oneof(fc.constantFrom(1, 4095, 4096, 65536, 70000), fc.integer({ min: 1, max: 70000 }));
}

export function ioScripts({ kinds, index, anyIndex }: Arguments) {
  // Reads, writes and closes get valid arguments: the checks of node:fs are not compared.
  const size = sizes(kinds);
  return [
    step(4, 'write', index, size),
    step(4, 'read', index, size),
    step(1, 'close', index),
    step(1, 'closeObject', index),
    // If the number could stand for another end, the effect of a write to a pty is unknown.
    ...(kinds.includes('pty') ? [] : [step(1, 'dup2', anyIndex, index)]),
    step(1, 'shutdown', index, fc.nat(3)),
    step(1, 'send', index, size, fc.constant('')),
    step(3, 'send', index, fc.constantFrom(1, 2), fc.constant('oob')),
    step(1, 'sendall', index, size),
    step(1, 'trySend', index, size),
    step(2, 'recv', index, size, fc.constantFrom('', '', 'oob', 'peek')),
    step(1, 'tryRecv', index, size),
  ];
}
