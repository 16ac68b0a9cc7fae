/** The cases of CPython's test_asyncore, under their names, in our own words. */
import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI } from 'fdselect';
import {
  _exception,
  _strerror,
  closeAll,
  compactTraceback,
  Dispatcher,
  DispatcherWithSend,
  ExitNow,
  FileDispatcher,
  FileWrapper,
  loop,
  read,
  readwrite,
  socketMap,
  write,
} from 'fdselect/asyncore';
import { close as osClose } from 'fdselect/os';
import {
  type Address,
  AF_INET,
  AF_INET6,
  AF_UNIX,
  MSG_OOB,
  SO_LINGER,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socket,
} from 'fdselect/socket';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { captured, MODES } from '../support/asyncore.ts';
import { closing, openServer } from '../support/sandbox.ts';
import { osError, thrown } from '../support/thrown.ts';
import { InWorker } from '../support/worker.ts';

afterEach(() => closeAll());

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fdselect-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

class Exiting {
  handleReadEvent(): void {
    throw new ExitNow();
  }
  handleWriteEvent = this.handleReadEvent;
  handleExptEvent = this.handleReadEvent;
  handleClose = this.handleReadEvent;
  handleError(error: unknown): void {
    throw error;
  }
}

class Crashing {
  readonly errors: unknown[] = [];
  handleReadEvent(): void {
    throw new Error('crash');
  }
  handleWriteEvent = this.handleReadEvent;
  handleExptEvent = this.handleReadEvent;
  handleClose = this.handleReadEvent;
  handleError(error: unknown): void {
    this.errors.push(error);
  }
}

const FLAGS = [
  [POLLIN, 'read'],
  [POLLPRI, 'expt'],
  [POLLOUT, 'write'],
  [POLLERR, 'closed'],
  [POLLHUP, 'closed'],
  [POLLNVAL, 'closed'],
] as const;

describe('HelperFunctionTests', () => {
  test.each([read, write, _exception])('readwriteexc: %s', (tell) => {
    expect(() => tell(new Exiting())).toThrow(ExitNow);
    const crashing = new Crashing();
    tell(crashing);
    expect(crashing.errors).toEqual([new Error('crash')]);
  });

  test.each(FLAGS)('readwrite: %i calls %s', (flag, expected) => {
    const called: string[] = [];
    const channel = {
      handleReadEvent: () => void called.push('read'),
      handleWriteEvent: () => void called.push('write'),
      handleExptEvent: () => void called.push('expt'),
      handleClose: () => void called.push('closed'),
      handleError: () => void called.push('error'),
    };
    readwrite(channel, flag);
    expect(called).toEqual([expected]);
    expect(() => readwrite(new Exiting(), flag)).toThrow(ExitNow);
    const crashing = new Crashing();
    readwrite(crashing, flag);
    expect(crashing.errors).toEqual([new Error('crash')]);
  });

  test('closeall', () => {
    const closed: number[] = [];
    const map = new Map(
      Array.from({ length: 10 }, (_, i) => [i, { close: () => void closed.push(i) }]),
    );
    closeAll(map);
    expect(closed).toHaveLength(10);
    expect(map.size).toBe(0);
  });

  test('closeall_default', () => {
    const sockets = Array.from({ length: 10 }, () => new Dispatcher(socket()).socket as Socket);
    expect(socketMap.size).toBe(10);
    closeAll();
    expect(sockets.map((one) => one.fileno())).toEqual(sockets.map(() => -1));
    expect(socketMap.size).toBe(0);
  });

  test('compact_traceback', () => {
    function spamless(): never {
      throw new SyntaxError("I don't like spam!");
    }
    const error = thrown(spamless) as SyntaxError;
    const [[file, name, line], type, value, info] = compactTraceback(error);
    expect([file.split('/').at(-1), name]).toEqual(['asyncore-cpython.test.ts', 'spamless']);
    expect(Number(line)).toBeGreaterThan(100);
    expect(type).toBe(SyntaxError);
    expect(value).toBe(error);
    expect(info.endsWith(`[${file}|spamless|${line}]`)).toBe(true);
  });
});

describe('DispatcherTests', () => {
  test('basic', () => {
    const dispatcher = new Dispatcher();
    expect([dispatcher.readable(), dispatcher.writable()]).toEqual([true, true]);
  });

  test('repr', () => {
    expect(String(new Dispatcher())).toBe('<Dispatcher>');
  });

  test('log', () => {
    const stderr = captured(process.stderr);
    const dispatcher = new Dispatcher();
    dispatcher.log('Lovely spam! Wonderful spam!');
    dispatcher.log("I don't like spam!");
    expect(stderr.text).toBe("log: Lovely spam! Wonderful spam!\nlog: I don't like spam!\n");
  });

  test('log_info', () => {
    const stdout = captured(process.stdout);
    const dispatcher = new Dispatcher();
    dispatcher.logInfo('Have you got anything without spam?', 'EGGS');
    dispatcher.logInfo("Why can't she have egg bacon spam and sausage?");
    dispatcher.logInfo("THAT'S got spam in it!", 'SPAM');
    expect(stdout.text).toBe(`EGGS: Have you got anything without spam?
info: Why can't she have egg bacon spam and sausage?
SPAM: THAT'S got spam in it!
`);
  });

  test('unhandled', () => {
    const stdout = captured(process.stdout);
    const dispatcher = new Dispatcher();
    const tellAll = () => {
      dispatcher.handleExpt();
      dispatcher.handleRead();
      dispatcher.handleWrite();
      dispatcher.handleConnect();
    };
    tellAll();
    expect(stdout.text).toBe('');
    dispatcher.ignoreLogTypes = new Set();
    tellAll();
    expect(stdout.text).toBe(`warning: unhandled incoming priority event
warning: unhandled read event
warning: unhandled write event
warning: unhandled connect event
`);
  });

  test('strerror', () => {
    expect(_strerror(constants.errno.EPERM)).toBe('Operation not permitted');
    expect(_strerror(-constants.errno.EPERM)).toBe('Operation not permitted');
    expect(_strerror(12345)).toMatch(/unknown error/i);
  });
});

describe.each(MODES)('DispatcherWithSendTests, $name', ({ until }) => {
  test('send', async () => {
    class NoRead extends DispatcherWithSend {
      override readable(): boolean {
        return false;
      }
      override handleConnect(): void {}
    }
    const server = openServer();
    const data = Buffer.from("Suppose there isn't a 16-ton weight?");
    const channel = new NoRead();
    channel.createSocket();
    channel.connect(server.getsockname());
    channel.send(data);
    channel.send(data);
    channel.send(Buffer.from('\n'));
    const connection = closing(server.accept()[0]);
    await until(() => channel.outBuffer.size === 0, 'all is sent');
    let received = '';
    while (!received.endsWith('\n')) received += connection.recv(10).toString();
    expect(received).toBe(`${data}${data}\n`);
  });
});

describe('FileWrapperTest', () => {
  const text = "It's not dead, it's sleeping!";
  let path = '';
  beforeEach(() => {
    path = join(folder, 'file');
    writeFileSync(path, text);
  });

  /** Closed by the caller; wrappers have a duplicate of their own. */
  function wrapped(flags: string): FileWrapper {
    const fd = openSync(path, flags);
    const wrapper = new FileWrapper(fd);
    closeSync(fd);
    expect(wrapper.fd).not.toBe(fd);
    expect(wrapper.fileno()).toBe(wrapper.fd);
    return wrapper;
  }

  test('recv', () => {
    const wrapper = wrapped('r');
    expect(String(wrapper.recv(13))).toBe("It's not dead");
    expect(String(wrapper.read(6))).toBe(", it's");
    wrapper.close();
    expect(thrown(() => wrapper.read(1))).toEqual(osError('EBADF', 'read'));
  });

  test('send', () => {
    const wrapper = wrapped('a');
    wrapper.write(Buffer.from('Come again?'));
    wrapper.send(Buffer.from('I want to buy some cheese.'));
    wrapper.close();
    expect(readFileSync(path, 'utf8')).toBe(`${text}Come again?I want to buy some cheese.`);
  });

  test.each(MODES)('dispatcher, $name', async ({ run }) => {
    const data: Buffer[] = [];
    class Reader extends FileDispatcher {
      override handleRead(): void {
        data.push(this.recv(29));
      }
    }
    const fd = openSync(path, 'r');
    new Reader(fd);
    closeSync(fd);
    await run(0.01, null, 2);
    expect(String(Buffer.concat(data))).toBe(text);
  });

  test('close_twice', () => {
    const wrapper = wrapped('r');
    osClose(wrapper.fd);
    expect(thrown(() => wrapper.close())).toEqual(osError('EBADF', 'close'));
    expect(wrapper.fd).toBe(-1);
    wrapper.close();
  });

  test('a file has no socket options but SO_ERROR', () => {
    const wrapper = wrapped('r');
    expect(wrapper.getsockopt(SOL_SOCKET, 4)).toBe(0);
    expect(thrown(() => wrapper.getsockopt(SOL_SOCKET, SO_REUSEADDR))).toMatchObject({
      code: 'ERR_METHOD_NOT_IMPLEMENTED',
    });
    wrapper.close();
  });
});

/** For handlers that a test does not expect to be called: the error leaves the loop and fails the test. */
function unexpected(name: string): never {
  throw new ExitNow(`${name} is not supposed to be called`);
}

class Handler extends Dispatcher {
  flag = false;
  override handleAccept(): void {
    unexpected('handleAccept');
  }
  override handleAccepted(_sock: Socket, _addr: Address): void {
    unexpected('handleAccepted');
  }
  override handleConnect(): void {
    unexpected('handleConnect');
  }
  override handleExpt(): void {
    unexpected('handleExpt');
  }
  override handleClose(): void {
    unexpected('handleClose');
  }
  override handleError(error: unknown): void {
    throw new ExitNow('an error', { cause: error });
  }
}

class Client extends Handler {
  constructor(family: number, address: Address) {
    super();
    this.createSocket(family);
    this.connect(address);
  }
  override handleConnect(): void {}
}

const FAMILIES = [
  ['IPv4', AF_INET],
  ['IPv6', AF_INET6],
  ['Unix', AF_UNIX],
] as const;

describe.each(MODES)('TestAPI, $name', ({ run, until }) => {
  describe.each(FAMILIES)('%s', (_, family) => {
    function anywhere(): Address {
      if (family === AF_UNIX) return join(folder, 'socket');
      return [family === AF_INET ? '127.0.0.1' : '::1', 0];
    }

    class Listener extends Handler {
      constructor() {
        super();
        this.createSocket(family);
        this.setReuseAddr();
        this.bind(anywhere());
        this.listen(5);
      }
      get address(): Address {
        return (this.socket as Socket).getsockname();
      }
    }

    class Server extends Listener {
      readonly #Accepted: new (
        socket: Socket,
      ) => Dispatcher;
      constructor(Accepted: new (socket: Socket) => Dispatcher = Handler) {
        super();
        this.#Accepted = Accepted;
      }
      override handleAccept(): void {
        Dispatcher.prototype.handleAccept.call(this);
      }
      override handleAccepted(sock: Socket): void {
        new this.#Accepted(sock);
      }
    }

    const untilFlag = (channel: { flag: boolean }) => until(() => channel.flag, 'the flag');

    test('handle_connect', async () => {
      class Connecting extends Client {
        override handleConnect(): void {
          this.flag = true;
        }
      }
      // On a Unix socket it is called at once.
      await untilFlag(new Connecting(family, new Server().address));
    });

    test('handle_accept', async () => {
      class Accepting extends Listener {
        override handleAccept(): void {
          this.flag = true;
        }
      }
      const server = new Accepting();
      new Client(family, server.address);
      await untilFlag(server);
    });

    test('handle_accepted', async () => {
      class Accepting extends Server {
        override handleAccepted(sock: Socket): void {
          sock.close();
          this.flag = true;
        }
      }
      const server = new Accepting();
      const client = new Client(family, server.address);
      client.readable = () => false;
      client.writable = () => false;
      await untilFlag(server);
    });

    test('handle_read', async () => {
      class Reading extends Client {
        override handleRead(): void {
          this.flag = true;
        }
      }
      class Sending extends Handler {
        constructor(sock: Socket) {
          super(sock);
          this.send(Buffer.alloc(1024, 'x'));
        }
      }
      await untilFlag(new Reading(family, new Server(Sending).address));
    });

    test('handle_write', async () => {
      class Writing extends Client {
        override handleWrite(): void {
          this.flag = true;
        }
      }
      await untilFlag(new Writing(family, new Server().address));
    });

    test('handle_close', async () => {
      class Reading extends Client {
        override handleRead(): void {
          this.recv(1024);
        }
        override handleClose(): void {
          this.flag = true;
          this.close();
        }
      }
      class Closing extends Handler {
        constructor(sock: Socket) {
          super(sock);
          this.close();
        }
      }
      await untilFlag(new Reading(family, new Server(Closing).address));
    });

    test('handle_close_after_conn_broken', async () => {
      const data = Buffer.alloc(128);
      class Writing extends Client {
        override handleWrite(): void {
          this.send(data);
        }
        override handleClose(): void {
          this.flag = true;
          this.close();
        }
        override handleExpt(): void {
          this.flag = true;
          this.close();
        }
      }
      class Closing extends Handler {
        override handleRead(): void {
          this.recv(data.length);
          this.close();
        }
        override writable(): boolean {
          return false;
        }
      }
      await untilFlag(new Writing(family, new Server(Closing).address));
    });

    if (family !== AF_UNIX) {
      test('handle_expt', async () => {
        class Urgent extends Client {
          override handleExpt(): void {
            expect((this.socket as Socket).recv(1024, MSG_OOB)).toEqual(Buffer.of(244));
            this.flag = true;
          }
        }
        class Sending extends Handler {
          constructor(sock: Socket) {
            super(sock);
            sock.send(Buffer.of(244), MSG_OOB);
          }
        }
        await untilFlag(new Urgent(family, new Server(Sending).address));
      });
    }

    test('handle_error', async () => {
      class Failing extends Client {
        error: unknown;
        override handleWrite(): void {
          throw new RangeError('1.0 / 0');
        }
        override handleError(error: unknown): void {
          this.error = error;
          this.flag = true;
        }
      }
      const client = new Failing(family, new Server().address);
      await untilFlag(client);
      expect(client.error).toEqual(new RangeError('1.0 / 0'));
    });

    test('connection_attributes', async () => {
      const server = new Server();
      const client = new Client(family, server.address);
      const attributes = () =>
        [server, client].flatMap(({ connected, accepting }) => [connected, accepting]);
      expect([server.connected, server.accepting, client.accepting]).toEqual([false, true, false]);
      await run(0.01, null, 100);
      expect(attributes()).toEqual([false, true, true, false]);
      client.close();
      expect(attributes()).toEqual([false, true, false, false]);
      server.close();
      expect(attributes()).toEqual([false, false, false, false]);
    });

    test('create_socket', () => {
      const channel = new Dispatcher();
      channel.createSocket(family);
      const sock = channel.socket as Socket;
      expect([sock.type, sock.family, sock.gettimeout()]).toEqual([SOCK_STREAM, family, 0]);
      expect(channel.familyAndType).toEqual([family, SOCK_STREAM]);
      const flags = /^flags:\s+(\d+)/m.exec(
        readFileSync(`/proc/self/fdinfo/${sock.fileno()}`, 'utf8'),
      )?.[1] as string;
      expect(Number.parseInt(flags, 8) & 0o2000000).not.toBe(0); // O_CLOEXEC
    });

    if (family !== AF_UNIX) {
      test('bind', () => {
        const first = new Dispatcher();
        first.createSocket(family);
        first.bind(anywhere());
        first.listen(5);
        const address = (first.socket as Socket).getsockname();
        const second = new Dispatcher();
        second.createSocket(family);
        expect(thrown(() => second.bind(address))).toEqual(osError('EADDRINUSE', 'bind'));
      });

      test('set_reuse_addr', () => {
        const reuses = (channel: Dispatcher) =>
          (channel.socket as Socket).getsockopt(SOL_SOCKET, SO_REUSEADDR) !== 0;
        const channel = new Dispatcher(closing(socket(family)));
        expect(reuses(channel)).toBe(false);
        channel.socket?.close();
        channel.createSocket(family);
        channel.setReuseAddr();
        expect(reuses(channel)).toBe(true);
      });

      test('quick_connect', async () => {
        // A client that resets the connection before it is accepted.
        const accepted: Address[] = [];
        class Quick extends Listener {
          override handleAccept(): void {
            Dispatcher.prototype.handleAccept.call(this);
          }
          override handleAccepted(sock: Socket, addr: Address): void {
            accepted.push(addr);
            expect(new Dispatcher(sock).connected).toBe(false);
            sock.close();
            closeAll();
          }
        }
        const server = new Quick();
        const client = closing(socket(family));
        client.connect(server.address);
        const address = client.getsockname();
        client.setsockopt(SOL_SOCKET, SO_LINGER, Int32Array.of(1, 0));
        client.close();
        await until(() => accepted.length > 0, 'it is accepted');
        expect(accepted).toEqual([address]);
      });
    }
  });
});

test('quick_connect, from another thread', async () => {
  class Server extends Dispatcher {
    count = 0;
    override handleAccepted(sock: Socket): void {
      sock.close();
      this.count++;
      if (this.count === 20) this.close();
    }
  }
  const server = new Server();
  server.createSocket();
  server.bind(['127.0.0.1', 0]);
  server.listen(5);
  const address = (server.socket as Socket).getsockname() as [string, number];
  await using worker = await InWorker.start((to, { Socket, SOL_SOCKET, SO_LINGER }) => {
    for (let i = 0; i < 20; i++) {
      const client = new Socket();
      client.connect(to);
      client.setsockopt(SOL_SOCKET, SO_LINGER, Int32Array.of(1, 0));
      client.close();
    }
  }, address);
  loop(null);
  expect(server.count).toBe(20);
  await worker.result;
});

test('the duplicate of a file dispatcher is its own', () => {
  const fd = openSync('/dev/null', 'r');
  const channel = new FileDispatcher(fd);
  closeSync(fd);
  expect(fstatSync(channel.fileno()).isCharacterDevice()).toBe(true);
  channel.close();
});
