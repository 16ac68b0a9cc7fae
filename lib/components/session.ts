/** One connection of a server and the component that handles it. */
import { type BoxNames, Component, type Main } from './component.js';
import type { ConnectedSocketAdaptor } from './connected-socket-adaptor.js';
import { isShutdown, ProducerFinished, SocketShutdown } from './messages.js';

/** How long a handler may be idle after its peer has ended. */
const PATIENCE_SECONDS = 2;

/**
 * Links a connection with its handler, and ends when both have ended: the end of one ends the other.
 * A handler whose peer has ended may still send; if it is idle and does not end, it is stopped.
 */
export class Session extends Component {
  static override readonly Inboxes: BoxNames = {
    inbox: 'nothing',
    control: 'requests to end both',
    feedback: 'that the peer has ended',
  };

  readonly #socket: ConnectedSocketAdaptor;
  readonly #handler: Component;
  #isHandlerTold = false;
  #isSocketTold = false;
  /** When the handler is stopped. */
  #deadline = 0;

  constructor(socket: ConnectedSocketAdaptor, handler: Component) {
    super();
    this.#socket = socket;
    this.#handler = handler;
    socket.allowHalfOpen = true;
    this.addChildren(handler, socket);
    this.link([socket, 'outbox'], [handler, 'inbox']);
    this.link([handler, 'outbox'], [socket, 'inbox']);
    this.link([handler, 'signal'], [socket, 'control']);
    this.link([socket, 'CreatorFeedback'], [this, 'feedback']);
  }

  override *main(): Main {
    while (!this.childrenDone()) {
      while (this.dataReady('control')) this.#shutDown(this.recv('control'));
      while (this.dataReady('feedback')) this.#tellHandler(this.recv('feedback'));
      if (this.#socket.hasEnded) this.#tellHandler(new SocketShutdown(this.#socket));
      if (this.#handler.hasEnded) this.#tellSocket();
      this.#stopIdleHandler();
      this.pause(this.#isHandlerTold ? PATIENCE_SECONDS : undefined);
      yield;
    }
  }

  /** The handler first: if it cannot begin, the connection has not begun either. */
  protected override activated(): void {
    this.#handler.activate(this.scheduler);
    this.#socket.activate(this.scheduler);
  }

  #shutDown(message: unknown): void {
    if (!isShutdown(message)) return;
    this.#handler.deliver(message, 'control');
    this.#socket.deliver(message, 'control');
  }

  #tellHandler(message: unknown): void {
    if (this.#isHandlerTold) return;
    this.#isHandlerTold = true;
    this.#renewPatience();
    this.#handler.deliver(message, 'control');
  }

  /** The handler's data is sent first. */
  #tellSocket(): void {
    if (this.#isSocketTold) return;
    this.#isSocketTold = true;
    this.#socket.deliver(new ProducerFinished(this.#handler), 'control');
  }

  #stopIdleHandler(): void {
    if (!this.#isHandlerTold || this.#handler.hasEnded) return;
    if (!this.#handler.isIdle) this.#renewPatience();
    else if (this.scheduler.loop.time() >= this.#deadline) this.#handler.stop();
  }

  #renewPatience(): void {
    this.#deadline = this.scheduler.loop.time() + PATIENCE_SECONDS;
  }
}
