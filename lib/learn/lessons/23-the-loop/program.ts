/** Lesson 23: an event loop: fds, timers and calls in one thread. */
import { POLLIN, poll } from 'fdselect';
import { close, pipe, read, write } from 'fdselect/os';

const run = process.argv[2] ?? 'turns';

interface Watch {
  readonly fd: number;
  readonly callback: () => void;
  isCancelled: boolean;
}

class Loop {
  readonly #poller = poll();
  readonly #watches = new Map<number, Watch>();
  #timers: { time: number; callback: () => void }[] = [];
  #isRunning = false;

  /** The bug: believes that an answer still holds when its turn comes. */
  readonly trusts = run === 'stale';

  watch(fd: number, callback: () => void): Watch {
    const watch = { fd, callback, isCancelled: false };
    this.#watches.set(fd, watch);
    this.#poller.register(fd, POLLIN);
    return watch;
  }

  cancel(watch: Watch): void {
    watch.isCancelled = true;
    this.#watches.delete(watch.fd);
    this.#poller.unregister(watch.fd);
  }

  callLater(milliseconds: number, callback: () => void): void {
    this.#timers.push({ time: performance.now() + milliseconds, callback });
    this.#timers.sort((a, b) => a.time - b.time);
  }

  stop(): void {
    this.#isRunning = false;
  }

  run(): void {
    this.#isRunning = true;
    while (this.#isRunning && this.#watches.size + this.#timers.length > 0) this.#turn();
  }

  #turn(): void {
    const [next] = this.#timers; // at most as long as the nearest timer is away
    const timeout = next && Math.max(0, Math.ceil(next.time - performance.now()));
    const ready = this.#poller.poll(timeout).map(([fd]) => this.#watches.get(fd));
    for (const watch of ready) {
      if (this.trusts || !watch?.isCancelled) watch?.callback();
    }
    const now = performance.now();
    const due = this.#timers.filter(({ time }) => time <= now);
    this.#timers = this.#timers.filter(({ time }) => time > now);
    for (const { callback } of due) callback(); // what they add waits for the next turn
  }
}

const [[r1, w1], [r2, w2]] = [pipe(), pipe()];
const loop = new Loop();
const first = loop.watch(r1, () => {
  console.log(`the first has read: ${read(r1, 9)}`);
  loop.cancel(second); // "I do not want to hear from the second one any more"
});
const second = loop.watch(r2, () => console.log('the second was called, though it is cancelled'));
write(w1, 'x');
write(w2, 'y'); // both are ready: one wait tells of both
loop.callLater(20, () => {
  console.log('20 ms have passed');
  loop.cancel(first);
});
loop.run();
for (const fd of [r1, w1, r2, w2]) close(fd);
