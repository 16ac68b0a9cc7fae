/** The C loops that run inside of the Node process; `benchmarks/native/addon`. */
import { createRequire } from 'node:module';
import { fromBenchmarks } from '../../runner/paths.js';
import type { LoopResult } from '../roles.js';

type Loop = (fds: Int32Array, rounds: number) => LoopResult;

interface Loops {
  selectWaits: Loop;
  pollWaits: Loop;
  epollWaits: Loop;
  libuvWaits: Loop;
  pollChurn: Loop;
  epollChurn: Loop;
  libuvChurn: Loop;
  /** They take over the thread. */
  libuvEcho(): void;
  libuvWake(): void;
}

export const addon = createRequire(import.meta.url)(
  fromBenchmarks('native/addon/build/Release/loops.node'),
) as Loops;

/** A loop of the addon, as a role. */
export function inC(
  name: Exclude<keyof Loops, 'libuvEcho' | 'libuvWake'>,
): (fds: number[], rounds: number) => LoopResult {
  return (fds, rounds) => addon[name](Int32Array.from(fds), rounds);
}
