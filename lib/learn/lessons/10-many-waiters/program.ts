/** Lesson 10: four processes wait for one listener; one client connects. Who is woken? */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { EPOLLEXCLUSIVE, EPOLLIN, epoll } from 'fdselect';
import { createConnection, createServer } from 'fdselect/socket';

const run = process.argv[2] ?? 'herd';
const events = run === 'exclusive' ? EPOLLIN | EPOLLEXCLUSIVE : EPOLLIN;
const LISTENER = 3; // where the parent puts it

if (process.argv[3] === 'child') {
  const set = epoll();
  set.register(LISTENER, events);
  process.stdout.write('waiting\n');
  const found = set.poll(2);
  process.stdout.write(found.length > 0 ? 'woken\n' : 'not woken\n');
} else {
  const listener = createServer(['127.0.0.1', 0]);
  const program = new URL(import.meta.url).pathname;
  const children = Array.from({ length: 4 }, () => {
    const child = spawn(process.execPath, [program, run, 'child'], {
      stdio: ['ignore', 'pipe', 'inherit', listener.fileno()],
    });
    return { child, out: child.stdout as NonNullable<typeof child.stdout>, text: '' };
  });
  for (const each of children) {
    each.out.on('data', (data) => {
      each.text += data;
    });
    await once(each.out, 'data'); // it is about to wait
  }
  // Nothing accepts this connection, so it stays in the queue.
  const client = createConnection(listener.getsockname());
  await Promise.all(children.map(({ child }) => once(child, 'close')));
  const woken = children.filter(({ text }) => text.endsWith('\nwoken\n')).length;
  console.log(`${woken === 4 ? '4' : woken < 4 && woken > 0 ? 'fewer than 4' : woken} of 4 woken`);
  client.close();
  listener.close();
}
