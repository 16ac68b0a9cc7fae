/** Every program with every selector, and a check that it serves a client. */
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { connectTo, type Peer } from '../support/peer.js';
import { type ServeOptions, type Server, serve, until } from '../support/server.js';

const SELECTORS = ['select', 'poll', 'epoll'];

/** The bytes that a client gets. `echo`: its own; in the other programs: those of all clients. */
export type Kind = 'echo' | 'chat' | 'times' | 'relay';

interface Entry {
  name: string;
  kind: Kind;
  args?: string[];
  isOneCall?: boolean;
}

const ENTRIES: Entry[] = [
  { name: 'minimal', kind: 'echo', isOneCall: true },
  { name: 'echo-select', kind: 'echo', isOneCall: true },
  { name: 'echo-poll', kind: 'echo', isOneCall: true },
  { name: 'echo-epoll', kind: 'echo', isOneCall: true },
  { name: 'echo-selectors', kind: 'echo' },
  { name: 'echo-async', kind: 'echo' },
  { name: 'echo-asyncore', kind: 'echo' },
  { name: 'echo-asynchat', kind: 'echo', args: ['--newline'] },
  { name: 'echo-reactor', kind: 'echo' },
  { name: 'forward', kind: 'echo' },
  { name: 'chat-bob', kind: 'chat', isOneCall: true },
  { name: 'chat-reactor', kind: 'chat' },
  { name: 'time-broadcast', kind: 'times', args: ['--newline'] },
  { name: 'time-relay', kind: 'relay', args: ['--publish-port', '0'] },
];

export interface Program {
  /** As it is typed. */
  command: string;
  name: string;
  kind: Kind;
  args: string[];
}

export const PROGRAMS: Program[] = ENTRIES.flatMap(({ name, kind, args = [], isOneCall }) =>
  (isOneCall ? [''] : SELECTORS.map((selector) => ` --selector ${selector}`)).map((option) => ({
    command: name + option,
    name,
    kind,
    args,
  })),
);

/** A running program with its target or source. */
export class Running {
  readonly server: Server;
  readonly program: Program;
  readonly #publishPort: number;
  readonly #target: NetServer | undefined;
  readonly #forwarded: Set<Socket>;

  private constructor(
    program: Program,
    server: Server,
    publishPort: number,
    target: NetServer | undefined,
    forwarded: Set<Socket>,
  ) {
    this.program = program;
    this.server = server;
    this.#publishPort = publishPort;
    this.#target = target;
    this.#forwarded = forwarded;
  }

  static async start(program: Program, options: ServeOptions = {}): Promise<Running> {
    const args = [...program.args, ...(options.args ?? [])];
    const forwarded = new Set<Socket>();
    let target: NetServer | undefined;
    if (program.name === 'forward') {
      target = createServer({ allowHalfOpen: true }, (socket) => {
        forwarded.add(socket);
        socket.on('error', () => {}).on('close', () => forwarded.delete(socket));
        socket.pipe(socket);
      });
      await once(target.listen(0, '127.0.0.1'), 'listening');
      args.push('--target', `127.0.0.1:${(target.address() as { port: number }).port}`);
    }
    const server = await serve(program.command, { ...options, args });
    let publishPort = 0;
    if (program.kind === 'relay') {
      await until(() => server.lines.length > 0, 'its second line');
      publishPort = Number(/:(\d+)$/.exec(server.lines[0] as string)?.[1]);
    }
    return new Running(program, server, publishPort, target, forwarded);
  }

  connect(): Promise<Peer> {
    return connectTo(this.server);
  }

  /** Where a client's words go: to its own connection; for the relay, to a publisher's. */
  async connectTalker(client: Peer): Promise<Peer> {
    return this.program.kind === 'relay' ? await connectTo({ port: this.#publishPort }) : client;
  }

  /**
   * A client says a word and gets it back, or the time.
   * @param client - reads
   * @returns false if its connection has ended instead
   */
  async exchange(client: Peer, word: string): Promise<boolean> {
    if (this.program.kind === 'times') {
      const { size } = client;
      client.write('X'); // to no effect
      await soon(() => client.size > size || isOver(client), `${word}: a time`);
      return !isOver(client);
    }
    const talker = await this.connectTalker(client);
    const from = client.size;
    const isThere = () => client.bytes.subarray(from).includes(word);
    try {
      const isEcho = this.program.kind === 'echo';
      if (talker !== client) await this.#isSubscribed(client, talker);
      talker.write(isEcho ? `${word}\n` : `${word}\r\n`);
      await soon(() => isThere() || isOver(client) || isOver(talker), word);
      return isThere();
    } finally {
      if (talker !== client) await talker[Symbol.asyncDispose]();
    }
  }

  /** A subscriber gets no earlier messages: the publisher repeats a mark until the subscriber has it. */
  async #isSubscribed(client: Peer, talker: Peer): Promise<void> {
    const from = client.size;
    await soon(() => {
      talker.write('?');
      return client.size > from || isOver(client) || isOver(talker);
    }, 'the subscriber gets something');
  }

  /**
   * How many fds are open. Without /dev/null: the acceptor keeps one in reserve, and libuv opens
   * one when something is written to stderr.
   */
  get fds(): number {
    const folder = `/proc/${this.server.pid}/fd`;
    return readdirSync(folder).filter((fd) => targetOf(join(folder, fd)) !== '/dev/null').length;
  }

  /** Waits until at most that many fds are open, and returns their number. */
  async hasFds(count: number, what: string): Promise<number> {
    await soon(() => this.fds <= count, `${what}: ${count} open fds`).catch((error) => {
      throw new Error(`${error.message}, has ${this.fds}`);
    });
    return this.fds;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    for (const socket of this.#forwarded) socket.destroy();
    this.#target?.close();
  }
}

/** What a link of `/proc` points to, unless the fd has just been closed. */
function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

/** Longer than a listener rests and a farewell takes. */
const PATIENCE_MS = 30_000;

/** Waits until `condition` is true, looking at it again and again. */
export async function soon(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Whether the connection is over. */
export function isOver(peer: Peer): boolean {
  return peer.hasEnded || peer.isClosed;
}
