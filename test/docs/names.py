"""The public names of Python's modules and classes, as JSON."""
import fcntl
import json
import os
import pty
import select
import selectors
import signal
import socket
import termios
import tty
import types


def public(module):
    """The public names of a module, without those that it has imported itself."""
    home = {module.__name__, "_" + module.__name__, "builtins"}
    names = []
    for name in dir(module):
        value = getattr(module, name)
        if name.startswith("_") or isinstance(value, types.ModuleType):
            continue
        is_error = isinstance(value, type) and issubclass(value, OSError)
        if callable(value) and getattr(value, "__module__", None) not in home and not is_error:
            continue
        names.append(name)
    return names


def methods(kind):
    return [name for name in dir(kind) if not name.startswith("_")]


modules = (select, selectors, socket, fcntl, termios, tty, pty, signal)
names = {module.__name__: public(module) for module in modules}
names["os"] = os.__all__
names["tty"] = [name for name in names["tty"] if name not in names["termios"]]
names["socket.socket"] = methods(socket.socket)
names["select.epoll"] = methods(select.epoll)
names["select.poll"] = methods(type(select.poll()))
names["selectors.BaseSelector"] = methods(selectors.BaseSelector)
print(json.dumps(names))
