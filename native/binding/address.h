// Socket addresses as JavaScript gives and takes them.
#pragma once

#include <napi.h>

#include "../sys/address.h"
#include "arguments.h"

namespace fdselect::binding {

/// Reads five arguments from `index` on: family, host or path, port, flowinfo, scope id.
sys::AddressText AddressArgument(Arguments& arguments, std::size_t index);

/// Fills `out` with family, host or path, port, flowinfo, scope id; leaves it empty where there
/// is no address. Returns 0 or -errno.
int SetAddress(Napi::Array out, const sys::SocketAddress& address);

void SetAddressText(Napi::Array out, const sys::AddressText& text);

}  // namespace fdselect::binding
