/** The loop of asyncore with each call that it can wait with, blocking and not: for `describe.each`. */
import { type ChannelMap, Dispatcher, loop, loopAsync, socketMap } from 'fdselect/asyncore';
import { type Address, type Socket, socketpair } from 'fdselect/socket';
import { onTestFinished } from 'vitest';
import { closing } from './sandbox.ts';
import './waiter.ts';

const DEADLINE_MS = 15_000;

/** One way to run a loop. */
export interface Mode {
  /** Title of the suite: 'epoll, loopAsync'. */
  name: string;
  usePoll: 'select' | 'poll' | 'epoll';
  isAsync: boolean;
  /** `loop` or `loopAsync`. */
  run(timeout?: number | null, map?: ChannelMap | null, count?: number): Promise<void>;
  /** Passes, one after the other, until the condition is true. */
  until(condition: () => boolean, what: string, map?: ChannelMap): Promise<void>;
}

function mode(usePoll: Mode['usePoll'], isAsync: boolean): Mode {
  const run: Mode['run'] = async (timeout, map, count) => {
    if (isAsync) await loopAsync(timeout, usePoll, map, count);
    else loop(timeout, usePoll, map, count);
  };
  const until: Mode['until'] = async (condition, what, map = socketMap) => {
    const deadline = performance.now() + DEADLINE_MS;
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
      // With an empty map there is no pass, and others have no turn in the blocking loop.
      await new Promise((resolve) => setImmediate(resolve));
      await run(0.01, map, 1);
    }
  };
  const name = `${usePoll}, ${isAsync ? 'loopAsync' : 'loop'}`;
  return { name, usePoll, isAsync, run, until };
}

/** `describe.each(MODES)('$name', ({ run, until }) => …)` */
export const MODES: Mode[] = (['select', 'poll', 'epoll'] as const).flatMap((usePoll) => [
  mode(usePoll, false),
  mode(usePoll, true),
]);

/** Where servers of a test listen. */
export const ANYWHERE: Address = ['127.0.0.1', 0];

/** Records its events in a list. */
export class Recorder extends Dispatcher {
  readonly events: string[] = [];
  readonly errors: unknown[] = [];

  override handleRead(): void {
    this.events.push('read');
  }

  override handleWrite(): void {
    this.events.push('write');
  }

  override handleExpt(): void {
    this.events.push('expt');
  }

  override handleConnect(): void {
    this.events.push('connect');
  }

  override handleClose(): void {
    this.events.push('close');
    this.close();
  }

  override handleError(error: unknown): void {
    this.events.push('error');
    this.errors.push(error);
  }
}

/** Listens, and keeps the sockets that it accepts. */
export class Acceptor extends Dispatcher {
  readonly accepted: Socket[] = [];

  constructor(map?: ChannelMap<Dispatcher>, address: Address = ANYWHERE) {
    super(null, map);
    this.createSocket();
    this.setReuseAddr();
    this.bind(address);
    this.listen(5);
    closing(this);
  }

  get address(): Address {
    return (this.socket as Socket).getsockname();
  }

  override handleAccepted(sock: Socket): void {
    this.accepted.push(closing(sock));
  }
}

/** A channel on one end of a pair of sockets, and the other end. */
export function paired<C extends Dispatcher>(make: (socket: Socket) => C): [C, Socket] {
  const [a, b] = socketpair();
  return [closing(make(a)), closing(b)];
}

/** Collects the output to stdout or stderr until the end of the test. */
export function captured(stream: NodeJS.WriteStream): { text: string } {
  const output = { text: '' };
  const { write } = stream;
  stream.write = (chunk: string | Uint8Array) => {
    output.text += String(chunk);
    return true;
  };
  onTestFinished(() => {
    stream.write = write;
  });
  return output;
}
