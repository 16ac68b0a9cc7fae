// A readable fd that any thread can make ready: eventfd(2) on Linux, kqueue(2) elsewhere.
//
// One fd instead of the two of a pipe: a thread needs one number to wait for it and to wake it.
#pragma once

namespace fdselect::sys {

/// Returns the fd, non-blocking; it is not ready.
int WakerOpen();

/// Makes it ready, until WakerClear(). Thread: any; any number of times. Never blocks.
int WakerWake(int fd);

/// Makes it not ready again. Never blocks.
int WakerClear(int fd);

}  // namespace fdselect::sys
