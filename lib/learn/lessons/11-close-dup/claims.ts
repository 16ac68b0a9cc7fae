/** The claims of lesson 11 about closed numbers. */
import assert from 'node:assert/strict';
import { EPOLLIN, epoll, POLLIN, POLLNVAL, poll, select } from 'fdselect';
import { close, dup, pipe, read, setBlocking, write } from 'fdselect/os';
import { claim } from '../../course/claim.js';
import { closeAll, interestList, startWorker } from '../../course/kernel.js';
import { codeOf } from '../../course/proof.js';

/** A pipe whose reading end was registered and then closed; a copy of it is open. */
function ghost() {
  const [reader, writer] = pipe();
  const set = epoll();
  set.register(reader, EPOLLIN);
  const copy = dup(reader);
  close(reader);
  return { reader, writer, set, copy };
}

/** A new pipe that gets the number of the closed one. */
function newPipe(number: number): [reader: number, writer: number] {
  const [reader, writer] = pipe();
  assert.equal(reader, number);
  setBlocking(reader, false);
  return [reader, writer];
}

const numbers = (answers: [number, number][]) => answers.map(([fd]) => fd);

async function closedMeanwhile<T>(wait: (fd: number) => T): Promise<[T, number]> {
  const [reader, writer] = pipe();
  const url = new URL('./closer.js', import.meta.url);
  const worker = await startWorker(url, { pid: process.pid, fd: reader });
  const began = performance.now();
  const answer = wait(reader);
  const slept = performance.now() - began;
  await worker.terminate();
  close(writer);
  return [answer, slept];
}

export const claims = [
  claim('ghost-select', '`select` fails with `EBADF` for a closed number.', () => {
    const [reader, writer] = pipe();
    close(reader);
    assert.equal(
      codeOf(() => select([reader], [], [], 0)),
      'EBADF',
    );
    close(writer);
  }),
  claim('ghost-poll', '`poll` answers `NVAL` for it.', () => {
    const [reader, writer] = pipe();
    const poller = poll();
    poller.register(reader, POLLIN);
    close(reader);
    const answer = poller.poll(0);
    close(writer);
    assert.deepEqual(answer, [[reader, POLLNVAL]]);
  }),
  claim(
    'ghost-epoll',
    '`epoll` goes on telling of the file under the closed number, as long as a copy is open.',
    () => {
      const { reader, writer, set, copy } = ghost();
      write(writer, 'x');
      const told = numbers(set.poll(0));
      const entry = interestList(set)[0]?.fd;
      closeAll(set, writer, copy);
      assert.deepEqual(told, [reader]);
      assert.equal(entry, reader);
    },
    'proc',
  ),
  claim(
    'ghost-no-del',
    'Such an entry cannot be taken off: `EPOLL_CTL_DEL` with the closed number is `EBADF`.',
    () => {
      const { reader, writer, set, copy } = ghost();
      const code = codeOf(() => set.unregister(reader));
      closeAll(set, writer, copy);
      assert.equal(code, 'EBADF');
    },
    'linux',
  ),
  claim(
    'ghost-wrong-file',
    'When a new file gets the number, `epoll` tells of the old one, and `read` asks the new one: `EAGAIN`.',
    () => {
      const { reader, writer, set, copy } = ghost();
      write(writer, 'x');
      const [second, secondWriter] = newPipe(reader);
      const told = numbers(set.poll(0));
      const code = codeOf(() => read(second, 9));
      closeAll(set, writer, copy, second, secondWriter);
      assert.deepEqual(told, [second]);
      assert.equal(code, 'EAGAIN');
    },
    'linux',
  ),
  claim(
    'ghost-silent',
    'When the copy is closed the entry goes, and the new file is not watched, though data is there.',
    () => {
      const { reader, writer, set, copy } = ghost();
      const [second, secondWriter] = newPipe(reader);
      write(secondWriter, 'z');
      close(copy);
      const told = set.poll(0);
      const list = interestList(set);
      closeAll(set, writer, second, secondWriter);
      assert.deepEqual(told, []);
      assert.deepEqual(list, []);
    },
    'proc',
  ),
  claim(
    'ghost-two-entries',
    'After registering the new one there are two entries with one number, and two inodes.',
    () => {
      const { reader, writer, set, copy } = ghost();
      const [second, secondWriter] = newPipe(reader);
      set.register(second, EPOLLIN);
      const list = interestList(set);
      closeAll(set, writer, copy, second, secondWriter);
      assert.deepEqual(
        list.map(({ fd }) => fd),
        [second, second],
      );
      assert.notEqual(list[0]?.inode, list[1]?.inode);
    },
    'proc',
  ),
  claim(
    'ghost-del-first',
    'Taken off before it is closed, nothing is left, whatever copies there are.',
    () => {
      const [reader, writer] = pipe();
      const set = epoll();
      set.register(reader, EPOLLIN);
      const copy = dup(reader);
      set.unregister(reader);
      close(reader);
      write(writer, 'x');
      const told = set.poll(0);
      closeAll(set, writer, copy);
      assert.deepEqual(told, []);
    },
    'linux',
  ),
  claim(
    'ghost-no-copy',
    'Without a copy, closing the number takes the entry off by itself.',
    () => {
      const [reader, writer] = pipe();
      const set = epoll();
      set.register(reader, EPOLLIN);
      close(reader);
      const list = interestList(set);
      closeAll(set, writer);
      assert.deepEqual(list, []);
    },
    'proc',
  ),
  claim(
    'close-ends-no-poll',
    'A `close` in another thread does not end a `poll`: it sleeps its 200 ms and then says `NVAL`.',
    async () => {
      const [answer, slept] = await closedMeanwhile((fd) => {
        const poller = poll();
        poller.register(fd, POLLIN);
        return poller.poll(200)[0]?.[1];
      });
      assert.equal(answer, POLLNVAL);
      assert.ok(slept >= 199, `${slept} ms`);
    },
    'proc',
  ),
  claim(
    'close-ends-no-epoll',
    'It does not end an `epoll_wait` either, which then says nothing.',
    async () => {
      const [answer, slept] = await closedMeanwhile((fd) => {
        const set = epoll();
        set.register(fd, EPOLLIN);
        const told = set.poll(0.2);
        set.close();
        return told;
      });
      assert.deepEqual(answer, []);
      assert.ok(slept >= 199, `${slept} ms`);
    },
    'proc',
  ),
];
