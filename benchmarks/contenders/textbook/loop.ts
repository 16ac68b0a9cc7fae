/** The example of `docs/loop.md` for fdselect/loop, without what it prints. */
import { type Connection, EventLoop, listen } from 'fdselect/loop';
import { announce } from '../announce.js';
import type { Echo } from '../roles.js';

/** The loop of the example, listening. */
export function listening(): EventLoop {
  const loop = new EventLoop();
  const echo = (connection: Connection) => ({
    data: (bytes: Buffer) => void connection.write(bytes),
    lost: () => {},
  });
  const listener = listen(loop, ['127.0.0.1', 0], echo, {
    backlog: 4096,
    reusesInput: true,
  });
  announce((listener.getsockname() as [string, number])[1]);
  return loop;
}

export const echo: Echo = () => listening().run();
