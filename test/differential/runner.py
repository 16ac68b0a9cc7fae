"""Runs scripts of operations through CPython: a script on each line of stdin, the answers to stdout.

File descriptors go by their index in the script's list, in both directions.
"""
import errno
import json
import os
import select
import socket
import sys

TIMEOUTS = {"nan": float("nan"), "text": "1"}
ERRORS = {
    KeyError: "KeyError",
    TypeError: "TypeError",
    ValueError: "RangeError",
    OverflowError: "RangeError",
}


class Script:
    def __init__(self, kinds):
        self.fds = []
        self.sockets = {}
        for kind in kinds:
            if kind == "pipe":
                self.fds += os.pipe()
            else:
                for end in socket.socketpair():
                    self.sockets[len(self.fds)] = end
                    self.fds.append(end.fileno())
        for fd in self.fds:
            os.set_blocking(fd, False)
        self.poller = select.poll()

    def number(self, index):
        return index if index < 0 else self.fds[index]

    def index(self, fd):
        return self.fds.index(fd)

    def write(self, index, size):
        return os.write(self.number(index), b"x" * size)

    def read(self, index, size):
        return len(os.read(self.number(index), size))

    def close(self, index):
        os.close(self.number(index))

    def shutdown(self, index, how):
        if index in self.sockets:
            self.sockets[index].shutdown(how)

    def register(self, index, mask):
        self.poller.register(self.number(index), mask)

    def modify(self, index, mask):
        self.poller.modify(self.number(index), mask)

    def unregister(self, index):
        self.poller.unregister(self.number(index))

    def poll(self, timeout):
        timeout = TIMEOUTS.get(timeout, timeout)
        return [[self.index(fd), events] for fd, events in self.poller.poll(timeout)]

    def select(self, rlist, wlist, xlist, timeout):
        lists = [[self.number(index) for index in indexes] for indexes in (rlist, wlist, xlist)]
        answer = select.select(*lists, TIMEOUTS.get(timeout, timeout))
        return [[self.index(fd) for fd in fds] for fds in answer]

    def finish(self):
        for end in self.sockets.values():
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
