"""CPython's select.select()."""
import select
from functools import partial
from time import perf_counter_ns

from server import READ, WRITE, EchoServer
from stamps import collect


def calls(fds, rounds):
    call = select.select
    total = 0
    start = perf_counter_ns()
    for _ in range(rounds):
        found = call(fds, [], [], 0)[0]
        for fd in found:
            total += fd
    return (perf_counter_ns() - start) / rounds, len(found), total


def wake(fd, wanted):
    return collect(partial(select.select, [fd], [], []), fd, wanted)


class FdList:
    """A list of fds without duplicates; the last one moves to the place of a removed one."""

    def __init__(self, fds=()):
        self.fds = []
        self._places = {}
        for fd in fds:
            self.add(fd)

    def add(self, fd):
        if fd not in self._places:
            self._places[fd] = len(self.fds)
            self.fds.append(fd)

    def discard(self, fd):
        place = self._places.pop(fd, None)
        if place is None:
            return
        last = self.fds.pop()
        if last != fd:
            self.fds[place] = last
            self._places[last] = place


def echo():
    server = EchoServer()
    listener = server.listener.fileno()
    readers, writers = FdList([listener]), FdList()
    wait = select.select
    on_readable = server.on_readable

    def settle(fd, following):
        if following != READ:
            readers.discard(fd)
        if following != WRITE:
            writers.discard(fd)
        if following == READ:
            readers.add(fd)
        elif following == WRITE:
            writers.add(fd)
        else:
            server.close(fd)

    while True:
        readable, writable, _ = wait(readers.fds, writers.fds, [])
        for fd in readable:
            if fd == listener:
                for newcomer in server.accept():
                    readers.add(newcomer)
                continue
            following = on_readable(fd)
            if following != READ:
                settle(fd, following)
        for fd in writable:
            settle(fd, server.on_writable(fd))
