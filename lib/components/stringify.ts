/** Messages as text. */
import { Component, type Main } from './component.js';
import { isShutdown, ShutdownMicroprocess } from './messages.js';

/**
 * Sends `String(message)` for each message of its inbox.
 *
 * Mirrors Kamaelia's `Stringify`.
 * @platform POSIX
 */
export class Stringify extends Component {
  override *main(): Main {
    let end: unknown = null;
    // Messages from before ProducerFinished are sent before it.
    while (end === null || this.dataReady()) {
      while (this.dataReady() && this.hasRoom()) this.send(String(this.recv()));
      if (this.dataReady('control')) {
        const message = this.recv('control');
        if (isShutdown(message)) end = message;
        if (message instanceof ShutdownMicroprocess) break;
      } else if (end === null || this.dataReady()) {
        this.pause();
        yield;
      }
    }
    this.send(end, 'signal');
  }
}
