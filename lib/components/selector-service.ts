/** A component that tells others when file descriptors are ready. */

import type { LoopEvent, Watch } from '../loop/index.js';
import { getBlocking } from '../os/internal.js';
import { type FileDescriptorLike, fileno } from '../values/index.js';
import { type BoxNames, Component, type Main } from './component.js';
import {
  isShutdown,
  NewExceptional,
  NewReader,
  NewWriter,
  RemoveExceptional,
  RemoveReader,
  RemoveWriter,
  type Service,
} from './messages.js';

const REQUESTS = [
  { event: 'r', New: NewReader, Remove: RemoveReader },
  { event: 'w', New: NewWriter, Remove: RemoveWriter },
  { event: 'x', New: NewExceptional, Remove: RemoveExceptional },
] as const;

/**
 * Takes `NewReader`, `NewWriter` and `NewExceptional` in its inbox `notify`. When the file object of
 * a request is ready, it sends that object once to the inbox that the request names. A second
 * request for the same event of the same file descriptor is ignored while the first one waits.
 * `RemoveReader`, `RemoveWriter` and `RemoveExceptional` undo a request; send them before the file
 * descriptor is closed.
 *
 * A closed file descriptor is reported to `onError`; the others are still watched.
 *
 * Mirrors Kamaelia's `Selector`; select(2).
 * @platform POSIX
 * @example
 * const selector = new Selector().activate();
 * selector.deliver(new NewReader([component, 'inbox'], process.stdin), 'notify');
 */
export class Selector extends Component {
  static override readonly Inboxes: BoxNames = {
    inbox: 'nothing',
    control: 'requests to end: ProducerFinished, ShutdownMicroprocess',
    notify: 'requests: NewReader, RemoveReader and so on',
  };

  /** By event and number, such as `r7`. */
  readonly #watches = new Map<string, Watch>();

  override *main(): Main {
    for (;;) {
      while (this.dataReady('notify')) this.#handle(this.recv('notify'));
      while (this.dataReady('control')) {
        const message = this.recv('control');
        if (!isShutdown(message)) continue;
        this.send(message, 'signal');
        return;
      }
      this.pause();
      yield;
    }
  }

  protected override ended(): void {
    for (const watch of this.#watches.values()) watch.cancel();
    this.#watches.clear();
  }

  /** An error in one request does not affect the others. */
  #handle(request: unknown): void {
    try {
      for (const { event, New, Remove } of REQUESTS) {
        if (request instanceof New) this.#add(event, request.service, request.selectable);
        else if (request instanceof Remove) this.#remove(event, request.selectable);
      }
    } catch (error) {
      this.scheduler.report(error, this);
    }
  }

  #add(event: LoopEvent, [component, inbox]: Service, selectable: FileDescriptorLike): void {
    const key = `${event}${fileno(selectable)}`;
    if (this.#watches.has(key)) return;
    getBlocking(selectable); // EBADF for a closed one; not every selector notices
    const watch = this.scheduler.loop.once(selectable, event, () => {
      this.#watches.delete(key);
      try {
        component.deliver(selectable, inbox);
      } catch (error) {
        this.scheduler.report(error, component);
      }
    });
    this.#watches.set(key, watch);
  }

  #remove(event: LoopEvent, selectable: FileDescriptorLike): void {
    const key = `${event}${fileno(selectable)}`;
    this.#watches.get(key)?.cancel();
    this.#watches.delete(key);
  }
}
