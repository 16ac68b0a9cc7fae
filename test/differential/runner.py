"""Runs scripts of operations through CPython: a script on each line of stdin, the answers to stdout.

File descriptors go by their index in the script's list, in both directions: 3 is the number of the
fourth one, "s3" an object whose fileno() gives it (the socket itself where it is one).
"""
import errno
import json
import os
import select
import selectors
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


class AllEvents:
    """An epoll object that answers all events. EpollSelector asks for as many as it has keys: then
    one of a file that lives on in a duplicate hides another one, which fdselect answers too.
    """

    def __init__(self):
        self.epoll = select.epoll()

    def __getattr__(self, name):
        return getattr(self.epoll, name)

    def poll(self, timeout, maxevents):
        return self.epoll.poll(timeout)


class EpollSelector(selectors.EpollSelector):
    _selector_cls = AllEvents


def error_name(error):
    # What is closed has a code of its own, and what has no fileno() is a TypeError everywhere.
    if "I/O operation on closed" in str(error):
        return "ERR_CLOSED"
    if str(error).startswith("Invalid file object"):
        return "TypeError"
    return next(ERRORS[kind] for kind in type(error).__mro__ if kind in ERRORS)


class Script:
    def __init__(self, kinds):
        self.fds = []
        self.objects = []
        for kind in kinds:
            if kind == "pipe":
                self.fds += os.pipe()
                self.objects += [Wrapped(fd) for fd in self.fds[-2:]]
            elif kind == "null":
                self.fds += [os.open("/dev/null", os.O_RDWR) for _ in range(2)]
                self.objects += [Wrapped(fd) for fd in self.fds[-2:]]
            else:
                pair = socket.socketpair(socket.AF_UNIX, KINDS[kind])
                self.fds += [end.fileno() for end in pair]
                self.objects += pair
        for fd in self.fds:
            os.set_blocking(fd, False)
        self.epolls = [select.epoll(), select.epoll()]
        self.fds += [epoll.fileno() for epoll in self.epolls]
        self.objects += self.epolls
        self.poller = select.poll()
        self.selectors = {
            "select": selectors.SelectSelector(),
            "poll": selectors.PollSelector(),
            "epoll": EpollSelector(),
        }

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

    def dup2(self, index, target):
        os.dup2(self.fds[index], self.fds[target])

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
        return self.named(self.poller.poll(SPECIAL.get(timeout, timeout)))

    def select(self, rlist, wlist, xlist, timeout):
        lists = [self.list(names) for names in (rlist, wlist, xlist)]
        answer = select.select(*lists, SPECIAL.get(timeout, timeout))
        return [[self.name(item) for item in items] for items in answer]

    def named(self, pairs):
        return [[self.name(fd), events] for fd, events in pairs]

    def epollRegister(self, which, fd, mask):
        self.epolls[which].register(self.argument(fd), SPECIAL.get(mask, mask))

    def epollModify(self, which, fd, mask):
        self.epolls[which].modify(self.argument(fd), SPECIAL.get(mask, mask))

    def epollUnregister(self, which, fd):
        self.epolls[which].unregister(self.argument(fd))

    def epollPoll(self, which, timeout, maxevents):
        arguments = SPECIAL.get(timeout, timeout), SPECIAL.get(maxevents, maxevents)
        return self.named(self.epolls[which].poll(*arguments))

    def epollPollInto(self, which, room):
        return self.named(self.epolls[which].poll(0, room))

    def epollFromfd(self, index):
        with select.epoll.fromfd(self.fds[index]) as foreign:
            return self.named(foreign.poll(0))

    def epollClose(self, which):
        self.epolls[which].close()

    def key(self, key):
        return [self.name(key.fileobj), self.name(key.fd), key.events, key.data]

    def selectorRegister(self, which, fd, events, data):
        events, data = SPECIAL.get(events, events), SPECIAL.get(data, data)
        return self.key(self.selectors[which].register(self.argument(fd), events, data))

    def selectorModify(self, which, fd, events, data):
        selector = self.selectors[which]
        known = list(selector.get_map().values())
        key = selector.modify(self.argument(fd), events, SPECIAL.get(data, data))
        return [self.key(key), any(key is old for old in known)]

    def selectorUnregister(self, which, fd):
        return self.key(self.selectors[which].unregister(self.argument(fd)))

    def selectorGetKey(self, which, fd):
        return self.key(self.selectors[which].get_key(self.argument(fd)))

    def selectorGet(self, which, fd):
        key = self.selectors[which].get_map().get(self.argument(fd))
        return key and self.key(key)

    def selectorMap(self, which):
        view = self.selectors[which].get_map()
        return [len(view), [[self.name(fd), self.key(key)] for fd, key in view.items()]]

    def selectorSelect(self, which, timeout):
        answer = self.selectors[which].select(SPECIAL.get(timeout, timeout))
        keys = [[*self.key(key), events] for key, events in answer]
        return sorted(keys, key=lambda key: key[1]) if which == "select" else keys

    def selectorRenew(self, which):
        old = self.selectors[which]
        view = old.get_map()
        old.close()
        self.selectors[which] = type(old)()
        return [old.get_map(), len(view)]

    def finish(self):
        for closable in [*self.epolls, *self.selectors.values()]:
            closable.close()
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
            answers.append(error_name(error))
    state.finish()
    return answers


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
