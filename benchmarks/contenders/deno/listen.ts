/** Deno.listen, Deno's own TCP server. */
import { announce } from '../announce.js';
import type { Echo } from '../roles.js';

interface DenoConnection {
  /** @returns how many bytes there were; null at the end */
  read(buffer: Uint8Array): Promise<number | null>;
  /** @returns how many bytes were taken */
  write(bytes: Uint8Array): Promise<number>;
  setNoDelay(isOn: boolean): void;
  close(): void;
}

declare const Deno: {
  listen(options: {
    hostname: string;
    port: number;
    tcpBacklog: number;
  }): AsyncIterable<DenoConnection> & { addr: { port: number } };
};

const BUFFER_SIZE = 65536;

async function serve(connection: DenoConnection): Promise<void> {
  connection.setNoDelay(true);
  const buffer = new Uint8Array(BUFFER_SIZE);
  try {
    for (;;) {
      const size = await connection.read(buffer);
      if (size === null) break;
      let sent = await connection.write(buffer.subarray(0, size));
      while (sent < size) sent += await connection.write(buffer.subarray(sent, size));
    }
  } catch {
    // a reset: the connection is over
  }
  connection.close();
}

export const echo: Echo = async () => {
  const listener = Deno.listen({ hostname: '127.0.0.1', port: 0, tcpBacklog: 4096 });
  announce(listener.addr.port);
  for await (const connection of listener) void serve(connection);
};
