"""Runs scripts of operations through CPython: a script on each line of stdin, the answers to stdout.

File descriptors go by their index in the script's list, in both directions: 3 is the number of the
fourth one, "s3" an object whose fileno() gives it (the socket itself where it is one).
"""
import atexit
import errno
import json
import os
import select
import selectors
import shutil
import socket
import sys
import tempfile
import time

TYPES = {
    "stream": socket.SOCK_STREAM,
    "dgram": socket.SOCK_DGRAM,
    "seqpacket": socket.SOCK_SEQPACKET,
}
PTY_PATIENCE = 1
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
    # A closed object has a code of its own, and an object without fileno() is a TypeError everywhere.
    if "I/O operation on closed" in str(error):
        return "ERR_CLOSED"
    if str(error).startswith("Invalid file object"):
        return "TypeError"
    return next(ERRORS[kind] for kind in type(error).__mro__ if kind in ERRORS)


folder = tempfile.mkdtemp(prefix="fdselect-python-")
atexit.register(shutil.rmtree, folder)
for i in range(4):
    os.mkfifo(f"{folder}/fifo{i}")

listener = socket.create_server(("127.0.0.1", 0))


def open_tcp():
    client = socket.create_connection(listener.getsockname())
    ends = [client, listener.accept()[0]]
    for end in ends:
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return ends


def open_udp():
    a, b = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    for end in (a, b):
        end.bind(("127.0.0.1", 0))
    a.connect(b.getsockname())
    b.connect(a.getsockname())
    return [a, b]


there, back = open_tcp()


def settle_network():
    """Waits until the loopback device has delivered what was sent before."""
    there.sendall(b"x")
    back.recv(1)
    back.sendall(b"x")
    there.recv(1)


def settle_tcp(end):
    """Waits until the peer has acknowledged all that was sent: see kinds.ts."""
    try:
        while end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 28)[24:] != bytes(4):
            time.sleep(0.001)
    except OSError:
        pass  # the script has closed it, or made it something else


def is_readable(fd, timeout=0):
    """Whether an end of a pty has something to read; None where it is closed."""
    try:
        return len(select.select([fd], [], [], timeout)[0]) > 0
    except OSError:
        return None


def open_pair(kind, index):
    if kind in TYPES:
        return socket.socketpair(socket.AF_UNIX, TYPES[kind])
    if kind == "tcp":
        return open_tcp()
    if kind == "udp":
        return open_udp()
    if kind == "pipe":
        fds = os.pipe()
    elif kind == "null":
        fds = [os.open("/dev/null", os.O_RDWR) for _ in range(2)]
    elif kind == "fifo":
        path = f"{folder}/fifo{index}"
        fds = [os.open(path, access | os.O_NONBLOCK) for access in (os.O_RDONLY, os.O_WRONLY)]
    elif kind == "file":
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC
        fds = [os.open(f"{folder}/file{index}", flags) for _ in range(2)]
    elif kind == "pty":
        fds = os.openpty()
    return [Wrapped(fd) for fd in fds]


class Script:
    def __init__(self, kinds):
        self.kinds = kinds
        self.objects = [end for index, kind in enumerate(kinds) for end in open_pair(kind, index)]
        self.fds = [end.fileno() for end in self.objects]
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
        """The number or the object for a name; a negative number stands for itself."""
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
        data = b"x" * (size - 1) + b"\n"
        if self.kinds[index >> 1] != "pty":
            return os.write(self.fds[index], data)
        ends = [self.fds[index & ~1], self.fds[index | 1]]
        master, slave = [is_readable(fd) for fd in ends]
        if master or slave or (index % 2 == 0 and slave is None):
            return None
        written = os.write(self.fds[index], data)
        for fd in ends if index % 2 == 0 else ends[:1]:
            is_readable(fd, PTY_PATIENCE)
        return written

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
        if "tcp" in script["kinds"] or "udp" in script["kinds"]:
            settle_network()
        for index, kind in enumerate(script["kinds"]):
            if kind == "tcp":
                for end in state.objects[2 * index : 2 * index + 2]:
                    settle_tcp(end)
    state.finish()
    return answers


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
