/** `FDSELECT_TRACE=1`: every finished select, poll and epoll call on stderr, in strace's notation. */
import type { NativeBinding } from '../contract.js';
import { LineWriter } from '../line-writer.js';
import {
  describeEpollControl,
  describeEpollWait,
  describePoll,
  describeSelect,
  selectLists,
} from './calls.js';
import { outcome } from './notation.js';

const STDERR = 2;

/** The binding, with a line for each of these calls when it has returned. The waiter's are not shown. */
export function traced(binding: NativeBinding): NativeBinding {
  const { createEpoll, controlEpoll, waitEpoll } = binding;
  const stderr = new LineWriter(STDERR, binding);
  const print = (line: string) => stderr.print(line);
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
