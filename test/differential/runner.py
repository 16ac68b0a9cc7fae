"""Runs scripts of operations through CPython: a script on each line of stdin, the answers to stdout.

File descriptors go by their index in the script's list, in both directions: 3 is the number of the
fourth one, "s3" an object whose fileno() gives it (the socket itself where it is one).
"""
import errno
import json
import os
import select
import socket
import sys

KINDS = {
    "stream": socket.SOCK_STREAM,
    "dgram": socket.SOCK_DGRAM,
    "seqpacket": socket.SOCK_SEQPACKET,
}
FLAGS = {"": 0, "oob": socket.MSG_OOB, "peek": socket.MSG_PEEK}
SPECIAL = {
    "nan": float("nan"),
    "text": "1",
    "2^70": 2**70,
    "int": 7,
    "null": None,
    "INT_MAX": 2**31 - 1,
    "INT_MAX+1": 2**31,
}
ERRORS = {
    KeyError: "KeyError",
    TypeError: "TypeError",
    ValueError: "RangeError",
    OverflowError: "RangeError",
}


class Wrapped:
    def __init__(self, fd):
        self.fd = fd

    def fileno(self):
        return self.fd


class Script:
    def __init__(self, kinds):
        self.fds = []
        self.objects = []
        for kind in kinds:
            if kind == "pipe":
                self.fds += os.pipe()
                self.objects += [Wrapped(fd) for fd in self.fds[-2:]]
            else:
                pair = socket.socketpair(socket.AF_UNIX, KINDS[kind])
                self.fds += [end.fileno() for end in pair]
                self.objects += pair
        for fd in self.fds:
            os.set_blocking(fd, False)
        self.poller = select.poll()

    def argument(self, name):
        """The number or the object that stands behind a name; a negative number is itself."""
        if isinstance(name, str):
            return SPECIAL[name] if name in SPECIAL else self.objects[int(name[1:])]
        return self.fds[name] if name >= 0 else name

    def name(self, item):
        if item in self.objects:
            return f"s{self.objects.index(item)}"
        return self.fds.index(item) if item in self.fds else f"number {item}"

    def list(self, names):
        return SPECIAL[names] if isinstance(names, str) else [self.argument(name) for name in names]

    def socket(self, index):
        end = self.objects[index]
        return end if isinstance(end, socket.socket) else None

    def write(self, index, size):
        return os.write(self.fds[index], b"x" * size)

    def read(self, index, size):
        return len(os.read(self.fds[index], size))

    def close(self, index):
        os.close(self.fds[index])

    def closeObject(self, index):
        if self.socket(index):
            self.socket(index).close()

    def shutdown(self, index, how):
        if self.socket(index):
            self.socket(index).shutdown(how)

    def send(self, index, size, flag):
        return self.socket(index) and self.socket(index).send(b"x" * size, FLAGS[flag])

    def sendall(self, index, size):
        return self.socket(index) and self.socket(index).sendall(b"x" * size)

    def recv(self, index, size, flag):
        return self.socket(index) and len(self.socket(index).recv(size, FLAGS[flag]))

    def trySend(self, index, size):
        return self.send(index, size, "")

    def tryRecv(self, index, size):
        return self.recv(index, size, "")

    def register(self, fd, mask):
        self.poller.register(self.argument(fd), SPECIAL.get(mask, mask))

    def modify(self, fd, mask):
        self.poller.modify(self.argument(fd), SPECIAL.get(mask, mask))

    def unregister(self, fd):
        self.poller.unregister(self.argument(fd))

    def poll(self, timeout):
        return [
            [self.name(fd), events]
            for fd, events in self.poller.poll(SPECIAL.get(timeout, timeout))
        ]

    def select(self, rlist, wlist, xlist, timeout):
        lists = [self.list(names) for names in (rlist, wlist, xlist)]
        answer = select.select(*lists, SPECIAL.get(timeout, timeout))
        return [[self.name(item) for item in items] for items in answer]

    def finish(self):
        for end in self.objects:
            if isinstance(end, socket.socket):
                end.detach()
        for fd in self.fds:
            try:
                os.close(fd)
            except OSError:
                pass  # the script has closed it


def run(script):
    state = Script(script["kinds"])
    answers = []
    for name, *arguments in script["steps"]:
        try:
            answers.append(getattr(state, name)(*arguments))
        except OSError as error:
            answers.append(errno.errorcode[error.errno])
        except tuple(ERRORS) as error:
            answers.append(next(ERRORS[kind] for kind in type(error).__mro__ if kind in ERRORS))
    state.finish()
    return answers


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
