// The binding functions of terminals: isatty(3), ttyname(3), openpty, termios(3).
#include "../sys/terminal.h"

#include <climits>

#include "addon.h"
#include "arguments.h"

namespace fdselect::binding {

namespace {

Napi::Value IsTerminal(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::IsTerminal(fd));
}

// ttyname(fd, name): writes the path and returns its length.
Napi::Value TerminalName(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const Bytes out = arguments.BytesAt(1, "name");
  if (arguments.Failed()) return {};
  if (out.size == 0) return Result(info.Env(), -ERANGE);
  const int result = sys::TerminalName(fd, reinterpret_cast<char*>(out.data), out.size);
  if (result < 0) return Result(info.Env(), result);
  const auto* end = std::find(out.data, out.data + out.size, 0);
  return Result(info.Env(), static_cast<int>(end - out.data));
}

// openpty(fds): fills the array with the controlling side and the terminal.
Napi::Value OpenPty(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  Napi::Array out = arguments.Array(0, "fds");
  if (arguments.Failed()) return {};
  std::array<int, 2> fds{};
  return OpenedPair(info, sys::OpenPty(fds), out, fds);
}

// The layout of the attributes in lib/tty: iflag, oflag, cflag, lflag, ispeed, ospeed, then cc.
constexpr std::uint32_t kNumbers = 6;

// tcgetattr(fd, attributes)
Napi::Value GetAttributes(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  Napi::Array out = arguments.Array(1, "attributes");
  if (arguments.Failed()) return {};
  termios attributes{};
  const int result = sys::GetAttributes(fd, attributes);
  if (result < 0) return Result(info.Env(), result);
  const std::array<std::uint64_t, kNumbers> numbers{
      attributes.c_iflag, attributes.c_oflag,         attributes.c_cflag,
      attributes.c_lflag, ::cfgetispeed(&attributes), ::cfgetospeed(&attributes)};
  const auto set = [&](std::uint32_t index, double value) {
    SetElement(out, index, Napi::Number::New(info.Env(), value));
  };
  for (std::uint32_t i = 0; i < kNumbers; ++i) set(i, static_cast<double>(numbers[i]));
  for (std::uint32_t i = 0; i < NCCS; ++i) set(kNumbers + i, attributes.c_cc[i]);
  return Result(info.Env(), 0);
}

// tcsetattr(fd, when, attributes)
Napi::Value SetAttributes(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const int when = arguments.Int(1, "when");
  const Napi::Array list = arguments.Array(2, "attributes");
  if (arguments.Failed()) return {};
  const auto number = [&](std::uint32_t index) {
    std::int64_t value = 0;
    napi_get_value_int64(info.Env(), GetElement(list, index), &value);
    return value;
  };
  termios attributes{};
  // Attributes that are not in the list, such as the line discipline, are not changed.
  const int found = sys::GetAttributes(fd, attributes);
  if (found < 0) return Result(info.Env(), found);
  attributes.c_iflag = static_cast<tcflag_t>(number(0));
  attributes.c_oflag = static_cast<tcflag_t>(number(1));
  attributes.c_cflag = static_cast<tcflag_t>(number(2));
  attributes.c_lflag = static_cast<tcflag_t>(number(3));
  for (std::uint32_t i = 0; i < NCCS; ++i) {
    attributes.c_cc[i] = static_cast<cc_t>(number(kNumbers + i));
  }
  if (::cfsetispeed(&attributes, static_cast<speed_t>(number(4))) != 0 ||
      ::cfsetospeed(&attributes, static_cast<speed_t>(number(5))) != 0) {
    return Result(info.Env(), -EINVAL);
  }
  return Result(info.Env(), sys::SetAttributes(fd, when, attributes));
}

// tcgetwinsize(fd, size): fills the array with rows and columns.
Napi::Value GetWindowSize(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  Napi::Array out = arguments.Array(1, "size");
  if (arguments.Failed()) return {};
  sys::WindowSize size{};
  const int result = sys::GetWindowSize(fd, size);
  if (result >= 0) SetPair(out, {size.rows, size.columns});
  return Result(info.Env(), result);
}

// tcsetwinsize(fd, rows, columns)
Napi::Value SetWindowSize(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const auto rows = static_cast<unsigned short>(arguments.Int(1, "rows"));
  const auto columns = static_cast<unsigned short>(arguments.Int(2, "columns"));
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::SetWindowSize(fd, {rows, columns}));
}

// controlLine(fd, 0: drain, 1: flow, 2: flush, 3: send a break; argument)
Napi::Value ControlLine(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const int what = arguments.Int(1, "what");
  const int argument = arguments.Int(2, "argument");
  if (what < 0 || what > static_cast<int>(sys::LineControl::kSendBreak)) {
    arguments.FailRange("what");
  }
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::ControlLine(fd, static_cast<sys::LineControl>(what), argument));
}

}  // namespace

void ExportTerminal(Napi::Object exports, Addon* addon) {
  Export<IsTerminal>(exports, "isatty", addon);
  Export<TerminalName>(exports, "ttyname", addon);
  Export<OpenPty>(exports, "openpty", addon);
  Export<GetAttributes>(exports, "tcgetattr", addon);
  Export<SetAttributes>(exports, "tcsetattr", addon);
  Export<GetWindowSize>(exports, "tcgetwinsize", addon);
  Export<SetWindowSize>(exports, "tcsetwinsize", addon);
  Export<ControlLine>(exports, "controlLine", addon);
}

}  // namespace fdselect::binding
