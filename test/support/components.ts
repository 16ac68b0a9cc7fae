/** Components for the tests. */
import { Component, ProducerFinished } from 'fdselect/components';

/** Sends messages, one at a step, and says that it has finished. */
export class Source extends Component {
  readonly #messages: Iterable<unknown>;

  constructor(messages: Iterable<unknown>) {
    super();
    this.#messages = messages;
  }

  *main() {
    for (const message of this.#messages) {
      this.send(message);
      yield;
    }
    this.send(new ProducerFinished(this), 'signal');
  }
}

/** Stores its messages until a shutdown. */
export class Sink extends Component {
  readonly messages: unknown[] = [];
  end: unknown = null;

  /** What it has got, as one text. */
  get text(): string {
    return this.messages.map(String).join('');
  }

  *main() {
    while (this.end === null) {
      while (this.dataReady()) this.messages.push(this.recv());
      if (this.dataReady('control')) this.end = this.recv('control');
      else {
        this.pause();
        yield;
      }
    }
  }
}

/** Sends its messages back until a shutdown. */
export class Echo extends Component {
  *main() {
    for (;;) {
      while (this.dataReady()) this.send(this.recv());
      if (this.dataReady('control')) {
        this.send(this.recv('control'), 'signal');
        return;
      }
      this.pause();
      yield;
    }
  }
}

/** Runs a generator function as its main(). */
export class Actor extends Component {
  readonly #act: (self: Actor) => ReturnType<Component['main']>;

  constructor(act: (self: Actor) => ReturnType<Component['main']>) {
    super();
    this.#act = act;
  }

  main() {
    return this.#act(this);
  }
}
