// Socket addresses as JavaScript gives and takes them: family, name, three numbers, bytes.
#pragma once

#include <napi.h>

#include "../sys/address.h"
#include "arguments.h"

namespace fdselect::binding {

/// Reads the arguments from `index` on. The bytes may be absent.
sys::AddressParts AddressArgument(Arguments& arguments, std::size_t index);

/// Fills `out`; leaves it empty where there is no address. Returns 0 or -errno.
int SetAddress(Napi::Array out, const sys::SocketAddress& address);

/// Writes the parts to the elements of `out` from `index` on.
void SetAddressParts(Napi::Array out, const sys::AddressParts& parts, std::uint32_t index = 0);

}  // namespace fdselect::binding
