"""The common part of the echo servers in CPython: everything except the wait."""
import json
import socket

READ, WRITE, NOTHING = range(3)
BACKLOG = 4096


def listen():
    listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what it accepts inherits it
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    return listener


class EchoServer:
    """Sends back what comes in. While a connection owes bytes, nothing more is read from it."""

    def __init__(self):
        self.listener = listen()
        self.listener.setblocking(False)
        self._clients = {}
        self._owed = {}
        self._buffer = bytearray(65536)
        self._view = memoryview(self._buffer)

    def accept(self):
        """Takes the connections that are waiting; their fds."""
        newcomers = []
        while True:
            try:
                client, _ = self.listener.accept()
            except BlockingIOError:
                return newcomers
            client.setblocking(False)
            self._clients[client.fileno()] = client
            newcomers.append(client.fileno())

    def on_readable(self, fd):
        client = self._clients[fd]
        try:
            size = client.recv_into(self._buffer)
        except BlockingIOError:
            return READ
        except OSError:
            return NOTHING
        if size == 0:
            return NOTHING
        try:
            sent = client.send(self._view[:size])
        except BlockingIOError:
            sent = 0
        except OSError:
            return NOTHING
        if sent == size:
            return READ
        self._owed[fd] = bytes(self._view[sent:size])
        return WRITE

    def on_writable(self, fd):
        owed = self._owed[fd]
        try:
            rest = owed[self._clients[fd].send(owed):]
        except BlockingIOError:
            return WRITE
        except OSError:
            return NOTHING
        self._owed[fd] = rest
        return WRITE if rest else READ

    def close(self, fd):
        self._clients.pop(fd).close()
        self._owed.pop(fd, None)
