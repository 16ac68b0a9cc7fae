// Socket addresses as JavaScript gives and takes them.
#include "address.h"

namespace fdselect::binding {

sys::AddressText AddressArgument(Arguments& arguments, std::size_t index) {
  sys::AddressText text;
  text.family = arguments.Int(index, "family");
  text.host = arguments.String(index + 1, "host");
  text.port = arguments.Int(index + 2, "port");
  text.flowinfo = static_cast<std::uint32_t>(arguments.Long(index + 3, "flowinfo"));
  text.scope_id = static_cast<std::uint32_t>(arguments.Long(index + 4, "scopeid"));
  return text;
}

int SetAddress(Napi::Array out, const sys::SocketAddress& address) {
  if (address.length == 0) return 0;
  sys::AddressText text;
  const int formatted = sys::FormatAddress(address, text);
  if (formatted >= 0) SetAddressText(out, text);
  return formatted;
}

void SetAddressText(Napi::Array out, const sys::AddressText& text) {
  const Napi::Env env = out.Env();
  SetElement(out, 0, Napi::Number::New(env, text.family));
  SetElement(out, 1, Napi::String::New(env, text.host));
  SetElement(out, 2, Napi::Number::New(env, text.port));
  SetElement(out, 3, Napi::Number::New(env, text.flowinfo));
  SetElement(out, 4, Napi::Number::New(env, text.scope_id));
}

}  // namespace fdselect::binding
