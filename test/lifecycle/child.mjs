/**
 * Lives of a process: each ends the process, or a worker, at a moment when that could go wrong.
 * `child.mjs NAME COUNT` lives one of them; `child.mjs bare` and `child.mjs loaded` live those that the
 * parent names, the latter with the package loaded in the main thread too. Run as a worker, this file
 * is what such a life ends. Exit code 0: all is well.
 */
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const [name, count] = process.argv.slice(2);

/** Imports the package late: some lives are about the loading itself. */
async function load() {
  const [select, selectors, os, sockets] = await Promise.all([
    import('fdselect'),
    import('fdselect/selectors'),
    import('fdselect/os'),
    import('fdselect/socket'),
  ]);
  return { ...select, ...selectors, ...os, ...sockets };
}

function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}

function assert(condition, what) {
  if (!condition) throw new Error(what);
}

/** Starts this file as a worker and waits until it says that it has come to its step. */
async function start(step) {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: step });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  worker.on('error', (error) => {
    throw error;
  });
  const message =
    step === 'load' ? null : await new Promise((resolve) => worker.once('message', resolve));
  return { worker, ended, message };
}

/** Ends a worker at a step: in the middle of it, a little later each time. */
async function terminateAt(step) {
  const { worker, ended } = await start(step);
  for (let i = Math.floor(Math.random() * 4); i > 0; i--) await turn();
  await worker.terminate();
  await ended;
}

/** Two open files of one file. */
async function openTwice() {
  const { memfdCreate, open, O_RDWR } = await import('fdselect/os');
  const path = `/proc/self/fd/${memfdCreate('locked')}`;
  return [open(path, O_RDWR), open(path, O_RDWR)];
}

/** The steps of a worker; each runs until the worker is terminated. */
const steps = {
  async load() {
    await load();
  },
  async syncSelect() {
    const { select } = await import('fdselect');
    const { pipe } = await import('fdselect/os');
    const [r] = pipe();
    parentPort.postMessage('waiting');
    select([r], [], []);
  },
  async syncPoll() {
    const { poll } = await import('fdselect');
    const { pipe } = await import('fdselect/os');
    const poller = poll();
    poller.register(pipe()[0]);
    parentPort.postMessage('waiting');
    poller.poll();
  },
  async syncEpoll() {
    const { epoll } = await import('fdselect');
    const { pipe } = await import('fdselect/os');
    const poller = epoll();
    poller.register(pipe()[0]);
    parentPort.postMessage('waiting');
    poller.poll();
  },
  /** Two waits in a row, without a turn of the worker's event loop in between. */
  async twoWaits() {
    const { pipe, read, select } = await load();
    const [r, w] = pipe();
    parentPort.postMessage(w);
    select([r], [], []);
    read(r, 1);
    parentPort.postMessage('again');
    select([r], [], []);
  },
  async syncRecv() {
    const { socketpair } = await import('fdselect/socket');
    const [a] = socketpair();
    parentPort.postMessage('waiting');
    a.recv(1);
  },
  async syncRecvWithTimeout() {
    const { socketpair } = await import('fdselect/socket');
    const [a] = socketpair();
    a.settimeout(600);
    parentPort.postMessage('waiting');
    a.recv(1);
  },
  async syncRecvfrom() {
    const { socket, AF_INET, SOCK_DGRAM } = await import('fdselect/socket');
    const udp = socket(AF_INET, SOCK_DGRAM);
    udp.bind(['127.0.0.1', 0]);
    parentPort.postMessage('waiting');
    udp.recvfrom(1);
  },
  async syncRecvmsg() {
    const { socketpair } = await import('fdselect/socket');
    const [a] = socketpair();
    parentPort.postMessage('waiting');
    a.recvmsg(1, 100);
  },
  async syncSendmsg() {
    const { socketpair } = await import('fdselect/socket');
    const [a] = socketpair();
    parentPort.postMessage('waiting');
    for (;;) a.sendmsg([Buffer.alloc(100_000)]);
  },
  async syncSendfile() {
    const { memfdCreate, write } = await import('fdselect/os');
    const { socketpair } = await import('fdselect/socket');
    const [a] = socketpair();
    const file = memfdCreate('file');
    write(file, Buffer.alloc(5_000_000));
    parentPort.postMessage('waiting');
    a.sendfile(file);
  },
  async syncAsyncCalls() {
    const { createServer, getaddrinfoAsync, socketpair } = await import('fdselect/socket');
    const [a] = socketpair();
    void a.recvAsync(1).catch(() => {});
    void a.sendallAsync(Buffer.alloc(5_000_000)).catch(() => {});
    void socketpair()[0]
      .recvmsgAsync(1, 100)
      .catch(() => {});
    void createServer(['127.0.0.1', 0])
      .acceptAsync()
      .catch(() => {});
    void getaddrinfoAsync('localhost', 80).catch(() => {});
    parentPort.postMessage('waiting');
  },
  async syncAccept() {
    const { createServer } = await import('fdselect/socket');
    const listener = createServer(['127.0.0.1', 0]);
    parentPort.postMessage('waiting');
    listener.accept();
  },
  async syncSend() {
    const { socketpair } = await import('fdselect/socket');
    const [a] = socketpair();
    const data = Buffer.alloc(1_000_000);
    parentPort.postMessage('waiting');
    for (;;) a.send(data);
  },
  async syncSendall() {
    const { socketpair } = await import('fdselect/socket');
    const [a] = socketpair();
    parentPort.postMessage('waiting');
    a.sendall(Buffer.alloc(10_000_000));
  },
  async syncSendto() {
    const { socket, AF_UNIX, SOCK_DGRAM } = await import('fdselect/socket');
    const [receiver, sender] = [1, 2].map(() => socket(AF_UNIX, SOCK_DGRAM));
    receiver.bind('');
    parentPort.postMessage('waiting');
    for (;;) sender.sendto(Buffer.from('x'), receiver.getsockname());
  },
  async syncConnect() {
    const { createServer, socket } = await import('fdselect/socket');
    const listener = createServer(['127.0.0.1', 0], { backlog: 0 });
    parentPort.postMessage('waiting');
    // The kernel drops the handshake of those that find the queue full.
    for (;;) socket().connect(listener.getsockname());
  },
  async syncConnectWithTimeout() {
    const { createServer, socket } = await import('fdselect/socket');
    const listener = createServer(['127.0.0.1', 0], { backlog: 0 });
    parentPort.postMessage('waiting');
    for (;;) {
      const client = socket();
      client.settimeout(600);
      client.connect(listener.getsockname());
    }
  },
  async syncConnectUnix() {
    const { socket, AF_UNIX } = await import('fdselect/socket');
    const listener = socket(AF_UNIX);
    listener.bind('');
    listener.listen(0);
    parentPort.postMessage('waiting');
    for (;;) socket(AF_UNIX).connect(listener.getsockname());
  },
  async fileRead() {
    const { pipe, read } = await import('fdselect/os');
    const [r] = pipe();
    parentPort.postMessage('waiting');
    read(r, 1);
  },
  async fileReadOfTerminal() {
    const { openpty, read } = await import('fdselect/os');
    const [, terminal] = openpty();
    parentPort.postMessage('waiting');
    read(terminal, 1);
  },
  async fileWrite() {
    const { pipe, write } = await import('fdselect/os');
    const [, w] = pipe();
    parentPort.postMessage('waiting');
    write(w, Buffer.alloc(1_000_000));
  },
  async fileReadv() {
    const { pipe, readv } = await import('fdselect/os');
    const [r] = pipe();
    parentPort.postMessage('waiting');
    readv(r, [Buffer.alloc(1), Buffer.alloc(1)]);
  },
  async fileWritev() {
    const { pipe, writev } = await import('fdselect/os');
    const [, w] = pipe();
    parentPort.postMessage('waiting');
    writev(w, [Buffer.alloc(1_000_000), Buffer.alloc(1)]);
  },
  async fileSplice() {
    const { pipe, splice } = await import('fdselect/os');
    const [[r], [, w]] = [pipe(), pipe()];
    parentPort.postMessage('waiting');
    splice(r, w, 100);
  },
  async fileSendfile() {
    const { memfdCreate, sendfile, write } = await import('fdselect/os');
    const { socketpair } = await import('fdselect/socket');
    const file = memfdCreate('long');
    write(file, Buffer.alloc(1_000_000));
    const [a] = socketpair();
    parentPort.postMessage('waiting');
    for (;;) sendfile(a, file, 0, 1_000_000);
  },
  async fileEventfdRead() {
    const { eventfd, eventfdRead } = await import('fdselect/os');
    const fd = eventfd(0);
    parentPort.postMessage('waiting');
    eventfdRead(fd);
  },
  async fileEventfdWrite() {
    const { eventfd, eventfdWrite } = await import('fdselect/os');
    const fd = eventfd(1);
    parentPort.postMessage('waiting');
    eventfdWrite(fd, 2n ** 64n - 2n);
  },
  async fileAsyncTwins() {
    const os = await load();
    const { F_OFD_SETLKW, F_WRLCK, fcntl, fcntlAsync, flock, flockAsync, LOCK_EX } = await import(
      'fdselect/fcntl'
    );
    const { inotifyInit, readInotifyAsync } = await import('fdselect/linux');
    const { spawn } = await import('node:child_process');
    const [r, w] = os.pipe();
    const [a, b] = await openTwice();
    const lock = Buffer.alloc(32);
    lock.writeInt16LE(F_WRLCK);
    flock(a, LOCK_EX);
    fcntl(a, F_OFD_SETLKW, lock);
    const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
    os.setBlocking(w, false);
    os.write(w, Buffer.alloc(1_000_000));
    const pending = [
      os.readvAsync(os.pipe()[0], [Buffer.alloc(1)]),
      os.writevAsync(w, [Buffer.alloc(1)]),
      os.eventfdReadAsync(os.eventfd(0)),
      os.eventfdWriteAsync(os.eventfd(1), 2n ** 64n - 2n),
      os.waitpidAsync(child.pid, 0),
      os.waitpidAsync(-1, 0),
      flockAsync(b, LOCK_EX),
      fcntlAsync(b, F_OFD_SETLKW, lock),
      readInotifyAsync(inotifyInit()),
    ];
    for (const promise of pending) promise.catch(() => {});
    parentPort.postMessage('waiting');
    await Promise.race(pending);
    throw new Error(`one of them is settled although nothing is ready: ${r}`);
  },
  async fileWaitpid() {
    const { waitpid } = await import('fdselect/os');
    const { spawn } = await import('node:child_process');
    const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
    parentPort.postMessage('waiting');
    waitpid(child.pid, 0);
  },
  async fileWaitpidOfAny() {
    const { waitpid } = await import('fdselect/os');
    const { spawn } = await import('node:child_process');
    spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
    parentPort.postMessage('waiting');
    waitpid(-1, 0);
  },
  async fileFlock() {
    const { flock, LOCK_EX } = await import('fdselect/fcntl');
    const [a, b] = await openTwice();
    flock(a, LOCK_EX);
    parentPort.postMessage('waiting');
    flock(b, LOCK_EX);
  },
  async fileLock() {
    const { F_OFD_SETLKW, F_WRLCK, fcntl } = await import('fdselect/fcntl');
    const [a, b] = await openTwice();
    const lock = Buffer.alloc(32);
    lock.writeInt16LE(F_WRLCK);
    fcntl(a, F_OFD_SETLKW, lock);
    parentPort.postMessage('waiting');
    fcntl(b, F_OFD_SETLKW, lock);
  },
  async fileReadInotify() {
    const { inotifyInit, readInotify } = await import('fdselect/linux');
    const fd = inotifyInit();
    parentPort.postMessage('waiting');
    readInotify(fd);
  },
  async fileIoReadOnce() {
    const { openpty } = await import('fdselect/os');
    const { read } = await import('fdselect/io');
    const [, terminal] = openpty();
    parentPort.postMessage('waiting');
    read(terminal, 1);
  },
  async fileIoRead() {
    const { pipe } = await import('fdselect/os');
    const { readAll } = await import('fdselect/io');
    const [r] = pipe();
    parentPort.postMessage('waiting');
    readAll(r, { timeout: 600 });
  },
  async fileIoWrite() {
    const { pipe } = await import('fdselect/os');
    const { writeAll } = await import('fdselect/io');
    const [, w] = pipe();
    parentPort.postMessage('waiting');
    writeAll(w, Buffer.alloc(1_000_000));
  },
  async fileFdopen() {
    const { pipe } = await import('fdselect/os');
    const { fdopen } = await import('fdselect/io');
    const file = fdopen(pipe()[0]);
    parentPort.postMessage('waiting');
    file.readline();
  },
  async fileInput() {
    const { dup2, pipe } = await import('fdselect/os');
    const { input } = await import('fdselect/io');
    dup2(pipe()[0], 0);
    parentPort.postMessage('waiting');
    input();
  },
  async asyncWaits() {
    const { selectAsync, poll, epoll } = await import('fdselect');
    const { pipe } = await import('fdselect/os');
    for (let i = 0; i < 20; i++) {
      const [r] = pipe();
      const poller = poll();
      poller.register(r);
      const set = epoll();
      set.register(r);
      void selectAsync([r], [], []);
      void poller.pollAsync();
      void set.pollAsync();
    }
    parentPort.postMessage('waiting');
  },
  async delivering() {
    const { poll, POLLIN } = await import('fdselect');
    const { pipe, write, read } = await import('fdselect/os');
    const [r, w] = pipe();
    const poller = poll();
    poller.register(r, POLLIN);
    parentPort.postMessage('delivering');
    for (;;) {
      const pending = poller.pollAsync();
      write(w, 'x');
      await pending;
      read(r, 1);
      await turn();
    }
  },
  async closing() {
    const { epoll } = await import('fdselect');
    const { pipe, close } = await import('fdselect/os');
    const { DefaultSelector, EVENT_READ } = await import('fdselect/selectors');
    parentPort.postMessage('closing');
    for (;;) {
      const [r, w] = pipe();
      const set = epoll();
      set.register(r);
      const selector = new DefaultSelector();
      selector.register(r, EVENT_READ);
      const ends = [set.pollAsync(), selector.selectAsync()].map((end) => end.catch(() => {}));
      set.close();
      selector.close();
      close(r);
      close(w);
      await Promise.all(ends);
      await turn();
    }
  },
};

const SOCKET_STEPS = Object.keys(steps).filter((step) =>
  /^sync(Recv|Accept|Async|Send|Connect)/.test(step),
);

/** Steps of the modules for files of all kinds. */
const FILE_STEPS = Object.keys(steps).filter((step) => step.startsWith('file'));

const lives = {
  ...Object.fromEntries(
    FILE_STEPS.map((step) => [step.replace('file', 'terminateFile'), () => terminateAt(step)]),
  ),
  async terminateBlockedFiles() {
    const workers = await Promise.all(FILE_STEPS.map(start));
    await new Promise((resolve) => setTimeout(resolve, 50)); // all of them block by now
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
  },
  async exitBesideBlockedFiles() {
    await Promise.all(FILE_STEPS.map(start));
    setTimeout(() => process.exit(0), 50);
  },
  /** Each step for itself, so that a life that hangs names it. */
  ...Object.fromEntries(
    SOCKET_STEPS.map((step) => [step.replace('sync', 'terminateSync'), () => terminateAt(step)]),
  ),
  async terminateBlockedSockets() {
    const workers = await Promise.all(SOCKET_STEPS.map(start));
    await new Promise((resolve) => setTimeout(resolve, 50)); // all of them block by now
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
  },
  async exitBesideSyncSockets() {
    await Promise.all(SOCKET_STEPS.map(start));
    process.exit(0);
  },
  async exitBesideBlockedSockets() {
    await Promise.all(SOCKET_STEPS.map(start));
    setTimeout(() => process.exit(0), 50);
  },
  async exitBesideSyncWait() {
    await Promise.all(['syncSelect', 'syncPoll', 'syncEpoll'].map(start));
    process.exit(0);
  },
  async exitInAsyncWait() {
    const { pipe, selectAsync, epoll } = await load();
    const [r, w] = pipe();
    void selectAsync([r], [], []);
    const set = epoll();
    set.register(w);
    void set.pollAsync().then(() => process.exit(0));
    await turn();
    process.exit(0);
  },
  async exitInContinuation() {
    const { pipe, write, selectAsync } = await load();
    const [r, w] = pipe();
    setTimeout(() => write(w, 'x'), 1);
    await selectAsync([r], [], []);
    process.exit(0);
  },
  terminateLoading: () => terminateAt('load'),
  terminateSyncSelect: () => terminateAt('syncSelect'),
  terminateSyncPoll: () => terminateAt('syncPoll'),
  terminateSyncEpoll: () => terminateAt('syncEpoll'),
  /**
   * A request to the worker interrupts its first wait; the event loop has been signalled then, and
   * is not signalled again for the termination.
   */
  async terminateInWaitAfterRequest() {
    const { write } = await load();
    const { worker, ended, message: fd } = await start('twoWaits');
    // It asks each worker, as a heap snapshot does, which takes 20 times as long.
    assert(process.report.getReport().workers.length === 1, 'the worker has answered');
    const again = new Promise((resolve) => worker.once('message', resolve));
    write(fd, 'x');
    await again;
    await new Promise((resolve) => setTimeout(resolve, 20)); // it waits by now
    await worker.terminate();
    await ended;
  },
  terminateAsyncWaits: () => terminateAt('asyncWaits'),
  terminateDelivering: () => terminateAt('delivering'),
  terminateClosing: () => terminateAt('closing'),
  async severalWorkersAndMain() {
    const { pipe, write, selectAsync } = await load();
    const workers = await Promise.all(
      ['asyncWaits', 'delivering', 'syncPoll', 'closing'].map(start),
    );
    const [r, w] = pipe();
    const pending = selectAsync([r], [], []);
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
    write(w, 'x');
    assert((await pending)[0][0] === r, 'the wait of the main thread goes on');
  },
  async collectGarbage() {
    const { pipe, close, poll, epoll, selectAsync, Waker, DefaultSelector } = await load();
    const [r, w] = pipe();
    const abort = new AbortController();
    const set = epoll();
    for (let i = 0; i < 100; i++) {
      const poller = poll();
      poller.register(r);
      poller.poll(0);
      const signal = i % 2 === 0 ? abort.signal : undefined;
      void poller.pollAsync(1, { signal }).catch(() => {});
      void selectAsync([r], [], [], 0.001).catch(() => {});
      new DefaultSelector().close();
      new Waker().close();
    }
    const waiting = poll();
    waiting.register(r);
    let isOver = false;
    void waiting.pollAsync(20).then(() => {
      isOver = true;
    });
    for (let i = 0; i < 10; i++) {
      globalThis.gc();
      await turn();
    }
    abort.abort();
    while (!isOver) {
      globalThis.gc();
      await turn();
    }
    for (const fd of [r, w]) close(fd);
    set.close();
  },
  async closeWhatIsWaitedFor() {
    const { pipe, dup, close, write, poll, selectAsync } = await load();
    const [r, w] = pipe();
    const other = dup(r);
    const abort = new AbortController();
    const poller = poll();
    poller.register(r);
    // The thread's poll() notices a closed fd, epoll forgets it: both are right.
    const ends = Promise.allSettled([
      selectAsync([r], [], [], null, abort),
      poller.pollAsync(null, abort),
    ]);
    const [kept] = pipe();
    const unharmed = selectAsync([kept], [], [], 0.01);
    close(r);
    write(w, 'x');
    await turn();
    close(other);
    await turn();
    close(w);
    assert((await unharmed)[0].length === 0, 'the other wait runs its time');
    abort.abort();
    await ends;
  },
  async throwInContinuation() {
    const { pipe, write, selectAsync } = await load();
    const [r, w] = pipe();
    const seen = [];
    process.on('uncaughtException', (error) => seen.push(error.message));
    const rejected = (message) => {
      throw new Error(message);
    };
    const pending = [1, 2, 3].map((i) => selectAsync([r], [], []).then(() => rejected(`no ${i}`)));
    write(w, 'x');
    await Promise.allSettled(pending.slice(2));
    await turn();
    assert(seen.join() === 'no 1,no 2', `uncaught: ${seen}`);
    assert((await selectAsync([r], [], []))[0].length === 1, 'the waiter goes on');
  },
};

/**
 * A terminated worker leaves the children that it has not waited for. Their stdin is closed with it,
 * so they end; waitpid(-1) of the next life must not get them.
 */
async function reapChildren() {
  const { waitpid } = await import('fdselect/os');
  for (;;) {
    try {
      waitpid(-1, 0);
    } catch (error) {
      if (error.code === 'ECHILD') return;
      throw error;
    }
  }
}

async function live(life, times) {
  for (let i = times; i > 0; i--) {
    await lives[life]();
    if (/^terminate.*File/.test(life)) await reapChildren();
  }
}

/** Lives what the parent names, until that is the end. */
async function liveOnRequest() {
  if (name === 'loaded') await load();
  process.on('message', async (life) => {
    if (life === 'end') return process.disconnect();
    await lives[life]();
    process.send('lived');
  });
}

if (!isMainThread) await steps[workerData]();
else if (process.channel) await liveOnRequest();
else await live(name, Number(count));
