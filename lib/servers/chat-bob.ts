/** A chat server on select() alone: every line that somebody types goes to everybody. */
import { select } from 'fdselect';
import type { SignalPipe } from 'fdselect/signal';
import { Client } from './support/client.js';
import { RECEIVE_SIZE } from './support/limits.js';
import { LineBuffer, MAX_LINE, textLength } from './support/lines.js';
import type { Listener } from './support/listener.js';
import type { Say } from './support/output.js';
import { shutDown } from './support/shut-down.js';
import { type ServeOptions, start } from './support/start.js';

/**
 * A client for which more than this is queued does not read, and is dropped. To pause the reading
 * from whoever talks, as an echo server does, would let one sleeper silence the whole room.
 */
const MAX_UNSENT = 1024 * 1024;

const NEWLINE = Buffer.from('\n');

let connections = 0;

class Member extends Client {
  readonly id = ++connections;
  /** One recv() is not one message: it may bring half a line, or three. */
  readonly lines = new LineBuffer();
}

class ChatServer {
  readonly #listener: Listener;
  readonly #stop: SignalPipe;
  readonly #say: Say;
  readonly #members = new Set<Member>();
  readonly #buffer = Buffer.allocUnsafeSlow(RECEIVE_SIZE);

  constructor(options: ServeOptions) {
    const { listener, stop, say } = start(options);
    this.#listener = listener;
    this.#stop = stop;
    this.#say = say;
  }

  run(): void {
    for (;;) {
      const members = [...this.#members];
      const listeners = this.#listener.isPaused ? [] : [this.#listener];
      const sources = [this.#stop, ...listeners, ...members.filter(({ hasEnded }) => !hasEnded)];
      // Only those for whom something is queued: a socket is writable at nearly any time, and
      // select() would never sleep.
      const sinks = members.filter(({ outbox }) => outbox.size > 0);
      const [readable, writable] = select(sources, sinks, [], this.#listener.secondsLeft());
      if (readable.includes(this.#stop)) break;
      for (const source of readable) {
        if (source instanceof Member) this.#receive(source);
        else this.#accept();
      }
      for (const member of writable) member.send();
      // Nobody is closed before the batch is over: what select() has said of a file descriptor
      // stays true of its owner.
      for (const member of this.#members) if (member.isFinished) this.#leave(member);
    }
    shutDown(this.#listener, this.#members, this.#stop);
  }

  #accept(): void {
    for (const [socket, address] of this.#listener.accept()) {
      const member = new Member(socket, address);
      this.#members.add(member);
      this.#say(`Connect: ${member} ${member.id}`);
    }
  }

  #receive(sender: Member): void {
    if (sender.hasEnded) return; // dropped in this very turn
    const size = sender.receive(this.#buffer) ?? 0;
    for (const line of sender.lines.push(this.#buffer.subarray(0, size))) {
      if (line === null) {
        this.#say(`\tdisconnected ${sender.id}: a line is longer than ${MAX_LINE} bytes`);
        sender.hasEnded = true;
        return;
      }
      this.#relay(sender, line);
      if (sender.hasEnded) return; // it does not read, and its own lines were too much for it
    }
    if (!sender.hasEnded || sender.loss !== null) return;
    const unfinished = sender.lines.rest();
    if (unfinished.length > 0) this.#relay(sender, Buffer.concat([unfinished, NEWLINE]));
  }

  /** Queues a line for everybody, its sender too. */
  #relay(sender: Member, line: Buffer): void {
    const text = line.toString('utf8', 0, textLength(line));
    this.#say(`\tgot ${text} on ${sender.id}`);
    const message = Buffer.concat([Buffer.from(`${sender.id}(${clock(new Date())}): `), line]);
    for (const member of this.#members) {
      if (member.hasEnded && member !== sender) continue; // only waits for what it was promised
      member.outbox.push(message, () => this.#say(`\tsent ${text} to ${member.id}`));
      if (member.outbox.size <= MAX_UNSENT) continue;
      this.#say(`\tdropped ${member.id}: ${member.outbox.size} bytes are unsent`);
      member.abandon();
    }
  }

  #leave(member: Member): void {
    if (member.loss !== null) this.#say(`\tlost ${member.id}: ${member.loss.code}`);
    this.#members.delete(member);
    member.close();
    this.#listener.endPause();
  }
}

/** The time of day as Python's `strftime('%I:%M:%S%p')` writes it: `12:53:52AM`. */
function clock(time: Date): string {
  const hour = time.getHours();
  const parts = [hour % 12 || 12, time.getMinutes(), time.getSeconds()];
  return parts.map((part) => String(part).padStart(2, '0')).join(':') + (hour < 12 ? 'AM' : 'PM');
}

export function serve(options: ServeOptions): void {
  new ChatServer(options).run();
}
