/** Steps that change what the fds are ready for. */
import { closeSync, readSync, writeSync } from 'node:fs';
import fc from 'fast-check';
import { dup2 } from 'fdselect/os';
import { MSG_OOB, MSG_PEEK } from 'fdselect/socket';
import { type Arguments, step } from './arguments.ts';
import type { Descriptors, Steps } from './descriptors.ts';

const FLAGS: Record<string, number> = { '': 0, oob: MSG_OOB, peek: MSG_PEEK };

export function ioSteps(fds: Descriptors): Steps {
  return {
    write: (index: number, size: number) => writeSync(fds.fd(index), Buffer.alloc(size, 'x')),
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
    // What Python has no word for answers null where Python's send() and recv() say EAGAIN.
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

export function ioScripts({ index, anyIndex }: Arguments) {
  // What reads, writes and closes gets good arguments: node:fs's own checks are not compared.
  const size = fc.oneof(
    fc.constantFrom(1, 4095, 4096, 65536, 70000),
    fc.integer({ min: 1, max: 70000 }),
  );
  return [
    step(4, 'write', index, size),
    step(4, 'read', index, size),
    step(1, 'close', index),
    step(1, 'closeObject', index),
    step(1, 'dup2', anyIndex, index),
    step(1, 'shutdown', index, fc.nat(3)),
    step(1, 'send', index, size, fc.constant('')),
    step(3, 'send', index, fc.constantFrom(1, 2), fc.constant('oob')),
    step(1, 'sendall', index, size),
    step(1, 'trySend', index, size),
    step(2, 'recv', index, size, fc.constantFrom('', '', 'oob', 'peek')),
    step(1, 'tryRecv', index, size),
  ];
}
