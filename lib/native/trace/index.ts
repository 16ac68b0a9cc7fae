/** `FDSELECT_TRACE=1`: every finished select, poll and epoll call on stderr, in strace's notation. */
import { writeSync } from '../builtins.js';
import type { NativeBinding } from '../contract.js';
import {
  describeEpollControl,
  describeEpollWait,
  describePoll,
  describeSelect,
  selectLists,
} from './calls.js';
import { outcome } from './notation.js';

const STDERR = 2;

const pause = new Int32Array(new SharedArrayBuffer(4));

/** The binding, with these calls printed when they are over. What the waiter calls is not shown. */
export function traced(binding: NativeBinding): NativeBinding {
  const { createEpoll, controlEpoll, waitEpoll } = binding;
  const epoll =
    createEpoll === undefined || controlEpoll === undefined || waitEpoll === undefined
      ? {}
      : {
          createEpoll: () => {
            const result = createEpoll();
            print(`epoll_create1(EPOLL_CLOEXEC) = ${outcome(binding, result)}`);
            return result;
          },
          controlEpoll: (...args: Parameters<typeof controlEpoll>) => {
            const result = controlEpoll(...args);
            print(describeEpollControl(binding, args, result));
            return result;
          },
          waitEpoll: (memory: ArrayBuffer) => {
            const result = waitEpoll(memory);
            print(describeEpollWait(binding, memory, result));
            return result;
          },
        };
  return {
    ...binding,
    ...epoll,
    poll: (memory) => {
      const result = binding.poll(memory);
      print(describePoll(binding, memory, result));
      return result;
    },
    select: (memory) => {
      const before = selectLists(memory);
      const result = binding.select(memory);
      print(describeSelect(binding, before, memory, result));
      return result;
    },
  };
}

/**
 * Writes a line to stderr. `process.stderr` will not do: what a full pipe does not take at once it
 * keeps for Node's event loop, to which a loop on select() never returns.
 */
function print(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(STDERR, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return; // nobody reads any longer
      Atomics.wait(pause, 0, 0, 1); // a poll() here would be one more call to print
    }
  }
}
