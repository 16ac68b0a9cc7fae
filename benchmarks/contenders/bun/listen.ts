/** Bun.listen, Bun's own TCP server. */
import { announce } from '../announce.js';
import type { Echo } from '../roles.js';

interface BunSocket {
  /** The bytes that are not written yet. */
  data: Uint8Array | undefined;
  /** @returns how many bytes were taken */
  write(bytes: Uint8Array): number;
  pause(): void;
  resume(): void;
  setNoDelay(isOn: boolean): void;
}

declare const Bun: {
  listen(options: {
    hostname: string;
    port: number;
    socket: {
      open(socket: BunSocket): void;
      data(socket: BunSocket, bytes: Uint8Array): void;
      drain(socket: BunSocket): void;
      error(socket: BunSocket, error: Error): void;
    };
  }): { port: number };
};

export const echo: Echo = () => {
  const server = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open(socket) {
        socket.setNoDelay(true);
      },
      data(socket, bytes) {
        const sent = socket.write(bytes);
        if (sent < 0 || sent === bytes.length) return; // below 0: the connection is over
        socket.data = bytes.subarray(sent);
        socket.pause();
      },
      drain(socket) {
        if (socket.data === undefined) return;
        const sent = socket.write(socket.data);
        if (sent < 0) return;
        socket.data = sent === socket.data.length ? undefined : socket.data.subarray(sent);
        if (socket.data === undefined) socket.resume();
      },
      error() {},
    },
  });
  announce(server.port);
};
