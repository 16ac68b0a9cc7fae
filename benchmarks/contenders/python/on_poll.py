"""CPython's select.poll()."""
import select
from time import perf_counter_ns

from server import NOTHING, WRITE, EchoServer
from stamps import collect


def registered(fds):
    poller = select.poll()
    for fd in fds:
        poller.register(fd, select.POLLIN)
    return poller


def calls(fds, rounds):
    call = registered(fds).poll
    total = 0
    start = perf_counter_ns()
    for _ in range(rounds):
        found = call(0)
        for fd, events in found:
            total += fd + events
    return (perf_counter_ns() - start) / rounds, len(found), total


def churn(fds, rounds):
    poller = select.poll()
    register, modify, unregister = poller.register, poller.modify, poller.unregister
    first, second = select.POLLIN, select.POLLIN | select.POLLOUT
    start = perf_counter_ns()
    for _ in range(rounds):
        for fd in fds:
            register(fd, first)
        for fd in fds:
            modify(fd, second)
        for fd in fds:
            unregister(fd)
    return (perf_counter_ns() - start) / (rounds * len(fds) * 3), 0, 0


def wake(fd, wanted):
    return collect(registered([fd]).poll, fd, wanted)


def echo():
    server = EchoServer()
    listener = server.listener.fileno()
    poller = registered([listener])
    wait, modify = poller.poll, poller.modify
    on_readable, on_writable = server.on_readable, server.on_writable
    pollin, pollout = select.POLLIN, select.POLLOUT
    while True:
        for fd, events in wait():
            if fd == listener:
                for newcomer in server.accept():
                    poller.register(newcomer, pollin)
                continue
            is_owing = events & pollout != 0
            following = on_writable(fd) if is_owing else on_readable(fd)
            if following == NOTHING:
                poller.unregister(fd)
                server.close(fd)
            elif (following == WRITE) != is_owing:
                modify(fd, pollout if following == WRITE else pollin)
