"""asyncio's streams of protocols, on its own event loop."""
import asyncio

from server import BACKLOG, listen


class EchoProtocol(asyncio.Protocol):
    def connection_made(self, transport):
        self._transport = transport

    def data_received(self, data):
        self._transport.write(data)

    # A client that does not read is not read from.
    def pause_writing(self):
        self._transport.pause_reading()

    def resume_writing(self):
        self._transport.resume_reading()


async def serve():
    loop = asyncio.get_running_loop()
    # It calls listen again, with a backlog of 100 by default.
    server = await loop.create_server(EchoProtocol, sock=listen(), backlog=BACKLOG)
    await server.serve_forever()


def echo():
    asyncio.run(serve())
