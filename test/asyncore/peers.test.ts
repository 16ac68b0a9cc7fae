/** Python's own asyncore and asynchat at the other end, and the classic programs, ported. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { PROGRAM_SELECTORS } from '../support/amount.ts';
import { documentExample, linesOf } from '../support/documents.ts';
import { connectTo } from '../support/peer.ts';
import { scriptFile } from '../support/script.ts';
import { type Child, run, serve, until } from '../support/server.ts';

/** Without Python's warning that these modules will be removed. */
function python(script: string, ...args: unknown[]): Child {
  return run('python3', ['-W', 'ignore', '-u', '-c', script, ...args.map(String)]);
}

/** A module, run by the runtime of the tests. */
function program(source: string, ...args: unknown[]): Child {
  return run(process.execPath, [scriptFile(source), ...args.map(String)]);
}

/** The port that a program has printed. */
async function portOf(child: Child): Promise<number> {
  await until(() => /\d+\n/.test(child.stdout), `a port: ${child.stderr}`);
  return Number(/(\d+)\n/.exec(child.stdout)?.[1]);
}

const succeeded = (stdout: string) => ({ code: 0, signal: null, stderr: '', stdout });

const PYTHON_ASYNCORE_CLIENT = `
import asyncore, sys
class Client(asyncore.dispatcher_with_send):
    def __init__(self, port, text, slow):
        super().__init__()
        self.create_socket()
        self.connect(('127.0.0.1', port))
        self.text, self.slow, self.echo = text, slow, b''
        self.send(text)
    def handle_connect(self): pass
    def handle_read(self):
        self.echo += self.recv(1 if self.slow else 65536)
        if len(self.echo) == len(self.text): self.close()
clients = [Client(int(sys.argv[1]), bytes([65 + i]) * size, size < 1000)
           for i, size in enumerate([1, 10, 300, 100000, 3000000])]
asyncore.loop(use_poll=True)
print([(len(c.echo), c.echo == c.text) for c in clients])
`;

const PYTHON_ASYNCHAT_CLIENT = `
import asynchat, asyncore, sys
class Client(asynchat.async_chat):
    def __init__(self, port, lines):
        super().__init__()
        self.lines, self.got = lines, []
        self.create_socket()
        self.connect(('127.0.0.1', port))
        self.set_terminator(b'\\n')
        self.push_with_producer(asynchat.simple_producer(b''.join(l + b'\\n' for l in lines), 7))
    def handle_connect(self): pass
    collect_incoming_data = asynchat.async_chat._collect_incoming_data
    def found_terminator(self):
        self.got.append(self._get_data())
        if len(self.got) == len(self.lines): self.close_when_done(); self.push(b'')
clients = [Client(int(sys.argv[1]), [b'%d-%d' % (i, n) * n for n in range(50)]) for i in range(10)]
asyncore.loop()
print([c.got == c.lines for c in clients])
`;

/** asynchat's echo server as CPython runs it, for three lines. */
const PYTHON_ASYNCHAT_SERVER = `
import asynchat, asyncore
class Handler(asynchat.async_chat):
    def __init__(self, sock):
        super().__init__(sock)
        self.set_terminator(b'\\n')
    collect_incoming_data = asynchat.async_chat._collect_incoming_data
    def found_terminator(self): self.push(self._get_data())
    def handle_close(self):
        self.close()
        server.close()
class Server(asyncore.dispatcher):
    def handle_accepted(self, sock, addr): Handler(sock)
server = Server()
server.create_socket()
server.bind(('127.0.0.1', 0))
server.listen(5)
print(server.socket.getsockname()[1])
asyncore.loop()
print('end')
`;

/** The client of the asynchat echo server: a line, its answer, the next line. */
const ASYNCHAT_CLIENT = `
import { AsyncChat } from 'fdselect/asynchat';
import { loop } from 'fdselect/asyncore';

const lines = ['A few lines of data', 'to test the operation', 'of both server and client.'];

class Client extends AsyncChat {
  constructor(port) {
    super();
    this.createSocket();
    this.connect(['127.0.0.1', port]);
  }
  handleConnect() {
    console.log('Connected to server');
    this.next();
  }
  next() {
    const line = lines.shift();
    if (line === undefined) { this.closeWhenDone(); return; }
    // The answer has no newline: it is as long as the line was.
    this.setTerminator(line.length);
    this.push(Buffer.from(line + '\\n'));
    console.log('Sent: ' + line);
  }
  collectIncomingData(data) { this._collectIncomingData(data); }
  foundTerminator() {
    console.log('Received: ' + this._getData());
    this.next();
  }
}
new Client(Number(process.argv[2]));
loop();
`;

/** The client of the serial echo server: it sends lines without newlines, on a blocking socket. */
const PLAIN_CLIENT = `
import { createConnection } from 'fdselect/socket';

const socket = createConnection(['127.0.0.1', Number(process.argv[2])]);
console.log('Connected to server');
for (const line of ['A few lines of data', 'to test the operation', 'of both server and client.']) {
  socket.sendall(Buffer.from(line));
  console.log('Sent: ' + line);
  let response = '';
  while (response.length < line.length) response += socket.recv(8192);
  console.log('Received: ' + response);
}
socket.close();
`;

const TRANSCRIPT = `Connected to server
Sent: A few lines of data
Received: A few lines of data
Sent: to test the operation
Received: to test the operation
Sent: of both server and client.
Received: of both server and client.
`;

const { status } = spawnSync('python3', ['-c', 'import asynchat, asyncore']);

/** The test; with Python 3.12 and later one that is skipped and says why. */
const testWithAsyncore = (title: string, body: () => Promise<void>) =>
  status === 0 ? test(title, body) : test.skip(`${title} [this Python has no asyncore]`, body);

describe.each(PROGRAM_SELECTORS)('%s', (selector) => {
  testWithAsyncore("Python's asyncore as a client of echo-asyncore", async () => {
    await using server = await serve(`echo-asyncore --selector ${selector}`);
    await using client = python(PYTHON_ASYNCORE_CLIENT, server.port);
    expect(await client.finished()).toEqual(
      succeeded('[(1, True), (10, True), (300, True), (100000, True), (3000000, True)]\n'),
    );
    expect((await server.stop()).stderr).toBe('');
  });

  testWithAsyncore("Python's asynchat as a client of echo-asynchat", async () => {
    await using server = await serve(`echo-asynchat --newline --selector ${selector}`);
    await using client = python(PYTHON_ASYNCHAT_CLIENT, server.port);
    const all = Array(10).fill('True').join(', ');
    expect(await client.finished()).toEqual(succeeded(`[${all}]\n`));
    expect((await server.stop()).stderr).toBe('');
  });

  test('the asynchat client, ported: with echo-asynchat', async () => {
    await using server = await serve(`echo-asynchat --selector ${selector}`);
    await using client = program(ASYNCHAT_CLIENT, server.port);
    expect(await client.finished()).toEqual(succeeded(TRANSCRIPT));
    await until(() => server.lines.length === 4, 'it has left');
    expect(server.lines.map((line) => line.replace(/ \(.*/, ''))).toEqual([
      ...['initing MSS', 'Connected from', 'initing SSS', 'Disconnected from'],
    ]);
  });

  test('the plain client, ported: with echo-asyncore', async () => {
    await using server = await serve(`echo-asyncore --selector ${selector}`);
    await using client = program(PLAIN_CLIENT, server.port);
    expect(await client.finished()).toEqual(succeeded(TRANSCRIPT));
  });
});

testWithAsyncore("the asynchat client, ported: with Python's asynchat as the server", async () => {
  await using server = python(PYTHON_ASYNCHAT_SERVER);
  await using client = program(ASYNCHAT_CLIENT, await portOf(server));
  expect(await client.finished()).toEqual(succeeded(TRANSCRIPT));
  expect(await server.finished()).toMatchObject({ code: 0, stderr: '' });
});

describe('the examples of the README', () => {
  test.each([
    ['asyncore', 'extends DispatcherWithSend'],
    ['asynchat', 'extends AsyncChat'],
  ])('%s', async (_, text) => {
    const source = documentExample(text);
    expect(linesOf(source)).toBeLessThanOrEqual(15);
    // On a free port, which it tells.
    const tell = `
import { socketMap } from 'fdselect/asyncore';
const [{ socket }] = socketMap.values();
console.log(socket.getsockname()[1]);
`;
    const [start, end] = source.replace(/888[12]/, '0').split(/^(?=(?:await )?loop)/m) as [
      string,
      string,
    ];
    await using server = program(start + tell + end);
    const port = await portOf(server);
    await using peer = (await connectTo({ port })).read();
    peer.write('hello\nwor');
    peer.write('ld\n');
    expect(String(await peer.gets(12))).toBe('hello\nworld\n');
    peer.socket.end();
    await peer.ends();
    await using nc = run('nc', ['-N', '127.0.0.1', String(port)], 'from nc\n');
    expect(await nc.finished()).toMatchObject({ code: 0, stdout: 'from nc\n' });
    expect(server.stderr).toBe('');
  });
});
