// The binding functions of getaddrinfo(3), getnameinfo(3), inet_pton(3) and if_nametoindex(3).
#include "../sys/resolve.h"

#include <cerrno>
#include <memory>
#include <utility>

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

// getaddrinfo(host, service, family, type, proto, flags, found): appends one array per result.
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

// beginLookup(host, service, family, type, proto, flags): an fd that is readable once the answer is
// there, or -errno. It stands for the lookup until endLookup().
Napi::Value BeginLookup(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  sys::Lookup lookup = LookupArgument(arguments);
  if (arguments.Failed()) return {};
  std::unique_ptr<sys::BackgroundLookup> begun;
  const int result = sys::BackgroundLookup::Begin(std::move(lookup), begun);
  if (result < 0) return Result(info.Env(), result);
  const int fd = begun->fd();
  AddonOf(info).lookups[fd] = std::move(begun);
  return Result(info.Env(), fd);
}

// takeLookup(fd, found): as getaddrinfo; -EAGAIN while the lookup goes on.
Napi::Value TakeLookup(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const Napi::Array out = arguments.Array(1, "found");
  if (arguments.Failed()) return {};
  const auto& lookups = AddonOf(info).lookups;
  const auto lookup = lookups.find(fd);
  if (lookup == lookups.end()) return Result(info.Env(), -EBADF);
  std::vector<sys::Found> found;
  const int result = lookup->second->Take(found);
  SetFound(out, found);
  return Result(info.Env(), result);
}

// endLookup(fd): closes the fd; a lookup that goes on is given up.
Napi::Value EndLookup(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  if (arguments.Failed()) return {};
  Addon& addon = AddonOf(info);
  ForgetFd(addon, fd);
  return Result(info.Env(), addon.lookups.erase(fd) == 0 ? -EBADF : 0);
}

// getnameinfo(flags, names, host, port, flowinfo, scopeid): fills the array with host and service.
Napi::Value GetNameInfo(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int flags = arguments.Int(0, "flags");
  const Napi::Array out = arguments.Array(1, "names");
  const std::string number = arguments.Text(2, "host");
  const int port = arguments.Int(3, "port");
  const std::int64_t flowinfo = arguments.Long(4, "flowinfo");
  const std::int64_t scope_id = arguments.Long(5, "scopeid");
  if (arguments.Failed()) return {};
  sys::SocketAddress address;
  std::string host;
  std::string service;
  int result = sys::ParseNumber(number, port, static_cast<std::uint32_t>(flowinfo),
                                static_cast<std::uint32_t>(scope_id), address);
  if (result >= 0) result = sys::ResolveName(address, flags, host, service);
  if (result < 0) return Result(info.Env(), result);
  SetElement(out, 0, Text(info.Env(), host));
  SetElement(out, 1, Text(info.Env(), service));
  return Result(info.Env(), result);
}

// inetPton(family, text, bytes): returns how many bytes were written; 0 if the text is not an
// address of the family.
Napi::Value ToBytes(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int family = arguments.Int(0, "family");
  const std::string text = arguments.Text(1, "text");
  const Bytes out = arguments.BytesAt(2, "bytes");
  if (out.size < 16) arguments.FailRange("bytes");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::ParseInternetNumber(family, text, out.data));
}

// inetNtop(family, bytes, text): writes the text to the array.
Napi::Value ToText(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int family = arguments.Int(0, "family");
  const Bytes bytes = arguments.BytesAt(1, "bytes");
  const Napi::Array out = arguments.Array(2, "text");
  if (bytes.size < 16) arguments.FailRange("bytes");
  if (arguments.Failed()) return {};
  std::string text;
  const int result = sys::FormatInternetNumber(family, bytes.data, text);
  SetElement(out, 0, Text(info.Env(), text));
  return Result(info.Env(), result);
}

// ifNametoindex(name)
Napi::Value InterfaceIndex(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string name = arguments.Text(0, "name");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::InterfaceIndex(name));
}

// ifIndextoname(index, name): writes the name to the array.
Napi::Value InterfaceName(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::int64_t index = arguments.Long(0, "index");
  const Napi::Array out = arguments.Array(1, "name");
  if (arguments.Failed()) return {};
  std::string name;
  const int result = sys::InterfaceName(static_cast<unsigned>(index), name);
  SetElement(out, 0, Text(info.Env(), name));
  return Result(info.Env(), result);
}

// ifNameindex(interfaces): appends index and name of each.
Napi::Value Interfaces(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Napi::Array out = arguments.Array(0, "interfaces");
  if (arguments.Failed()) return {};
  std::vector<std::pair<unsigned, std::string>> interfaces;
  const int result = sys::Interfaces(interfaces);
  for (const auto& [index, name] : interfaces) {
    SetElement(out, out.Length(), Number(info.Env(), index));
    SetElement(out, out.Length(), Text(info.Env(), name));
  }
  return Result(info.Env(), result);
}

}  // namespace

void ExportResolve(Napi::Object exports, Addon* addon) {
  Export<GetAddressInfo>(exports, "getaddrinfo", addon);
  Export<BeginLookup>(exports, "beginLookup", addon);
  Export<TakeLookup>(exports, "takeLookup", addon);
  Export<EndLookup>(exports, "endLookup", addon);
  Export<ToBytes>(exports, "inetPton", addon);
  Export<ToText>(exports, "inetNtop", addon);
  Export<InterfaceIndex>(exports, "ifNametoindex", addon);
  Export<InterfaceName>(exports, "ifIndextoname", addon);
  Export<Interfaces>(exports, "ifNameindex", addon);
  Export<GetNameInfo>(exports, "getnameinfo", addon);
}

}  // namespace fdselect::binding
