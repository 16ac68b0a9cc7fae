"""Wake-ups as they are measured everywhere: an fd becomes readable and holds the time, 8 bytes of
CLOCK_MONOTONIC nanoseconds, at which it did."""
import os
import struct
from time import monotonic_ns


def collect(wait, fd, wanted):
    """Measures the delays until `wait` returns because fd is readable, and until the data was read."""
    told, data = [], []
    while len(told) < wanted:
        wait()
        told_at = monotonic_ns()
        stamp = os.read(fd, 8)
        data_at = monotonic_ns()
        ready_at = struct.unpack("=q", stamp)[0]
        told.append(told_at - ready_at)
        data.append(data_at - ready_at)
    return {"told": told, "data": data}
