// Name look-ups: getaddrinfo(3) and getnameinfo(3), which block.
#include "../sys/resolve.h"

#include "addon.h"
#include "address.h"
#include "arguments.h"

namespace fdselect::binding {

namespace {

sys::Lookup LookupArgument(Arguments& arguments) {
  sys::Lookup lookup;
  lookup.host = arguments.OptionalText(0, "host");
  lookup.service = arguments.OptionalText(1, "service");
  lookup.family = arguments.Int(2, "family");
  lookup.type = arguments.Int(3, "type");
  lookup.protocol = arguments.Int(4, "proto");
  lookup.flags = arguments.Int(5, "flags");
  return lookup;
}

void SetFound(Napi::Array out, const std::vector<sys::Found>& found) {
  const Napi::Env env = out.Env();
  for (const sys::Found& one : found) {
    const Napi::Array entry = NewArray(env);
    SetElement(entry, 0, Number(env, one.type));
    SetElement(entry, 1, Number(env, one.protocol));
    SetElement(entry, 2, Text(env, one.canonical_name));
    SetAddressParts(entry, one.address, 3);
    SetElement(out, out.Length(), entry);
  }
}

// getaddrinfo(host, service, family, type, proto, flags, found): appends one array for each.
Napi::Value GetAddressInfo(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const sys::Lookup lookup = LookupArgument(arguments);
  const Napi::Array out = arguments.Array(6, "found");
  if (arguments.Failed()) return {};
  std::vector<sys::Found> found;
  const int resolved = sys::Resolve(lookup, found);
  if (resolved >= 0) SetFound(out, found);
  return Result(info.Env(), resolved);
}

// getnameinfo(flags, names, ...address): fills the array with host and service.
Napi::Value GetNameInfo(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int flags = arguments.Int(0, "flags");
  const Napi::Array out = arguments.Array(1, "names");
  const sys::AddressParts parts = AddressArgument(arguments, 2);
  if (arguments.Failed()) return {};
  sys::SocketAddress address;
  std::string host;
  std::string service;
  int result = sys::ParseAddress(parts, address);
  if (result >= 0) result = sys::ResolveName(address, flags, host, service);
  if (result < 0) return Result(info.Env(), result);
  SetElement(out, 0, Text(info.Env(), host));
  SetElement(out, 1, Text(info.Env(), service));
  return Result(info.Env(), result);
}

}  // namespace

void ExportResolve(Napi::Object exports, Addon* addon) {
  Export<GetAddressInfo>(exports, "getaddrinfo", addon);
  Export<GetNameInfo>(exports, "getnameinfo", addon);
}

}  // namespace fdselect::binding
