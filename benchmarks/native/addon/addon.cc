// Hands the C loops to JavaScript: NAME(fds: Int32Array, rounds): { ns, found, sum }; and the
// programs on libuv, which take over the thread: on the libuv that Node itself has.
#include <napi.h>

#include <cstdlib>

#include "../../contenders/libuv/contenders.h"
#include "loops.h"

namespace {

template <Result (*loop)(const Fds&, int)>
Napi::Value Run(const Napi::CallbackInfo& info) {
  const auto array = info[0].As<Napi::Int32Array>();
  const Fds fds(array.Data(), array.Data() + array.ElementLength());
  const Result result = loop(fds, info[1].As<Napi::Number>().Int32Value());
  const auto object = Napi::Object::New(info.Env());
  object.Set("ns", result.nanoseconds);
  object.Set("found", result.found);
  object.Set("sum", static_cast<double>(result.sum));
  return object;
}

template <Result (*loop)(const Fds&, int)>
void Export(Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New<Run<loop>>(exports.Env(), name));
}

template <void (*program)(uv_loop_t*)>
void TakeOver(const Napi::CallbackInfo&) {
  uv_loop_t loop;
  uv_loop_init(&loop);
  program(&loop);
  exit(0);
}

Napi::Object Init(Napi::Env, Napi::Object exports) {
  Export<SelectWaits>(exports, "selectWaits");
  Export<PollWaits>(exports, "pollWaits");
  Export<EpollWaits>(exports, "epollWaits");
  Export<LibuvWaits>(exports, "libuvWaits");
  Export<PollChurn>(exports, "pollChurn");
  Export<EpollChurn>(exports, "epollChurn");
  Export<LibuvChurn>(exports, "libuvChurn");
  exports.Set("libuvEcho", Napi::Function::New<TakeOver<EchoTcp>>(exports.Env()));
  exports.Set("libuvWake", Napi::Function::New<TakeOver<WakePoll>>(exports.Env()));
  return exports;
}

}  // namespace

NODE_API_MODULE(loops, Init)
