// Signals as a readable file descriptor, through libuv (Node).
#pragma once

#include <memory>
#include <vector>

#include "../sys/signals.h"

namespace fdselect::binding {

/// Opens a pipe that shares its signals with all other users of libuv in the process: Node's
/// process.on(), child_process, other workers, another copy of this package. libuv has one handler
/// for a signal and tells every loop that asked; so nothing is taken away, in whatever order they
/// come and go. Returns 0; -EINVAL for a signal that cannot be caught; -ENOSYS without libuv; or
/// what the loop's system calls say.
int OpenUvSignalPipe(const std::vector<int>& signals, std::unique_ptr<sys::SignalPipe>& opened);

}  // namespace fdselect::binding
