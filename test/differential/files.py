"""Runs scripts of calls on files through CPython: a script on each line of stdin, the answers to stdout.

A file goes by its index: two pipes' ends, a file, the sides of a pseudo-terminal, a counter.
"""
import array
import errno
import fcntl
import json
import os
import sys
import termios

ERRORS = {TypeError: "TypeError", ValueError: "RangeError", OverflowError: "RangeError"}


def text(data):
    return data.decode("latin1")


class Files:
    def __init__(self):
        self.fds = [*os.pipe(), *os.pipe()]
        self.fds.append(os.memfd_create("file"))
        os.write(self.fds[4], b"0123456789" * 10)
        self.fds += os.openpty()
        self.fds.append(os.eventfd(0))
        for fd in self.fds:
            os.set_blocking(fd, False)

    def close(self, i):
        os.close(self.fds[i])

    def lseek(self, i, offset, whence):
        return os.lseek(self.fds[i], offset, whence)

    def read(self, i, size):
        return text(os.read(self.fds[i], size))

    def write(self, i, data):
        return os.write(self.fds[i], data.encode())

    def readv(self, i, *sizes):
        buffers = [bytearray(size) for size in sizes]
        return [os.readv(self.fds[i], buffers), *map(text, buffers)]

    def writev(self, i, *parts):
        return os.writev(self.fds[i], [part.encode() for part in parts])

    def getInheritable(self, i):
        return os.get_inheritable(self.fds[i])

    def setInheritable(self, i, inheritable):
        os.set_inheritable(self.fds[i], inheritable)

    def sendfile(self, out, source, offset, count):
        return os.sendfile(self.fds[out], self.fds[source], offset, count)

    def splice(self, source, out, count, offset):
        return os.splice(self.fds[source], self.fds[out], count, offset)

    def isatty(self, i):
        return os.isatty(self.fds[i])

    def fcntl(self, i, name, value):
        # Not the kernel's O_LARGEFILE, which says how a terminal was opened.
        mask = ~0o100000 if name == "F_GETFL" else ~0
        return fcntl.fcntl(self.fds[i], getattr(fcntl, name), value) & mask

    def lock(self, i, name, kind, start):
        lock = kind.to_bytes(8, "little") + start.to_bytes(8, "little") + bytes(16)
        return list(fcntl.fcntl(self.fds[i], getattr(fcntl, name), lock))

    def flock(self, i, operation):
        fcntl.flock(self.fds[i], operation)

    def ioctl(self, i, name, size, mutate):
        memory = array.array("B", bytes(size))
        answer = fcntl.ioctl(self.fds[i], getattr(termios, name), memory, mutate)
        return [answer if mutate else list(answer), list(memory)]

    def attributes(self, i):
        *numbers, cc = termios.tcgetattr(self.fds[i])
        return [*numbers, [c if isinstance(c, int) else c[0] for c in cc]]

    def change(self, i, when, index, bits, key, character):
        attributes = termios.tcgetattr(self.fds[i])
        attributes[index] ^= bits
        attributes[6][key] = bytes([character])
        termios.tcsetattr(self.fds[i], when, attributes)

    def size(self, i):
        return termios.tcgetwinsize(self.fds[i])

    def resize(self, i, rows, columns):
        termios.tcsetwinsize(self.fds[i], (rows, columns))

    def tcflush(self, i, queue):
        termios.tcflush(self.fds[i], queue)

    def tcflow(self, i, action):
        termios.tcflow(self.fds[i], action)

    def eventfdRead(self, i):
        return str(os.eventfd_read(self.fds[i]))

    def eventfdWrite(self, i, value):
        os.eventfd_write(self.fds[i], int(value))

    def exitcode(self, status):
        return os.waitstatus_to_exitcode(status)

    def macro(self, name, status):
        return getattr(os, name)(status)

    def pipe2(self, flags):
        fds = os.pipe2(flags)
        flags = [fcntl.fcntl(fd, fcntl.F_GETFL) for fd in fds]
        for fd in fds:
            os.close(fd)
        return flags

    def finish(self):
        for fd in self.fds:
            try:
                os.close(fd)
            except OSError:
                pass  # the script has closed it


def run(steps):
    files = Files()
    answers = []
    for name, *arguments in steps:
        try:
            answers.append(getattr(files, name)(*arguments))
        except (OSError, termios.error) as error:
            # A short read of a counter leaves errno 0.
            answers.append(errno.errorcode[error.args[0] or errno.EINVAL])
        except tuple(ERRORS) as error:
            answers.append(next(ERRORS[kind] for kind in type(error).__mro__ if kind in ERRORS))
    files.finish()
    return answers


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
