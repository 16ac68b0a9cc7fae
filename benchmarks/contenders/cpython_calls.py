"""The same calls in CPython, for benchmarks/calls.ts: reads jobs, answers nanoseconds for each call.

A second thread sleeps all the time, because Node has threads too and the kernel's poll and select
are dearer in a process that has more than one (they then take a reference to every file).
"""
import json
import os
import select
import sys
import threading
import time

threading.Thread(target=threading.Event().wait, daemon=True).start()

READY_R, READY_W = os.pipe()
IDLE_R, IDLE_W = os.pipe()
os.write(READY_W, b"x")


def open_fds(count, ready):
    return [os.dup(READY_R if i < ready else IDLE_R) for i in range(count)]


def poll_rounds(fds, rounds):
    poller = select.poll()
    for fd in fds:
        poller.register(fd, select.POLLIN)
    call = poller.poll
    start = time.perf_counter_ns()
    for _ in range(rounds):
        call(0)
    return (time.perf_counter_ns() - start) / rounds


def select_rounds(fds, rounds):
    call = select.select
    start = time.perf_counter_ns()
    for _ in range(rounds):
        call(fds, [], [], 0)
    return (time.perf_counter_ns() - start) / rounds


ROUNDS_OF = {"poll": poll_rounds, "select": select_rounds}

for line in sys.stdin:
    job = json.loads(line)
    fds = open_fds(job["count"], job["ready"])
    print(ROUNDS_OF[job["call"]](fds, job["rounds"]), flush=True)
    for fd in fds:
        os.close(fd)
