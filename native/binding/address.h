// Socket addresses as arguments and results: family, name, three numbers, bytes.
#pragma once

#include <napi.h>

#include "../sys/address.h"
#include "arguments.h"

namespace fdselect::binding {

/// Reads the six arguments from `index` on. The last, the bytes, may be absent.
sys::AddressParts AddressArgument(Arguments& arguments, std::size_t index);

/// Fills `out`, or leaves it empty if there is no address. Returns 0 or -errno.
int SetAddress(Napi::Array out, const sys::SocketAddress& address);

/// Writes the parts to the elements of `out` from `index` on.
void SetAddressParts(Napi::Array out, const sys::AddressParts& parts, std::uint32_t index = 0);

}  // namespace fdselect::binding
