// Named constants from the system's headers, as properties of a JavaScript object.
#pragma once

#include "values.h"

namespace fdselect::binding {

struct Constant {
  const char* name;
  double value;
};

// A macro, because C++17 has no other way to use a name both as text and as a value.
#define CONSTANT(name) {#name, static_cast<double>(name)}

template <std::size_t size>
void AddConstants(Napi::Object object, const Constant (&constants)[size]) {
  for (const Constant& constant : constants) {
    SetProperty(object, constant.name, Napi::Number::New(object.Env(), constant.value));
  }
}

}  // namespace fdselect::binding
