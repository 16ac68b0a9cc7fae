"""Runs scripts of socket calls with messages and addresses through CPython: a script on each line of
stdin, the answers to stdout.

A socket goes by its index, and so does its address. A file that was passed goes by the index of the
file that it is a duplicate of.
"""
import errno
import json
import os
import re
import select
import socket
import struct
import sys

ERRORS = {TypeError: "TypeError", ValueError: "RangeError", OverflowError: "RangeError"}
EAI = {getattr(socket, name): name for name in dir(socket) if name.startswith("EAI_")}
TAG = os.urandom(8).hex()


def text(data):
    return bytes(data).decode("latin1")


def raw(string):
    return string.encode("latin1")


def deep(value, kind):
    return kind(deep(item, kind) if isinstance(item, list) else item for item in value)


class State:
    def __init__(self):
        self.sockets = []
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
            self.sockets += socket.socketpair(socket.AF_UNIX, kind)
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            for _ in range(2):
                self.sockets.append(socket.socket(family, socket.SOCK_DGRAM))
                self.sockets[-1].bind((host, 0))
        for name in ("plain", "z\0 \xff"):
            self.sockets.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
            self.sockets[-1].bind(raw(f"\0{TAG}{name}"))
        for one in self.sockets:
            one.settimeout(0)
        self.files = [*os.pipe(), os.memfd_create("x")]
        self.inodes = [os.fstat(fd).st_ino for fd in self.files]
        self.names = [one.getsockname() for one in self.sockets]

    def name(self, address):
        """An address as the index of the socket that has it; the address of an unnamed socket is unchanged."""
        if address and address in self.names:
            return f"of {self.names.index(address)}"
        if isinstance(address, bytes) and re.fullmatch(rb"\0[0-9a-f]{5}", address):
            return "given by the kernel"
        return text(address) if isinstance(address, bytes) else address

    def settle(self, i):
        """The loopback device may deliver what was sent a little later."""
        if 6 <= i < 10 and self.sockets[i].fileno() >= 0:
            select.select([self.sockets[i]], [], [], 0.002)

    def ancillary(self, ancdata):
        found = []
        for level, kind, data in ancdata:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                count = len(data) // 4
                fds = struct.unpack(f"{count}i", data[: 4 * count])
                data = [self.inodes.index(os.fstat(fd).st_ino) for fd in fds]
                for fd in fds:
                    os.close(fd)
            elif (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                is_me = data[:4] == struct.pack("i", os.getpid())
                data = ["me" if is_me else "other", len(data)]
            else:
                data = text(data)
            found.append([level, kind, data])
        return found

    def control(self, spec):
        made = []
        for kind, argument in spec:
            if kind == "rights":
                fds = [self.files[i] if i >= 0 else i for i in argument]
                made.append((socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack(f"{len(fds)}i", *fds)))
            elif kind == "credentials":
                data = struct.pack("3i", os.getpid(), os.getuid(), os.getgid())
                made.append((socket.SOL_SOCKET, socket.SCM_CREDENTIALS, data))
            else:
                made.append((*argument[:2], raw(argument[2])))
        return made

    def sendmsg(self, i, parts, spec, flags, target):
        address = [] if target is None else [self.names[target]]
        parts = [raw(part) for part in parts]
        return self.sockets[i].sendmsg(parts, self.control(spec), flags, *address)

    def recvmsg(self, i, size, room, flags):
        self.settle(i)
        data, ancdata, found, address = self.sockets[i].recvmsg(size, room, flags)
        return [text(data), self.ancillary(ancdata), found, self.name(address)]

    def recvmsgInto(self, i, sizes, room, flags):
        self.settle(i)
        buffers = [bytearray(size) for size in sizes]
        size, ancdata, found, address = self.sockets[i].recvmsg_into(buffers, room, flags)
        return [size, [text(b) for b in buffers], self.ancillary(ancdata), found, self.name(address)]

    def recvfromInto(self, i, size, count, flags):
        self.settle(i)
        buffer = bytearray(size)
        received, address = self.sockets[i].recvfrom_into(buffer, count, flags)
        return [received, text(buffer), self.name(address)]

    def sendto(self, i, target, data):
        return self.sockets[i].sendto(raw(data), self.names[target])

    def sendFds(self, i, data, files):
        return socket.send_fds(self.sockets[i], [raw(data)], [self.files[f] for f in files])

    def recvFds(self, i, size, most):
        self.settle(i)
        data, fds, found, address = socket.recv_fds(self.sockets[i], size, most)
        kinds = [self.inodes.index(os.fstat(fd).st_ino) for fd in fds]
        for fd in fds:
            os.close(fd)
        # CPython asks for room with padding, in which a file more than `most` may come.
        return [text(data), kinds[:most], found & ~socket.MSG_CTRUNC, self.name(address)]

    def option(self, i, level, name, value):
        self.sockets[i].setsockopt(level, name, value)

    def getsockname(self, i):
        return self.name(self.sockets[i].getsockname())

    def getpeername(self, i):
        return self.name(self.sockets[i].getpeername())

    def connect(self, i, target):
        self.sockets[i].connect(self.names[target])

    def shutdown(self, i, how):
        self.sockets[i].shutdown(how)

    def close(self, i):
        self.sockets[i].close()

    def bound(self, family, address):
        """The name of a new socket that is bound to an address; ports are the kernel's."""
        with socket.socket(getattr(socket, family), socket.SOCK_DGRAM) as one:
            one.bind(deep(address, tuple))
            name = list(one.getsockname())
            name[1] = 0
            return name

    def lookUp(self, host, port, family, kind, flags):
        found = socket.getaddrinfo(host, port, getattr(socket, family), kind, 0, flags)
        return [[*one[:4], list(one[4])] for one in found]

    def nameInfo(self, address, flags):
        return socket.getnameinfo(deep(address, tuple), flags)

    def toBytes(self, family, string):
        return text(socket.inet_pton(getattr(socket, family), string))

    def toText(self, family, data):
        return socket.inet_ntop(getattr(socket, family), raw(data))

    def aton(self, string):
        return text(socket.inet_aton(string))

    def ntoa(self, data):
        return socket.inet_ntoa(raw(data))

    def space(self, length):
        return [socket.CMSG_LEN(length), socket.CMSG_SPACE(length)]

    def finish(self):
        for one in self.sockets:
            one.close()
        for fd in self.files:
            os.close(fd)


def error_name(error):
    if isinstance(error, socket.gaierror):
        return EAI[error.errno]
    if "wrong length" in str(error):
        return "RangeError"
    # '<broadcast>' for IPv6
    if "family mismatched" in str(error):
        return "EAI_NONAME"
    if isinstance(error, OSError):
        # A bad address is an error without errno.
        return errno.errorcode[error.errno or errno.EINVAL]
    return next(ERRORS[kind] for kind in type(error).__mro__ if kind in ERRORS)


def run(steps):
    state = State()
    answers = []
    for name, *arguments in steps:
        try:
            answers.append(getattr(state, name)(*arguments))
        except (OSError, *ERRORS) as error:
            answers.append(error_name(error))
    state.finish()
    return answers


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
