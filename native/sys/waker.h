// A readable fd that any thread can make ready: eventfd(2) on Linux, kqueue(2) elsewhere.
//
// One fd, not the two of a pipe: a thread that knows the number can both wait for it and wake it.
#pragma once

namespace fdselect::sys {

/// Returns the fd, non-blocking; it is not ready.
int WakerOpen();

/// Makes it ready, until WakerClear(). Any thread, any number of times.
int WakerWake(int fd);

/// Makes it not ready again.
int WakerClear(int fd);

}  // namespace fdselect::sys
