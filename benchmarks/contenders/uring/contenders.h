// The contender on io_uring. It takes over the process.
#pragma once

#include <liburing.h>

// One thread submits, and completions come when it asks for them: the quickest kind of ring.
constexpr unsigned kRingFlags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;

// Returns only if the kernel gives it no ring.
void EchoUring();
