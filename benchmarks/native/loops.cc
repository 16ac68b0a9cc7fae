// poll(2) and select(2) in a C loop inside the Node process: the limit of what a binding can reach.
// Each round does what a C program does that has a list of fds and wants to know the ready ones:
// select()'s set is made from the list, then the call, then a look through the answer.
#include <napi.h>
#include <poll.h>
#include <sys/select.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double NanosecondsPerRound(Clock::time_point start, int rounds) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count() / rounds;
}

std::vector<int> Fds(const Napi::Value& value) {
  const auto array = value.As<Napi::Int32Array>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

// Keeps the compiler from dropping the look through the answer.
volatile int sink = 0;

// pollLoop(fds, rounds): nanoseconds for each round.
Napi::Value PollLoop(const Napi::CallbackInfo& info) {
  std::vector<pollfd> entries;
  for (const int fd : Fds(info[0])) entries.push_back({fd, POLLIN, 0});
  const int rounds = info[1].As<Napi::Number>().Int32Value();
  const auto start = Clock::now();
  for (int round = 0; round < rounds; ++round) {
    int left = poll(entries.data(), entries.size(), 0);
    for (const pollfd& entry : entries) {
      if (left <= 0) break;
      if (entry.revents == 0) continue;
      sink = entry.fd;
      --left;
    }
  }
  return Napi::Number::New(info.Env(), NanosecondsPerRound(start, rounds));
}

// selectLoop(fds, rounds): nanoseconds for each round; fds below 1024.
Napi::Value SelectLoop(const Napi::CallbackInfo& info) {
  const std::vector<int> fds = Fds(info[0]);
  const int rounds = info[1].As<Napi::Number>().Int32Value();
  const int highest = fds.empty() ? -1 : *std::max_element(fds.begin(), fds.end());
  if (highest >= FD_SETSIZE) {
    Napi::RangeError::New(info.Env(), "fd >= FD_SETSIZE").ThrowAsJavaScriptException();
    return {};
  }
  const auto start = Clock::now();
  for (int round = 0; round < rounds; ++round) {
    fd_set readable;  // select_tut(2), law 11: the sets are made anew before each call
    FD_ZERO(&readable);
    for (const int fd : fds) FD_SET(fd, &readable);
    timeval no_wait{0, 0};
    int left = select(highest + 1, &readable, nullptr, nullptr, &no_wait);
    for (const int fd : fds) {
      if (left <= 0) break;
      if (!FD_ISSET(fd, &readable)) continue;
      sink = fd;
      --left;
    }
  }
  return Napi::Number::New(info.Env(), NanosecondsPerRound(start, rounds));
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("pollLoop", Napi::Function::New<PollLoop>(env, "pollLoop"));
  exports.Set("selectLoop", Napi::Function::New<SelectLoop>(env, "selectLoop"));
  return exports;
}

}  // namespace

NODE_API_MODULE(loops, Init)
