// Socket addresses as arguments and results: family, name, three numbers, bytes.
#include "address.h"

namespace fdselect::binding {

sys::AddressParts AddressArgument(Arguments& arguments, std::size_t index) {
  sys::AddressParts parts;
  parts.family = arguments.Int(index, "family");
  parts.name = arguments.Text(index + 1, "name");
  for (std::size_t i = 0; i < parts.numbers.size(); ++i) {
    parts.numbers[i] = static_cast<std::uint32_t>(arguments.Long(index + 2 + i, "number"));
  }
  parts.bytes = arguments.OptionalText(index + 5, "bytes").value_or(std::string());
  return parts;
}

int SetAddress(Napi::Array out, const sys::SocketAddress& address) {
  if (address.length == 0) return 0;
  sys::AddressParts parts;
  const int formatted = sys::FormatAddress(address, parts);
  if (formatted >= 0) SetAddressParts(out, parts);
  return formatted;
}

void SetAddressParts(Napi::Array out, const sys::AddressParts& parts, std::uint32_t index) {
  const Napi::Env env = out.Env();
  SetElement(out, index++, Number(env, parts.family));
  // The name of a Unix socket may hold any bytes; other names are ASCII.
  SetElement(out, index++,
             parts.family == AF_UNIX ? BufferOf(env, parts.name) : Text(env, parts.name));
  for (const std::uint32_t number : parts.numbers) SetElement(out, index++, Number(env, number));
  SetElement(out, index, BufferOf(env, parts.bytes));
}

}  // namespace fdselect::binding
