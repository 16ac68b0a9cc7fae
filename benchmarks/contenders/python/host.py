"""The process of a contender in CPython, with the modes of host.ts:

    host.py [--stock] echo MODULE    announces its port and serves
    host.py [--stock] jobs           for each line of JSON with a job its result
    host.py [--stock] wake MODULE    for each line with a number first {"waiting":true}, then so many
                                     delays

A second thread sleeps all the time, because Node has threads too and the kernel's poll and select
are dearer in a process that has more than one (they then take a reference to every file). With
--stock there is none.
"""
import importlib
import json
import os
import resource
import sys
import threading

WAKE_FD = 3


def open_fds(count, ready):
    """Duplicates of one pipe that has data and of one that has none; the fds to close."""
    full, idle = os.pipe(), os.pipe()
    os.write(full[1], b"x")
    fds = [os.dup((full if i < ready else idle)[0]) for i in range(count)]
    return fds, [*fds, *full, *idle]


def answer(value):
    print(json.dumps(value), flush=True)


def run_jobs():
    for line in sys.stdin:
        job = json.loads(line)
        run = getattr(importlib.import_module(job["module"]), job["role"])
        fds, opened = open_fds(job["count"], job["ready"])
        ns, found, total = run(fds, job["rounds"])
        answer({"ns": ns, "found": found, "sum": total})
        for fd in opened:
            os.close(fd)


def run_wakes(wake):
    for line in sys.stdin:
        answer({"waiting": True})
        answer(wake(WAKE_FD, int(line)))


def main(args):
    if args[0] == "--stock":
        del args[0]
    else:
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if args[0] == "jobs":
        run_jobs()
    elif args[0] == "echo":
        importlib.import_module(args[1]).echo()
    elif args[0] == "wake":
        run_wakes(importlib.import_module(args[1]).wake)


main(sys.argv[1:])
