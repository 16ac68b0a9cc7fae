/** What the scenarios have in common that drive echo servers with the load generator. */
import { Child } from '../runner/child.js';
import type { Command, Contender } from '../runner/contender.js';
import type { Cpus } from '../runner/cpus.js';
import { fromBenchmarks } from '../runner/paths.js';

/** What the load generator answers to `closed` and `open`; times in seconds, delays in nanoseconds. */
export interface Load {
  messages: number;
  seconds: number;
  ownCpu: number;
  serverCpu: number;
  p50: number;
  p99: number;
  p999: number;
  /** How late messages left that leave by the clock. */
  late99: number;
  curve: [number, number][];
  /** The 99 % of each part of the window. */
  parts: number[];
}

/** The load generator; `benchmarks/native/load/main.cc` says what it understands. */
export class LoadGenerator {
  readonly #child: Child;

  constructor(cpus: Cpus | null, fd?: number) {
    const options = { cpu: cpus?.driver ?? null, ...(fd !== undefined && { fd }) };
    this.#child = new Child([fromBenchmarks('native/build/load')], options);
  }

  run<T>(mode: string, options: Record<string, number>): Promise<T> {
    const words = Object.entries(options).map(([name, value]) => `${name}=${Math.round(value)}`);
    return this.#child.ask<T>([mode, ...words].join(' '));
  }

  close(): Promise<void> {
    return this.#child.close();
  }
}

/** Where a server says that it listens: `{"port":N}`, or as `fdselect serve` says it. */
function portOf(line: string): number {
  const [, port] = /^listening on .*:(\d+)$/.exec(line) ?? [];
  return port === undefined ? (JSON.parse(line) as { port: number }).port : Number(port);
}

/** A contender's server, with a load generator of its own, which sleeps while others are measured. */
export class EchoServer {
  readonly #server: Child;
  readonly #load: LoadGenerator;
  readonly #port: number;
  #connections = 0;

  private constructor(server: Child, load: LoadGenerator, port: number) {
    this.#server = server;
    this.#load = load;
    this.#port = port;
  }

  static async start(command: Command, cpus: Cpus | null): Promise<EchoServer> {
    const server = new Child(command, { cpu: cpus?.contender ?? null });
    try {
      const port = portOf(await server.line());
      return new EchoServer(server, new LoadGenerator(cpus), port);
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  get pid(): number {
    return this.#server.pid;
  }

  /** @throws Error if it does not send back what it gets, byte for byte */
  async verify(): Promise<void> {
    await this.#load.run('verify', { port: this.#port });
  }

  /** Sets the number of connections; new ones have sent nothing. */
  async connect(connections: number): Promise<void> {
    if (connections === this.#connections) return;
    await this.#load.run('connect', { port: this.#port, connections });
    this.#connections = connections;
  }

  /** Adds connections to the existing ones, up to this number. */
  async grow(connections: number): Promise<void> {
    await this.#load.run('grow', { connections });
    this.#connections = connections;
  }

  /** Each connection, or those from the `first` on, sends a message and gets it back. */
  async speak(size: number, first = 0): Promise<void> {
    await this.#load.run('speak', { size, first });
  }

  /** Opens so many connections and closes them again. @returns the server's CPU seconds until all were accepted */
  async accept(connections: number): Promise<number> {
    const options = { port: this.#port, connections, server: this.pid };
    const { serverCpu } = await this.#load.run<{ serverCpu: number }>('accept', options);
    this.#connections = 0;
    return serverCpu;
  }

  drive(mode: 'closed' | 'open', options: Record<string, number>): Promise<Load> {
    return this.#load.run<Load>(mode, { ...options, server: this.pid });
  }

  async close(): Promise<void> {
    await this.#load.close();
    await this.#server.close();
  }
}

/** A contender's server that was found to be right. */
export async function startVerified(
  { name, echo }: Contender,
  cpus: Cpus | null,
): Promise<EchoServer> {
  if (echo === undefined) throw new Error(`${name} has no echo server`);
  const server = await EchoServer.start(echo, cpus);
  try {
    await server.verify();
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}
