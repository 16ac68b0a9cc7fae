/** The echo server on a selector, one turn of it; its programs differ in how they wait. */
import {
  type BaseSelector,
  DefaultSelector,
  EpollSelector,
  EVENT_READ,
  EVENT_WRITE,
  PollSelector,
  SelectSelector,
} from 'fdselect/selectors';
import type { Client } from './client.js';
import { EchoServer, mayRead, mustWrite } from './echo.js';
import type { ServeOptions } from './start.js';

/** What is attached to a key: who is ready. */
type Source = Client | 'stop' | 'listener';

const classes = { select: SelectSelector, poll: PollSelector, epoll: EpollSelector };

export class SelectorEchoServer extends EchoServer {
  protected readonly selector: InstanceType<typeof DefaultSelector<Source>>;

  constructor(options: ServeOptions) {
    super(options);
    const { selector } = options;
    this.selector = new (selector === undefined ? DefaultSelector : classes[selector])<Source>();
    this.selector.register(this.stop, EVENT_READ, 'stop');
    this.selector.register(this.listener, EVENT_READ, 'listener');
  }

  /** Before each wait. */
  protected prepare(): void {
    const { isPaused } = this.listener;
    const isWatched = this.selector.getMap()?.has(this.listener) === true;
    if (isPaused && isWatched) this.selector.unregister(this.listener);
    if (!isPaused && !isWatched) this.selector.register(this.listener, EVENT_READ, 'listener');
  }

  /**
   * Attends to all who are ready.
   * @returns whether to go on; false once a signal has come
   */
  protected turn(ready: ReturnType<BaseSelector<Source>['select']>): boolean {
    let hasNewcomers = false;
    for (const [key, events] of ready) {
      if (key.data === 'stop') return false;
      if (key.data === 'listener') hasNewcomers = true;
      else this.#attend(key.data, events);
    }
    // Last: one may get the fd of a client that has just left, and must not get its events as well.
    if (hasNewcomers) this.accept();
    return true;
  }

  #attend(client: Client, events: number): void {
    if ((events & EVENT_READ) !== 0) this.receive(client);
    if ((events & EVENT_WRITE) !== 0) this.send(client);
    this.settle(client);
  }

  protected watch(client: Client): void {
    this.selector.register(client, EVENT_READ, client);
  }

  protected update(client: Client): void {
    const events = (mayRead(client) ? EVENT_READ : 0) | (mustWrite(client) ? EVENT_WRITE : 0);
    this.selector.modify(client, events, client);
  }

  protected forget(client: Client): void {
    this.selector.unregister(client);
  }
}
