/** The echo server on the reactor, with each of the selectors. */
import { expect, test } from 'vitest';
import { PROGRAM_SELECTORS } from '../support/amount.ts';
import { connectTo, type Peer } from '../support/peer.js';
import { serve, until } from '../support/server.js';
import { twistedScript } from '../support/twisted.ts';
import { echoTests } from './echo-tests.ts';

echoTests(
  PROGRAM_SELECTORS.map((selector) => `echo-reactor --selector ${selector}`),
  {
    lines: {
      transfers: false,
      disconnected: (name, isReset = false) => {
        const lost = 'Connection to the other side was lost in a non-clean fashion.';
        return `Disconnected from ${name} ${isReset ? lost : 'Connection was closed cleanly.'}`;
      },
    },
    whenFull: 'refuse',
  },
);

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s: what it prints about the connected clients',
  async (signal) => {
    await using server = await serve('echo-reactor');
    await using gone = await connectTo(server);
    await server.says(`Connected from ${gone.name}`);
    gone.socket.end();
    await gone.read().ends();
    await using idle = (await connectTo(server)).read();
    await server.says(`Connected from ${idle.name}`);
    const finished = server.stop(signal);
    await idle.ends();
    idle.socket.end();
    expect(idle.failure).toBeUndefined();
    expect(await finished).toEqual({
      code: 0,
      signal: null,
      stderr: '',
      stdout: `listening on 127.0.0.1:${server.port}
Connected from ${gone.name}
Disconnected from ${gone.name} Connection was closed cleanly.
Connected from ${idle.name}
Disconnected from ${idle.name} Connection to the other side was lost in a non-clean fashion: Connection lost.
`,
    });
  },
);

twistedScript('a client in Twisted, with 1 MB and a half-close', async (python) => {
  await using server = await serve('echo-reactor');
  await using client = python(
    `
from twisted.internet import interfaces, protocol, reactor
from zope.interface import implementer
@implementer(interfaces.IHalfCloseableProtocol)
class Client(protocol.Protocol):
    received = b''
    def connectionMade(self):
        self.data = bytes(range(256)) * 4096
        self.transport.write(self.data)
        self.transport.loseWriteConnection()
    def dataReceived(self, data):
        self.received += data
    def writeConnectionLost(self): pass
    def readConnectionLost(self):
        print(len(self.received), self.received == self.data)
        self.transport.loseConnection()
    def connectionLost(self, reason):
        print(reason.getErrorMessage())
        reactor.stop()
factory = protocol.ClientFactory()
factory.protocol = Client
reactor.connectTCP('127.0.0.1', int(sys.argv[1]), factory)
reactor.run()
`,
    String(server.port),
  );
  expect(await client.finished()).toEqual({
    code: 0,
    signal: null,
    stderr: '',
    stdout: '1048576 True\nConnection was closed cleanly: Connection done.\n',
  });
});

test.each(PROGRAM_SELECTORS)(
  '--selector %s: at the limit of open files, one that leaves makes room for one that comes',
  async (selector) => {
    await using server = await serve(`echo-reactor --quiet --selector ${selector}`, { maxFds: 40 });
    const peers: Peer[] = [];
    const isServed = async () => {
      const peer = (await connectTo(server)).read();
      peers.push(peer);
      peer.write('x');
      await until(() => peer.size > 0 || peer.hasEnded || peer.isClosed, 'served or refused');
      return peer.size > 0;
    };
    while (await isServed());
    // Both events come in one turn, the newcomer's first.
    await server.freeze();
    const newcomer = (await connectTo(server)).read();
    peers.push(newcomer);
    newcomer.write('y');
    const [leaver] = peers as [Peer];
    await new Promise<void>((resolve) => leaver.socket.end(resolve));
    server.thaw();
    expect(String(await newcomer.gets(1))).toBe('y');
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  },
);
