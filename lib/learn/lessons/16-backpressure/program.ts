/** Lesson 16: a client that does not read, and who pays for it. */
import { POLLIN, POLLOUT, poll } from 'fdselect';
import { type Socket, socketpair } from 'fdselect/socket';

const run = process.argv[2] ?? 'spin';

const [client, server] = socketpair();
server.setblocking(false);

/** How many waits return within 50 ms. */
function countWaits(events: number): string {
  const poller = poll();
  poller.register(server, events);
  const end = performance.now() + 50;
  let count = 0;
  // 100 are enough, also if this process gets no CPU for a while.
  for (let left = 50; left > 0 || count <= 100; left = end - performance.now()) {
    count++;
    if (poller.poll(Math.max(left, 1)).length === 0) break; // it has slept
  }
  return count > 100 ? 'more than 100 waits' : `${count} wait`;
}

/** The unsent bytes for the client, and the events to wait for because of them. */
class Outbox {
  readonly #socket: Socket;
  #queue: Buffer = Buffer.alloc(0);
  readonly highWater = 65536;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Sends at once what the kernel takes. The rest is for later. */
  write(bytes: Buffer): void {
    this.#queue = Buffer.concat([this.#queue, bytes]);
    this.flush();
  }

  flush(): void {
    while (this.#queue.length > 0) {
      const size = this.#socket.trySend(this.#queue);
      if (size === null) return;
      this.#queue = this.#queue.subarray(size);
    }
  }

  /** Writable only while something waits to be sent; no reading while too much does. */
  get events(): number {
    const input = this.#queue.length < this.highWater ? POLLIN : 0;
    return input | (this.#queue.length > 0 ? POLLOUT : 0);
  }
}

if (run === 'spin') {
  console.log(`IN, nothing to do:      ${countWaits(POLLIN)}`);
  console.log(`IN|OUT, nothing to do:  ${countWaits(POLLIN | POLLOUT)}`);
}

if (run === 'outbox') {
  const outbox = new Outbox(server);
  const show = (what: string) =>
    console.log(`${what.padEnd(26)} IN ${outbox.events & POLLIN} OUT ${outbox.events & POLLOUT}`);
  show('at first');
  outbox.write(Buffer.from('hello'));
  show('5 bytes were written');
  outbox.write(Buffer.alloc(1 << 20));
  show('1 MiB more');
  for (let rest = (1 << 20) + 5; rest > 0; outbox.flush()) rest -= client.recv(65536).length;
  show('the client has read all');
}
