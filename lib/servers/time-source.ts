/** Sends the time to a time-relay, which may run in another process or on another machine. */
import { Component, Graphline, ProducerFinished, Scheduler, TCPClient } from 'fdselect/components';
import { printLine } from './support/output.js';
import { runUntilStopped } from './support/run-components.js';
import { hostAndPort, type ServeOptions, stopSignals } from './support/start.js';
import { TimeSource } from './support/time-source.js';

/** Prints a line when the connection is established, and ends the program when it ends. */
class Watcher extends Component {
  /** Why there was no connection. */
  failure: unknown = null;
  #isConnected = false;

  override *main() {
    while (!this.dataReady('control')) {
      if (this.dataReady()) {
        this.#isConnected = true;
        printLine(`connected to ${hostAndPort(this.recv() as [string, number])}`);
      }
      this.pause();
      yield;
    }
    const end = this.recv('control');
    if (!this.#isConnected && end instanceof ProducerFinished) this.failure = end.message;
    this.scheduler.stop();
  }
}

export function serve(options: ServeOptions): void {
  const { host, port, selector, newline } = options;
  const scheduler = new Scheduler({ selector });
  const watcher = new Watcher();
  new Graphline({
    components: { source: new TimeSource(newline), client: new TCPClient(host, port), watcher },
    links: {
      'source.outbox': 'client.inbox',
      'client.connected': 'watcher.inbox',
      'client.signal': 'watcher.control',
    },
  }).activate(scheduler);
  runUntilStopped(scheduler, stopSignals(options));
  if (watcher.failure !== null) throw watcher.failure;
}
