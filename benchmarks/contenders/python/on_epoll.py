"""CPython's select.epoll()."""
import select
from functools import partial
from time import perf_counter_ns

from server import NOTHING, WRITE, EchoServer
from stamps import collect


def registered(fds):
    watched = select.epoll()
    for fd in fds:
        watched.register(fd, select.EPOLLIN)
    return watched


def calls(fds, rounds):
    call = registered(fds).poll
    if len(fds) >= 1023:  # without this, poll() returns at most 1023
        call = partial(call, maxevents=len(fds))
    total = 0
    start = perf_counter_ns()
    for _ in range(rounds):
        found = call(0)
        for fd, events in found:
            total += fd + events
    return (perf_counter_ns() - start) / rounds, len(found), total


def churn(fds, rounds):
    watched = select.epoll()
    register, modify, unregister = watched.register, watched.modify, watched.unregister
    first, second = select.EPOLLIN, select.EPOLLIN | select.EPOLLOUT
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
    watched = registered([listener])
    wait, modify = watched.poll, watched.modify
    on_readable, on_writable = server.on_readable, server.on_writable
    epollin, epollout = select.EPOLLIN, select.EPOLLOUT
    while True:
        for fd, events in wait():
            if fd == listener:
                for newcomer in server.accept():
                    watched.register(newcomer, epollin)
                continue
            is_owing = events & epollout != 0
            following = on_writable(fd) if is_owing else on_readable(fd)
            if following == NOTHING:
                watched.unregister(fd)
                server.close(fd)
            elif (following == WRITE) != is_owing:
                modify(fd, epollout if following == WRITE else epollin)
