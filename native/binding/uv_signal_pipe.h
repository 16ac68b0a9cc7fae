// Signals as a readable file descriptor, by libuv's signal handles (Node).
#pragma once

#include <memory>
#include <vector>

#include "../sys/signals.h"

namespace fdselect::binding {

/// Opens a pipe that shares its signals with all other users of libuv in the process: Node's
/// process.on(), child_process, other workers, another copy of this package. libuv has one handler
/// per signal, which notifies every loop that asked for the signal. So no user disturbs another, in
/// whatever order they start and stop. Returns 0; -EINVAL for a signal that cannot be caught;
/// -ENOSYS without libuv; or the error of the loop's system calls.
int OpenUvSignalPipe(const std::vector<int>& signals, std::unique_ptr<sys::SignalPipe>& opened);

}  // namespace fdselect::binding
