/** Channels with many clients, resets before accept, refused files, small pieces and fake timers. */

import { EPOLLIN, epoll } from 'fdselect';
import { AsyncChat } from 'fdselect/asynchat';
import {
  type ChannelMap,
  closeAll,
  Dispatcher,
  DispatcherWithSend,
  FileDispatcher,
  loop,
  loopAsync,
  socketMap,
} from 'fdselect/asyncore';
import { IPPROTO_TCP, type Socket, socket, socketpair, TCP_NODELAY } from 'fdselect/socket';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Acceptor, ANYWHERE, captured, MODES, paired, Recorder } from '../support/asyncore.ts';
import { close, closing, openPipe, openServer, reset } from '../support/sandbox.ts';

const X = Buffer.from('x');

afterEach(() => closeAll());

/** As many clients of a server, connected and not accepted. */
function clientsOf(
  { address }: { address: ReturnType<Socket['getsockname']> },
  count: number,
): Socket[] {
  return Array.from({ length: count }, () => {
    const client = closing(socket());
    client.connect(address);
    return client;
  });
}

class Listener extends Acceptor {
  constructor() {
    super();
    this.listen(200);
  }
}

describe.each(MODES)('$name', ({ run, isAsync }) => {
  test('one pass accepts 64 connections, the next one the rest', async () => {
    const server = new Listener();
    clientsOf(server, 70);
    await run(1, null, 1);
    expect(server.accepted).toHaveLength(64);
    await run(1, null, 1);
    expect(server.accepted).toHaveLength(70);
  });

  test('a listener whose readable() is false accepts no more', async () => {
    class Limited extends Listener {
      override readable(): boolean {
        return this.accepted.length < 3;
      }
    }
    const server = new Limited();
    clientsOf(server, 10);
    await run(0.05, null, 2);
    expect(server.accepted).toHaveLength(3);
  });

  test('an overridden handleAccept decides how many it accepts', async () => {
    class Single extends Listener {
      override handleAccept(): void {
        const pair = this.accept();
        if (pair !== null) this.handleAccepted(pair[0]);
      }
    }
    const server = new Single();
    clientsOf(server, 10);
    await run(1, null, 2);
    expect(server.accepted).toHaveLength(2);
  });

  test('handleAccepted that closes the listener, or makes it listen again', async () => {
    class Once extends Listener {
      override handleAccepted(sock: Socket): void {
        super.handleAccepted(sock);
        this.close();
      }
    }
    const server = new Once();
    clientsOf(server, 3);
    await run(1, null, 1);
    expect(server.accepted).toHaveLength(1);
    expect(socketMap.size).toBe(0);
  });

  const lost: [string, (sock: Socket) => Dispatcher & { closes?: number }][] = [
    ['a Dispatcher', (sock) => new Recorder(sock)],
    [
      'one that does not read',
      (sock) => Object.assign(new Recorder(sock), { readable: () => false }),
    ],
    ['a DispatcherWithSend', (sock) => new DispatcherWithSend(sock)],
    ['an AsyncChat', (sock) => new Lines(sock)],
    [
      'an AsyncChat that does not read',
      (sock) => Object.assign(new Lines(sock), { readable: () => false }),
    ],
  ];

  test.each(lost)('%s that was reset before it was accepted is closed at once', async (_, make) => {
    for (const text of ['', 'hello\n']) {
      const server = openServer();
      const client = closing(socket());
      client.connect(server.getsockname());
      if (text !== '') client.send(Buffer.from(text));
      reset(client);
      const channel = make(closing(server.accept()[0]));
      expect(channel.connected).toBe(false);
      await run(1, null, 2);
      expect(channel.fileno()).toBe(-1);
    }
  });

  test('a pipe whose read end is closed is closed, even if nothing is written', async () => {
    const [r, w] = openPipe();
    class Writer extends FileDispatcher {
      override writable(): boolean {
        return false;
      }
    }
    const writer = new Writer(w);
    await run(0.01, null, 1);
    expect(writer.fileno()).toBeGreaterThan(0);
    close(r);
    await run(1, null, 1);
    expect(writer.fileno()).toBe(-1);
  });

  test('a socket that the program has connected sends pushed data', async () => {
    const server = new Acceptor();
    const sock = closing(socket());
    sock.setblocking(false);
    const chat = new Lines(sock);
    expect(chat.connected).toBe(false);
    chat.push(Buffer.from('early'));
    sock.connectEx(server.address);
    const deadline = performance.now() + 5000;
    while (chat.pending > 0 && performance.now() < deadline) await run(0.05, null, 1);
    expect([chat.pending, chat.connected]).toEqual([0, true]);
  });

  test('a handleClose that makes a new socket keeps it, whatever its number', async () => {
    const channel = new Recorder();
    channel.createSocket();
    channel.writable = () => false;
    channel.readable = () => false;
    const [reader, peer] = paired((sock) => new Recorder(sock));
    reader.writable = () => false;
    reader.handleRead = () => {
      reader.recv(1);
      close(closing(channel.fileno())); // behind its back
      channel.writable = () => true;
    };
    channel.handleClose = () => {
      channel.close();
      channel.createSocket();
      channel.events.push('new');
    };
    channel.handleWrite = () => {
      channel.events.push('write');
      closeAll();
    };
    peer.send(X);
    await run(1, null, 5); // one loop: another one would get the number for itself
    expect(channel.events).toEqual(['new', 'write']);
  });

  test('fake timers do not stop it', async () => {
    vi.useFakeTimers();
    try {
      paired((sock) => new Quiet(sock));
      await run(0.02, null, 2);
    } finally {
      vi.useRealTimers();
    }
  });

  test('a channel that announces its changes is asked after its events and after changed()', async () => {
    const [quiet, peer] = paired((sock) => new Quiet(sock));
    const [busy, busyPeer] = paired((sock) => new Recorder(sock));
    busy.writable = () => false;
    busy.handleRead = () => {
      busy.recv(1);
      if (++passes === 5) quiet.changed();
      if (passes < 10) busyPeer.send(X);
      else busyPeer.close();
    };
    let passes = 0;
    busyPeer.send(X);
    const asked = () => quiet.asked;
    const counts: number[] = [];
    busy.handleClose = () => {
      counts.push(asked());
      busy.close();
      peer.close();
    };
    quiet.handleRead = () => quiet.close();
    await run(null);
    // Once when it is new, once after changed(); a pass of its own at the end.
    expect(counts).toEqual([2]);
  });

  test.each(['the default map', 'a plain Map'])('%s changed by the program', async (which) => {
    const map: ChannelMap<Dispatcher> = which === 'a plain Map' ? new Map() : socketMap;
    const [a, aPeer] = socketpair();
    const [b, bPeer] = socketpair();
    const [first, second] = [new Quiet(closing(a), map), new Quiet(closing(b), map)];
    for (const peer of [closing(aPeer), closing(bPeer)]) peer.send(X);
    map.delete(second.fileno());
    first.handleRead = () => {
      first.recv(1);
      map.delete(first.fileno());
      map.set(second.fileno(), second);
    };
    second.handleRead = () => {
      second.recv(1);
      map.clear();
    };
    await run(5, map);
    expect([first.events, second.events]).toEqual([[], []]);
    expect(map.size).toBe(0);
    expect([aPeer, bPeer].map((peer) => peer.fileno() > 0)).toEqual([true, true]);
    if (isAsync) first.close();
  });

  test.each(['the default map', 'a plain Map'])(
    '%s: a channel takes the place of another',
    async (which) => {
      const map: ChannelMap<Dispatcher> = which === 'a plain Map' ? new Map() : socketMap;
      const log: string[] = [];
      const channel = (name: string, sock: Socket | null) =>
        Object.assign(new Recorder(sock, map), {
          writable: () => false,
          handleRead: () => void log.push(name),
        });
      const sides = [1, 2].map(() => {
        const [a, b] = socketpair();
        closing(b).send(X);
        return channel('former', closing(a));
      });
      // Both are ready in the same pass; the first that is called puts a new channel before the other.
      for (const [i, side] of sides.entries()) {
        const other = sides[1 - i] as Recorder;
        side.handleRead = () => {
          log.push('first');
          side.close();
          const latter = channel('latter', null);
          latter.socket = other.socket;
          latter.handleRead = () => {
            log.push('latter');
            map.clear();
          };
          map.set(other.fileno(), latter);
        };
      }
      await run(1, map, 2);
      expect(log).toEqual(['first', 'latter']);
    },
  );
});

describe.each(MODES.filter(({ usePoll }) => usePoll === 'epoll'))('$name', ({ run }) => {
  test('a file that the system refuses to watch closes only its channel', async () => {
    // epoll(7): sets that contain sets may be nested five deep, then EINVAL or ELOOP.
    const sets = Array.from({ length: 7 }, () => {
      const set = epoll();
      return closing(set);
    });
    for (let i = 1; i < 5; i++) sets[i]?.register(sets[i - 1] as never, EPOLLIN);
    const refused = new FileDispatcher(sets[4] as never);
    const errors: unknown[] = [];
    refused.writable = () => false;
    refused.handleError = (error) => {
      errors.push(error);
    };
    const [reader, peer] = paired((sock) => new Recorder(sock));
    reader.writable = () => false;
    peer.send(X);
    await run(1, null, 1);
    expect(errors).toMatchObject([{ syscall: 'epoll_ctl' }]);
    expect(refused.fileno()).toBe(-1);
    expect(reader.events).toEqual(['read']);
    expect([...socketMap.values()]).toEqual([reader]);
  });
});

/** Reads lines and keeps nothing. */
class Lines extends AsyncChat {
  constructor(sock: Socket) {
    super(sock);
    this.setTerminator('\n');
  }
  override collectIncomingData(): void {}
  override foundTerminator(): void {
    this.push(Buffer.from('an answer\n'));
  }
}

/** Counts how often it is asked. */
class Quiet extends Dispatcher {
  override announcesChanges = true;
  asked = 0;
  readonly events: string[] = [];

  override readable(): boolean {
    this.asked++;
    return true;
  }

  override writable(): boolean {
    return false;
  }
}

describe('TCP_NODELAY', () => {
  const noDelayOf = (sock: Socket) => sock.getsockopt(IPPROTO_TCP, TCP_NODELAY) !== 0;

  test.each([true, false])('noDelay = %s: of accepted and of connected sockets', (noDelay) => {
    const server = new Listener();
    const client = new Recorder();
    server.noDelay = client.noDelay = noDelay;
    client.createSocket();
    client.connect(server.address);
    const [sock] = server.accept() as [Socket, unknown];
    expect([closing(sock), client.socket as Socket].map(noDelayOf)).toEqual([noDelay, noDelay]);
  });

  test('by default', () => {
    expect(new Dispatcher().noDelay).toBe(true);
  });

  test('no option is set on sockets that do not have it', () => {
    const channel = new Dispatcher();
    channel.createSocket(undefined, 2); // SOCK_DGRAM
    channel.connect(ANYWHERE[0] === '127.0.0.1' ? ['127.0.0.1', 9] : ANYWHERE);
    expect(channel.connected).toBe(true);
  });
});

describe('send first', () => {
  test('data that the kernel takes at once is not kept', () => {
    const [channel, peer] = paired((sock) => new DispatcherWithSend(sock));
    expect(channel.send(Buffer.from('hello'))).toBe(5);
    expect([channel.pending, channel.writable()]).toEqual([0, false]);
    expect(String(peer.recv(9))).toBe('hello');
  });

  test('a class may have fields with the names of inherited members', () => {
    class Own extends DispatcherWithSend {
      isFull = 'mine';
      sendNow = 'mine';
    }
    const [channel, peer] = paired((sock) => new Own(sock));
    Object.defineProperty(channel, 'pending', { value: 'mine' });
    const data = Buffer.alloc(3_000_000, 'x');
    channel.send(data);
    let received = 0;
    peer.setblocking(false);
    while (received < data.length) {
      loop(0.05, 'poll', null, 1);
      received += peer.recv(1_000_000).length;
    }
    expect([channel.isFull, channel.sendNow]).toEqual(['mine', 'mine']);
  });

  test('data that others push into outBuffer is sent too', () => {
    const [channel, peer] = paired((sock) => new DispatcherWithSend(sock));
    const [other, otherPeer] = paired((sock) => new Recorder(sock));
    other.writable = () => false;
    other.handleRead = () => {
      other.recv(1);
      channel.outBuffer.push(Buffer.from('pushed'));
    };
    otherPeer.send(X);
    loop(0.05, 'poll', null, 2);
    expect(String(peer.recv(9))).toBe('pushed');
  });

  test('a producer that discards the buffers is not asked again, and its piece is not sent', () => {
    const [chat, peer] = paired((sock) => new Lines(sock));
    chat.pushWithProducer({
      more: () => {
        chat.discardBuffers();
        return X;
      },
    });
    expect([chat.pending, chat.producerFifo.length]).toEqual([0, 0]);
    peer.setblocking(false);
    expect(() => peer.recv(1)).toThrow(expect.objectContaining({ code: 'EAGAIN' }));
  });
});

describe('an unfinished message', () => {
  class Collector extends AsyncChat {
    constructor(pieces: Iterator<Buffer>) {
      super();
      const sock = { fileno: () => 1000, recv: () => pieces.next().value, close: () => {} };
      this.setSocket(sock as unknown as Socket, new Map());
      this.terminator = '\r\n';
    }
    override collectIncomingData(data: Buffer): void {
      this._collectIncomingData(data);
    }
    override foundTerminator(): void {}
    get message(): Buffer {
      return this._getData();
    }
  }

  /** Bytes of memory that the collected pieces keep alive. */
  const held = (chat: Collector) => {
    const buffers = new Set(chat.incoming.map(({ buffer }) => buffer));
    return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
  };

  test('of 200,000 single bytes costs about twice its size', () => {
    function* bytes(): Generator<Buffer> {
      for (let i = 0; ; i++) yield Buffer.from([97 + (i % 26)]);
    }
    const chat = new Collector(bytes());
    for (let i = 0; i < 200_000; i++) chat.handleRead();
    expect(chat.incoming.length).toBeLessThan(100);
    expect(held(chat)).toBeLessThan(400_000);
    const { message } = chat;
    expect(message.length).toBe(200_000);
    expect(message.every((byte, i) => byte === 97 + (i % 26))).toBe(true);
    expect([chat.incoming.length, chat.message.length]).toEqual([0, 0]);
  });

  test('at the end of a large chunk does not keep the chunk', () => {
    function* chunks(): Generator<Buffer> {
      for (;;) yield Buffer.from(`${'x'.repeat(65_000)}\r\nend\r`);
    }
    const chat = new Collector(chunks());
    chat.foundTerminator = () => void chat.message;
    chat.handleRead();
    expect(held(chat)).toBeLessThan(1000);
    expect(String(chat.message)).toBe('end');
  });

  test('pieces that its class adds or takes keep their order', () => {
    const texts = ['one', 'two', 'three', 'four'];
    const chat = new Collector(texts.map((text) => Buffer.from(text)).values());
    chat.handleRead();
    chat.incoming.push(Buffer.from('+'));
    chat.handleRead();
    expect(String(Buffer.concat(chat.incoming.splice(0, 1)))).toMatch(/^one/);
    chat.incoming.length = 0;
    chat.handleRead();
    chat.incoming.unshift(Buffer.from('<'));
    chat.handleRead();
    expect(String(chat.message)).toBe('<threefour');
  });
});

test('control characters in an error text are shown escaped', () => {
  const stdout = captured(process.stdout);
  const [channel] = paired((sock) => new Dispatcher(sock));
  channel.handleError(new Error('from a client: \x1b[2J\r\n\x07\u009b'));
  expect(stdout.text).toContain('Error:from a client: \\x1b[2J\\x0d\\x0a\\x07\\x9b ');
  expect(stdout.text.indexOf('\n')).toBe(stdout.text.length - 1);
});

test('loopAsync under fake timers waits, and is ended by its signal', async () => {
  vi.useFakeTimers();
  try {
    paired((sock) => new Quiet(sock));
    const controller = new AbortController();
    const finished = loopAsync(null, 'poll', null, null, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(finished).rejects.toThrow('enough');
  } finally {
    vi.useRealTimers();
  }
});

test('the parts of a dispatcher are made on first use', () => {
  const [a, b] = [new Dispatcher(), new Dispatcher()];
  expect(a.ignoreLogTypes).toBe(b.ignoreLogTypes);
  expect([...a.ignoreLogTypes]).toEqual(['warning']);
});
