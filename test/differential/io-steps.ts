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
    // A line: what a terminal passes on. In a write to anything else the last byte is no matter.
    write: (index: number, size: number) =>
      fds.write(index, (fd) => writeSync(fd, `${'x'.repeat(size - 1)}\n`)),
    read: (index: number, size: number) => readSync(fds.fd(index), Buffer.alloc(size)),
    close: (index: number) => closeSync(fds.fd(index)),
    closeObject: (index: number) => fds.socket(index)?.close(),
    // Answers nothing: the number is not the same on both sides.
    dup2: (index: number, target: number) => void dup2(fds.fd(index), fds.fd(target)),
    shutdown: (index: number, how: number) => fds.socket(index)?.shutdown(how),
    send: (index: number, size: number, flag: string) =>
      fds.socket(index)?.send(Buffer.alloc(size, 'x'), FLAGS[flag]),
    sendall: (index: number, size: number) => fds.socket(index)?.sendall(Buffer.alloc(size, 'x')),
    recv: (index: number, size: number, flag: string) =>
      fds.socket(index)?.recv(size, FLAGS[flag]).length,
    // What Python has no word for answers null if Python's send() and recv() say EAGAIN.
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

/** Bytes; more would make a buffer full, of which the kernel leaves open how much it holds. */
const NETWORK_SIZE = 1000;
/** Bytes; well below a terminal's line, and what is passed on as one. */
const PTY_SIZE = 100;

function sizes(kinds: readonly Kind[]): fc.Arbitrary<number> {
  if (kinds.includes('pty')) return fc.integer({ min: 1, max: PTY_SIZE });
  if (kinds.some(isNetwork)) return fc.integer({ min: 1, max: NETWORK_SIZE });
  return fc.oneof(fc.constantFrom(1, 4095, 4096, 65536, 70000), fc.integer({ min: 1, max: 70000 }));
}

export function ioScripts({ kinds, index, anyIndex }: Arguments) {
  // What reads, writes and closes gets good arguments: node:fs's own checks are not compared.
  const size = sizes(kinds);
  return [
    step(4, 'write', index, size),
    step(4, 'read', index, size),
    step(1, 'close', index),
    step(1, 'closeObject', index),
    // Where a number would stand for another end, it is not known what a write to a pty shows.
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
