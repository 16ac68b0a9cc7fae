// A uv_poll_t that reports when its fd becomes readable.
#include <uv.h>

#include "../c/stamps.h"
#include "contenders.h"

void WakePoll(uv_loop_t* loop) {
  uv_poll_t watcher;
  uv_poll_init(loop, &watcher, kWakeFd);
  for (int wanted; (wanted = NextJob()) > 0;) {
    Stamps stamps(wanted);
    watcher.data = &stamps;
    uv_poll_start(&watcher, UV_READABLE, [](uv_poll_t* handle, int, int) {
      const int64_t told = Now();
      if (!static_cast<Stamps*>(handle->data)->Take(told)) uv_poll_stop(handle);
    });
    AnnounceWaiting();
    uv_run(loop, UV_RUN_DEFAULT);
    stamps.Print();
  }
}
