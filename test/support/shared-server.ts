/** Servers that several tests of a suite use: side by side, or one test after the other. */
import { afterAll, expect } from 'vitest';
import { type ServeOptions, type Server, serve, until } from './server.ts';

/**
 * For a suite: a server that tests share if they look only at their own connections. It starts with
 * the first of them, and gets SIGTERM after the last one.
 * @param name - see {@link serve}
 */
export function sharedServer(name: string, options?: ServeOptions): () => Promise<Server> {
  let starting: Promise<Server> | undefined;
  afterAll(async () => {
    if (starting === undefined) return;
    await using server = await starting;
    expect(await server.stop()).toMatchObject({ code: 0, signal: null, stderr: '' });
  });
  return () => {
    starting ??= serve(name, options);
    return starting;
  };
}

/** The time in which a test has a server for itself. */
export class Turn implements Disposable {
  readonly server: Server;
  readonly #begin: number;
  readonly #end: () => void;

  /** @param end - called when it is over */
  constructor(server: Server, end: () => void) {
    this.server = server;
    this.#begin = server.lines.length;
    this.#end = end;
  }

  get port(): number {
    return this.server.port;
  }

  /** The lines on stdout of this turn. */
  get lines(): readonly string[] {
    return this.server.lines.slice(this.#begin);
  }

  /** Waits until a line of this turn is `line`. */
  says(line: string): Promise<void> {
    return this.server.says(line, this.#begin);
  }

  [Symbol.dispose](): void {
    this.#end();
  }
}

/**
 * For a suite: a server that tests use one after the other, if they look at more than their own
 * connections: at its fds, its memory, its rest. A turn begins when the clients of the one before
 * have gone, their fds too. A test may end the server: the next one gets another.
 * @param name - see {@link serve}
 */
export function serverInTurns(name: string, options?: ServeOptions): () => Promise<Turn> {
  let current: { server: Server; idleFds: number } | undefined;
  let last: Promise<void> = Promise.resolve();
  afterAll(async () => {
    if (current === undefined) return;
    await using server = current.server;
    expect(await server.stop()).toMatchObject({ code: 0, signal: null, stderr: '' });
  });
  const begin = async (): Promise<Server> => {
    if (current !== undefined && !current.server.hasEnded) {
      const { server, idleFds } = current;
      await until(() => server.openFds.length === idleFds, `${name} has no client`);
      return server;
    }
    const server = await serve(name, options);
    current = { server, idleFds: Number.NaN };
    // By its first wait everything is open that it needs for itself.
    await until(() => server.isAsleep, `${name} waits`);
    current.idleFds = server.openFds.length;
    return server;
  };
  return async () => {
    const before = last;
    let end = () => {};
    last = new Promise((resolve) => {
      end = resolve;
    });
    await before;
    try {
      return new Turn(await begin(), end);
    } catch (error) {
      end();
      throw error;
    }
  };
}
