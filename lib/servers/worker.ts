/** A worker thread of `--workers`: runs a program on a listener of the main thread's. */
import { parentPort, workerData } from 'node:worker_threads';
import { programs } from './programs.js';
import type { Failure, WorkerData, WorkerMessage } from './support/workers.js';

const { name, options, gate, ...part } = workerData as WorkerData;

function say(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

/** Waits until the main thread has printed where it listens: that is the first line. */
function announce(): void {
  say({ listens: true });
  Atomics.wait(new Int32Array(gate), 0, 0);
}

try {
  const program = programs.find((candidate) => candidate.name === name);
  const { serve } = await (program as NonNullable<typeof program>).load();
  await serve({ ...options, worker: { ...part, announce } });
  process.exit(0);
} catch (error) {
  const { message, code, syscall } = error as Error & Failure;
  say({ failure: { message, ...(code && { code }), ...(syscall && { syscall }) } });
  process.exit(1);
}
