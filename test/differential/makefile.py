"""Reads and writes through CPython's socket.makefile: a case on each line of stdin, the answers to stdout."""
import base64
import json
import socket
import sys


def encoded(value):
    if isinstance(value, list):
        return [encoded(item) for item in value]
    return value if isinstance(value, (str, int)) else base64.b64encode(value).decode()


def run(case):
    ours, peer = socket.socketpair()
    text = {} if case["binary"] else {"encoding": case["encoding"], "newline": case["newline"]}
    kind = "b" if case["binary"] else ""
    answers = []
    # A file for each direction: CPython's for both forgets what it has read ahead when it writes,
    # and its readline(size) in binary mode returns too much.
    reader = ours.makefile("r" + kind, case["buffering"], **text)
    writer = ours.makefile("w" + kind, case["buffering"], **text)
    with ours, peer, reader, writer:
        peer.sendall(base64.b64decode(case["data"]))
        peer.shutdown(socket.SHUT_WR)
        for name, size in case["steps"]:
            arguments = [] if size is None else [size]
            answer = getattr(reader, name)(*arguments)
            # The reader chooses how much peek() shows, so only the first byte is compared.
            answers.append(encoded(answer[:1] if name == "peek" else answer))
        for piece in case["writes"]:
            answers.append(writer.write(base64.b64decode(piece) if kind == "b" else piece))
        writer.flush()
        ours.shutdown(socket.SHUT_WR)
        answers.append(encoded(peer.makefile("rb").read()))
    return answers


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
